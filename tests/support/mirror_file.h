#pragma once

#include <filesystem>
#include <string>

#include "syncd/mirror/schema.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::testing {

/// An empty mirror at `path`, as the daemon makes one, and whatever rows `sql` puts into it.
inline void make_mirror(const std::filesystem::path& path, const std::string& sql = "") {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  database.run("PRAGMA journal_mode = WAL");
  database.run(mirror::create_statements(mirror::Schema()));
  database.run("PRAGMA user_version = " + std::to_string(mirror::kSchemaVersion));
  database.run(sql);
}

}  // namespace tain::testing
