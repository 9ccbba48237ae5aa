#pragma once

#include <filesystem>
#include <string>

#include "syncd/mirror/schema.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::testing {

/// Has the mirror say that its daemon is alive, and will be for a thousand years.
inline void pretend_daemon(const std::filesystem::path& mirror) {
  sqlite::Database(mirror, sqlite::Database::Mode::read_write)
      .run(
          "INSERT OR REPLACE INTO daemon (id, pid, version, started_at, alive_at, last_batch_at, "
          "batches, pending, overflows) VALUES (1, 1, '0', 0, 32503680000000, 0, 0, 0, 0)");
}

/// An empty mirror at `path`, as the daemon makes one, which seems to be alive, and whatever rows
/// `sql` puts into it.
inline void make_mirror(const std::filesystem::path& path, const std::string& sql = "") {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  database.run("PRAGMA journal_mode = WAL");
  database.run("BEGIN; " + mirror::create_statements(mirror::Schema()) +
               "PRAGMA user_version = " + std::to_string(mirror::kSchemaVersion) + "; COMMIT");
  pretend_daemon(path);
  database.run(sql);
}

}  // namespace tain::testing
