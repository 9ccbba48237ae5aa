#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sync_harness.h"
#include "syncd/mirror/sqlite/database.h"
#include "temp_dir.h"

namespace tain::testing {

/// When the commands are asked about the example: 2026-10-20T12:00:00Z.
inline constexpr std::int64_t kExampleNow = 1'792'497'600'000;

/// A copy of tests/support/example, two small projects that have something of everything, and its
/// mirror, as of that moment.
///
/// The mirror says that the tree lies in /home/ann/work, so that what is shown of it is the same
/// wherever the tests run; only what is left in its file cannot be read through it.
class ExampleMirror {
 public:
  static constexpr const char* kShownRoot = "/home/ann/work";

  ExampleMirror() {
    namespace fs = std::filesystem;
    fs::copy(fs::path(TAIN_SOURCE_DIR) / "tests/support/example", root(),
             fs::copy_options::recursive);
    {
      SyncHarness daemon({.roots = {root().string()}, .mirror = db()});
      daemon.settle();
    }
    pretend();
  }

  std::filesystem::path root() const { return directory_ / "tree"; }
  std::filesystem::path db() const { return directory_ / "mirror.db"; }
  /// Changes the mirror behind the daemon's back.
  void run(const std::string& sql) const {
    sqlite::Database(db(), sqlite::Database::Mode::read_write).run(sql);
  }

 private:
  void pretend() const {
    const std::string now = std::to_string(kExampleNow);
    const auto move = [&](const std::string& table, const std::string& column) {
      run("UPDATE " + table + " SET " + column + " = '" + kShownRoot + "' || substr(" + column +
          ", " + std::to_string(root().string().size() + 1) + ")");
    };
    move("roots", "path");
    move("projects", "root");
    move("files", "path");
    move("sync_errors", "path");
    run("UPDATE files SET mirrored_at = " + now);
    run("UPDATE roots SET last_full_scan_at = " + now);
    run("INSERT OR REPLACE INTO daemon (id, pid, version, started_at, alive_at, last_batch_at, "
        "batches, pending, overflows) VALUES (1, 1, '0', " +
        now + ", " + now + ", " + now + ", 1, 0, 0)");
  }

  TempDir directory_;
};

}  // namespace tain::testing
