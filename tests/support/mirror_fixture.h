#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/state/session_state_manager.h"
#include "fake_clock.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/mirror/mirror_writer.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/sync/file_sync.h"
#include "syncd/sync/scanner.h"
#include "syncd/sync/sync_step.h"
#include "temp_dir.h"

namespace tain::testing {

using Cells = std::vector<std::string>;

/// One tree and its mirror, brought together only when a test says so: the daemon without its
/// threads, sockets and watches.
class MirrorFixture {
 public:
  explicit MirrorFixture(syncd::SyncLimits limits = {}) : files_(layouts_, schema_, limits) {
    std::filesystem::create_directories(root());
  }

  std::filesystem::path root() const { return directory_ / "tree"; }
  std::filesystem::path mirror() const { return directory_ / "mirror.db"; }
  const mirror::Schema& schema() const { return schema_; }
  FakeClock& clock() { return clock_; }

  /// Writes a file of the tree; `path` is relative to the root.
  void write(const std::filesystem::path& path, std::string_view bytes) const {
    testing::write(root() / path, bytes);
  }

  /// Scans the whole tree, and applies what differs until nothing does.
  void catch_up() {
    if (step_.roots().empty()) {
      step_.begin();
    } else {
      dirty_.mark(root().string(), syncd::Scope::tree);
    }
    while (step_.run()) {
    }
  }

  /// The rows of a query, as a reader of the mirror sees them; NULL is "NULL".
  std::vector<Cells> rows(std::string_view sql) const {
    const sqlite::Database database = mirror::open_for_reading(mirror());
    sqlite::Statement statement = database.prepare(sql);
    std::vector<Cells> rows;
    while (statement.step()) {
      Cells& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement.handle()); ++i) {
        row.push_back(statement.is_null(i) ? "NULL" : cell(statement, i));
      }
    }
    return rows;
  }
  /// The first cell of the first row; "no row" where there is none.
  std::string cell(std::string_view sql) const {
    const std::vector<Cells> found = rows(sql);
    return found.empty() ? "no row" : found.front().front();
  }

  /// The one row of `table`, by column, without the two columns that say whose it is; empty unless
  /// they say that it is of the file at `path` (relative to the root).
  std::map<std::string, std::string> own_columns(const std::string& table,
                                                 const std::filesystem::path& path) const {
    const std::vector<Cells> columns =
        rows("SELECT name FROM pragma_table_info('" + table + "') LIMIT -1 OFFSET 2");
    const std::vector<Cells> found =
        rows("SELECT t.* FROM " + table + " t JOIN files f USING (file_id, project_key) " +
             "WHERE f.path = '" + (root() / path).string() + "'");
    std::map<std::string, std::string> row;
    if (found.size() != 1) return row;
    for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i][0]] = found[0][i + 2];
    return row;
  }

  /// For core's writers: the fixture's clock, no fsync, nobody notified.
  SessionOptions session_options() {
    SessionOptions options;
    options.durability = Durability::none;
    options.clock = clock_.clock();
    options.notifier = SyncNotifier(std::filesystem::path());
    return options;
  }

 private:
  static std::string cell(const sqlite::Statement& statement, int column) {
    // SQLite converts a number to text here; sqlite3_column_bytes() then counts that text.
    const auto* text =
        reinterpret_cast<const char*>(sqlite3_column_text(statement.handle(), column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement.handle(), column))};
  }

  TempDir directory_;
  FakeClock clock_;
  mirror::Schema schema_;
  syncd::Layouts layouts_{schema_};
  syncd::DirtySet dirty_;
  syncd::NoWatcher watcher_;
  syncd::Scanner scanner_{layouts_, watcher_, syncd::Scanner::default_pruned()};
  syncd::FileSync files_;
  mirror::MirrorWriter writer_{mirror(), schema_, clock_.clock()};
  syncd::SyncStep step_{{root().string()}, dirty_, scanner_, files_, layouts_, writer_};
};

}  // namespace tain::testing
