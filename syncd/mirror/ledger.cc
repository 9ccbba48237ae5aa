#include "ledger.h"

#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "binding.h"

namespace tain::mirror {
namespace {

constexpr std::string_view kColumns =
    "file_id, path, root_id, project_key, layout, kind, state, device, inode, size, mtime_ns, "
    "ctime_ns, racy, hash, consumed";

std::string select(std::string_view condition) {
  return std::string("SELECT ").append(kColumns).append(" FROM files WHERE ").append(condition);
}

// Below a directory are the paths between "dir/" and "dir0" ('0' follows '/'). The two kinds of
// paths, TEXT and BLOB, sort apart, so each has its own range.
constexpr std::string_view kBelow =
    "path = ?1 OR (path > ?2 AND path < ?3) OR (path > CAST(?2 AS BLOB) AND path < CAST(?3 AS "
    "BLOB))";

// A word that we never wrote: the mirror is damaged, whether or not SQLite has noticed.
FileState state_of(const sqlite::Database& database, std::string_view text) {
  try {
    return file_state(text);
  } catch (const std::invalid_argument& unknown) {
    throw sqlite::DatabaseError("read", database.path(), SQLITE_CORRUPT, unknown.what());
  }
}

// From the columns device, inode, size, mtime_ns and ctime_ns.
FileVersion stored_version(const sqlite::Statement& row, int first) {
  return {.device = static_cast<std::uint64_t>(row.integer(first)),
          .inode = static_cast<std::uint64_t>(row.integer(first + 1)),
          .size = row.integer(first + 2),
          .mtime_ns = row.integer(first + 3),
          .ctime_ns = row.integer(first + 4)};
}

FileRecord record_of(const sqlite::Database& database, const sqlite::Statement& row) {
  FileRecord record;
  record.file_id = row.integer(0);
  record.path = row.text(1);
  record.root_id = row.integer(2);
  record.project_key = row.integer(3);
  record.layout = row.text(4);
  record.kind = row.text(5);
  record.state = state_of(database, row.text(6));
  record.version = stored_version(row, 7);
  record.racy = row.integer(12) != 0;
  record.hash = row.integer(13);
  record.consumed = row.integer(14);
  return record;
}

// Parameters `first`… are what a reading of the file yields, in the order of kColumns.
void bind_reading(sqlite::Statement& statement, int first, const FileRecord& record) {
  statement.bind(first, static_cast<std::int64_t>(record.version.device))
      .bind(first + 1, static_cast<std::int64_t>(record.version.inode))
      .bind(first + 2, record.version.size)
      .bind(first + 3, record.version.mtime_ns)
      .bind(first + 4, record.version.ctime_ns)
      .bind(first + 5, std::int64_t{record.racy})
      .bind(first + 6, record.hash)
      .bind(first + 7, record.consumed);
}

// What seldom changes, parameters 2 to 5: written apart, it touches its indexes only then.
void bind_place(sqlite::Statement& statement, const FileRecord& record) {
  statement.bind(2, record.root_id)
      .bind(3, record.project_key)
      .bind(4, std::string_view(record.layout))
      .bind(5, std::string_view(record.kind));
}

struct DirectoryRange {
  explicit DirectoryRange(std::string_view directory)
      : first(std::string(directory) + "/"), last(std::string(directory) + "0") {}
  void bind(sqlite::Statement& statement, std::string_view directory) const {
    bind_path(statement, 1, directory);
    statement.bind(2, std::string_view(first)).bind(3, std::string_view(last));
  }
  std::string first;
  std::string last;
};

std::optional<std::int64_t> milliseconds(const std::optional<Timestamp>& time) {
  return time ? std::optional(time->ms) : std::nullopt;
}

}  // namespace

std::string_view to_text(FileState state) {
  switch (state) {
    case FileState::current:
      return "current";
    case FileState::stale:
      return "stale";
    case FileState::bad:
      return "bad";
    case FileState::partial:
      return "partial";
  }
  return {};
}

FileState file_state(std::string_view text) {
  for (const FileState state :
       {FileState::current, FileState::stale, FileState::bad, FileState::partial}) {
    if (to_text(state) == text) return state;
  }
  throw std::invalid_argument("no file state " + std::string(text));
}

std::optional<std::string> recorded_settings(const sqlite::Database& database) {
  sqlite::Statement find = database.prepare("SELECT value FROM meta WHERE key = 'settings'");
  if (!find.step()) return std::nullopt;
  return std::string(find.text(0));
}

std::string name_after_directory(std::string_view root) {
  std::string name = std::filesystem::path(root).filename().string();
  return simdjson::validate_utf8(name) ? name : "(a name that is not UTF-8)";
}

Ledger::Ledger(sqlite::Database& database, Clock clock)
    : database_(database),
      clock_(std::move(clock)),
      find_(database.prepare(select("path = ?1"))),
      below_(database.prepare(std::string("SELECT path, device, inode, size, mtime_ns, ctime_ns, "
                                          "state = 'current' AND NOT racy FROM files WHERE ")
                                  .append(kBelow))),
      insert_(database.prepare(
          "INSERT INTO files(path, root_id, project_key, layout, kind, state, device, inode, size, "
          "mtime_ns, ctime_ns, racy, hash, consumed, mirrored_at, seq) "
          "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)")),
      update_(database.prepare(
          "UPDATE files SET state=?6, device=?7, inode=?8, size=?9, mtime_ns=?10, ctime_ns=?11, "
          "racy=?12, hash=?13, consumed=?14, mirrored_at=?15, seq=?16 WHERE file_id=?1")),
      move_(database.prepare(
          "UPDATE files SET root_id=?2, project_key=?3, layout=?4, kind=?5 WHERE file_id=?1 AND "
          "(root_id, project_key, layout, kind) IS NOT (?2, ?3, ?4, ?5)")),
      touch_(database.prepare("UPDATE files SET device=?2, inode=?3, size=?4, mtime_ns=?5, "
                              "ctime_ns=?6, racy=?7, hash=?8, consumed=?9 WHERE file_id=?1")),
      delete_file_(database.prepare("DELETE FROM files WHERE file_id = ?1")),
      entomb_(database.prepare("INSERT OR REPLACE INTO tombstones(path, layout, kind, deleted_at, "
                               "seq) VALUES(?1,?2,?3,?4,?5)")),
      exhume_(database.prepare("DELETE FROM tombstones WHERE path = ?1")),
      find_project_(database.prepare("SELECT project_key FROM projects WHERE root = ?1")),
      add_project_(database.prepare("INSERT INTO projects(root) VALUES(?1)")),
      find_unnamed_project_(
          database.prepare("SELECT root FROM projects WHERE project_key = ?1 AND name IS NULL")),
      name_project_(database.prepare("UPDATE projects SET name = ?2 WHERE project_key = ?1")),
      drop_project_(database.prepare("DELETE FROM projects WHERE project_key = ?1 AND NOT EXISTS "
                                     "(SELECT 1 FROM files WHERE files.project_key = ?1)")),
      count_errors_(database.prepare("SELECT count(*) FROM sync_errors WHERE path = ?1")),
      record_error_(database.prepare(
          "INSERT INTO sync_errors(path, byte_offset, reason, first_seen_at, last_seen_at) "
          "VALUES(?1,?2,?3,?4,?4) ON CONFLICT(path, coalesce(byte_offset, -1)) DO UPDATE SET "
          "reason=excluded.reason, last_seen_at=excluded.last_seen_at")),
      clear_errors_(database.prepare("DELETE FROM sync_errors WHERE path = ?1 AND "
                                     "(byte_offset IS NULL OR byte_offset >= ?2)")),
      clear_other_errors_(
          database.prepare("DELETE FROM sync_errors WHERE path = ?1 AND byte_offset IS NOT ?2")),
      record_batch_(database.prepare(
          "UPDATE daemon SET batches = batches + 1, last_batch_at = ?1, alive_at = ?1, "
          "pending = ?2")),
      pending_(database.prepare("SELECT pending FROM daemon")),
      log_state_(database.prepare("SELECT state FROM log_states WHERE file_id = ?1")),
      store_log_state_(
          database.prepare("INSERT OR REPLACE INTO log_states(file_id, state) VALUES(?1, ?2)")),
      with_errors_(database.prepare(
          std::string("SELECT DISTINCT path FROM sync_errors WHERE ").append(kBelow))),
      load_seq_(database.prepare("SELECT value FROM meta WHERE key = 'seq'")),
      save_seq_(database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES('seq', ?1)")) {
  load_seq();
}

std::optional<FileRecord> Ledger::find(std::string_view path) {
  bind_path(find_, 1, path);
  std::optional<FileRecord> record;
  if (find_.step()) record = record_of(database_, find_);
  find_.reset();
  return record;
}

std::vector<KnownFile> Ledger::below(std::string_view directory) {
  const DirectoryRange range(directory);
  range.bind(below_, directory);
  std::vector<KnownFile> files;
  while (below_.step()) {
    files.push_back({.path = std::string(below_.text(0)),
                     .version = stored_version(below_, 1),
                     .settled = below_.integer(6) != 0});
  }
  below_.reset();
  return files;
}

void Ledger::store(FileRecord& record) {
  const bool is_new = record.file_id == 0;
  sqlite::Statement& statement = is_new ? insert_ : update_;
  if (is_new) {
    bind_path(exhume_, 1, record.path);
    exhume_.execute();
    bind_path(insert_, 1, record.path);
    bind_place(insert_, record);
  } else {
    move_.bind(1, record.file_id);
    bind_place(move_, record);
    move_.execute();
    update_.bind(1, record.file_id);
  }
  statement.bind(6, to_text(record.state));
  bind_reading(statement, 7, record);
  statement.bind(15, now().ms).bind(16, ++seq_);
  statement.execute();
  if (is_new) record.file_id = sqlite3_last_insert_rowid(database_.handle());
}

void Ledger::touch(const FileRecord& record) {
  touch_.bind(1, record.file_id);
  bind_reading(touch_, 2, record);
  touch_.execute();
}

void Ledger::remove(const FileRecord& record) {
  delete_file_.bind(1, record.file_id).execute();
  bind_path(entomb_, 1, record.path);
  entomb_.bind(2, std::string_view(record.layout))
      .bind(3, std::string_view(record.kind))
      .bind(4, now().ms)
      .bind(5, ++seq_);
  entomb_.execute();
}

std::string Ledger::log_state(std::int64_t file_id) {
  log_state_.bind(1, file_id);
  std::string state;
  if (log_state_.step()) state = log_state_.text(0);
  log_state_.reset();
  return state;
}

void Ledger::store_log_state(std::int64_t file_id, std::string_view state) {
  store_log_state_.bind(1, file_id).bind(2, state).execute();
}

std::int64_t Ledger::project(std::string_view root) {
  bind_path(find_project_, 1, root);
  std::optional<std::int64_t> key;
  if (find_project_.step()) key = find_project_.integer(0);
  find_project_.reset();
  if (key) return *key;
  bind_path(add_project_, 1, root);
  add_project_.execute();
  const std::int64_t fresh = sqlite3_last_insert_rowid(database_.handle());
  name_project_after_directory(fresh);
  return fresh;
}

void Ledger::describe_project(std::int64_t project_key, std::int64_t file_id,
                              const std::vector<Value>& values) {
  std::string sql = "UPDATE projects SET file_id = ?2";
  const std::vector<Column> columns = project_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql.append(", ").append(columns[i].name).append(" = ?").append(std::to_string(i + 3));
  }
  sql.append(
      " WHERE project_key = ?1 AND (file_id IS NULL OR file_id = ?2 OR "
      "(SELECT CAST(path AS BLOB) FROM files WHERE files.file_id = projects.file_id) > "
      "(SELECT CAST(path AS BLOB) FROM files WHERE files.file_id = ?2))");
  sqlite::Statement update = database_.prepare(sql);
  update.bind(1, project_key).bind(2, file_id);
  for (std::size_t i = 0; i < values.size(); ++i) {
    bind_value(update, static_cast<int>(i) + 3, values[i]);
  }
  update.execute();
  name_project_after_directory(project_key);
}

std::optional<std::string> Ledger::withdraw_description(const FileRecord& record) {
  std::string sql = "UPDATE projects SET file_id = NULL";
  for (const Column& column : project_columns()) sql.append(", ").append(column.name + " = NULL");
  database_.prepare(sql + " WHERE project_key = ?1 AND file_id = ?2")
      .bind(1, record.project_key)
      .bind(2, record.file_id)
      .execute();
  if (sqlite3_changes(database_.handle()) == 0) return std::nullopt;
  name_project_after_directory(record.project_key);
  sqlite::Statement find = database_.prepare(
      select("project_key = ?1 AND kind = ?3 AND state = 'current' AND file_id <> ?2 "
             "ORDER BY CAST(path AS BLOB) LIMIT 1"));
  find.bind(1, record.project_key).bind(2, record.file_id).bind(3, std::string_view(record.kind));
  if (!find.step()) return std::nullopt;
  FileRecord next = record_of(database_, find);
  next.version = {};
  next.hash = ~next.hash;
  touch(next);
  return next.path;
}

void Ledger::name_project_after_directory(std::int64_t project_key) {
  find_unnamed_project_.bind(1, project_key);
  std::optional<std::string> name;
  if (find_unnamed_project_.step()) name = name_after_directory(find_unnamed_project_.text(0));
  find_unnamed_project_.reset();
  if (!name) return;
  name_project_.bind(1, project_key).bind(2, std::string_view(*name)).execute();
}

void Ledger::drop_project_if_empty(std::int64_t project_key) {
  drop_project_.bind(1, project_key).execute();
}

RootRecord Ledger::root(std::string_view path) {
  sqlite::Statement insert = database_.prepare(
      "INSERT INTO roots(path, state) VALUES(?1, 'available') ON CONFLICT(path) DO NOTHING");
  bind_path(insert, 1, path);
  insert.execute();
  sqlite::Statement find =
      database_.prepare("SELECT root_id, device, state FROM roots WHERE path = ?1");
  bind_path(find, 1, path);
  find.step();
  return {find.integer(0), std::string(path), find.optional_integer(1),
          find.text(2) == "available"};
}

void Ledger::root_scanned(const RootRecord& root, std::int64_t files_on_disk) {
  database_
      .prepare(
          "UPDATE roots SET state = 'available', reason = NULL, device = ?2, "
          "last_full_scan_at = ?3, files_on_disk = ?4 WHERE root_id = ?1")
      .bind(1, root.root_id)
      .bind(2, root.device)
      .bind(3, now().ms)
      .bind(4, files_on_disk)
      .execute();
}

void Ledger::root_unavailable(std::int64_t root_id, std::string_view reason) {
  database_.prepare("UPDATE roots SET state = 'unavailable', reason = ?2 WHERE root_id = ?1")
      .bind(1, root_id)
      .bind(2, reason)
      .execute();
}

void Ledger::root_watched(std::int64_t root_id, const RootWatchRecord& watch) {
  database_
      .prepare(
          "UPDATE roots SET watch_mode = ?2, directories = ?3, watches = ?4, "
          "last_event_at = coalesce(?5, last_event_at) WHERE root_id = ?1")
      .bind(1, root_id)
      .bind(2, watch.mode)
      .bind(3, watch.directories)
      .bind(4, watch.watches)
      .bind(5, milliseconds(watch.last_event_at))
      .execute();
}

void Ledger::record_writer(const WriterRecord& writer) {
  sqlite::Statement record = database_.prepare(
      "INSERT INTO daemon(id, pid, version, started_at, alive_at, batches, pending, overflows, "
      "last_error, last_error_at) VALUES(1, ?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8) "
      "ON CONFLICT(id) DO UPDATE SET pid = ?1, version = ?2, started_at = ?3, stopped_at = NULL, "
      "alive_at = ?4, pending = ?5, overflows = ?6, last_error = ?7, last_error_at = ?8");
  record.bind(1, writer.pid)
      .bind(2, writer.version)
      .bind(3, writer.started_at.ms)
      .bind(4, now().ms)
      .bind(5, writer.pending)
      .bind(6, writer.overflows)
      .bind(8, milliseconds(writer.last_error_at));
  if (writer.last_error_at) {
    record.bind(7, std::string_view(writer.last_error));
  } else {
    record.bind(7, nullptr);
  }
  record.execute();
}

void Ledger::record_batch(std::int64_t pending) {
  record_batch_.bind(1, now().ms).bind(2, pending).execute();
}

std::optional<std::int64_t> Ledger::pending() {
  std::optional<std::int64_t> pending;
  if (pending_.step()) pending = pending_.integer(0);
  pending_.reset();
  return pending;
}

void Ledger::record_stop() {
  database_.prepare("UPDATE daemon SET stopped_at = ?1").bind(1, now().ms).execute();
}

// What lies in another root too goes on there, with all its rows.
void Ledger::hand_over(std::int64_t root_id, const std::string& heir) {
  sqlite::Statement change = database_.prepare(
      std::string("UPDATE files SET root_id = ?4 WHERE root_id = ?5 AND (").append(kBelow) + ")");
  const DirectoryRange range(heir);
  range.bind(change, heir);
  change.bind(4, root(heir).root_id).bind(5, root_id).execute();
}

std::vector<std::string> Ledger::retain_roots(const std::vector<std::string>& kept) {
  std::vector<std::pair<std::int64_t, std::string>> gone;
  sqlite::Statement all = database_.prepare("SELECT root_id, path FROM roots");
  while (all.step()) {
    if (std::find(kept.begin(), kept.end(), all.text(1)) == kept.end()) {
      gone.emplace_back(all.integer(0), all.text(1));
    }
  }
  all.reset();
  std::vector<std::string> files;
  for (const auto& [root_id, path] : gone) {
    for (const std::string& heir : kept) hand_over(root_id, heir);
    sqlite::Statement find = database_.prepare("SELECT path FROM files WHERE root_id = ?1");
    find.bind(1, root_id);
    while (find.step()) files.emplace_back(find.text(0));
    database_.prepare("DELETE FROM roots WHERE root_id = ?1").bind(1, root_id).execute();
    sqlite::Statement forget =
        database_.prepare(std::string("DELETE FROM sync_errors WHERE ").append(kBelow));
    const DirectoryRange range(path);
    range.bind(forget, path);
    forget.execute();
  }
  return files;
}

void Ledger::record_error(const SyncError& error) {
  bind_path(record_error_, 1, error.path);
  record_error_.bind(2, error.byte_offset)
      .bind(3, std::string_view(error.reason))
      .bind(4, now().ms)
      .execute();
}

void Ledger::record_only_error(const SyncError& error) {
  bind_path(clear_other_errors_, 1, error.path);
  clear_other_errors_.bind(2, error.byte_offset).execute();
  record_error(error);
}

void Ledger::clear_errors(std::string_view path, std::int64_t from_offset) {
  bind_path(clear_errors_, 1, path);
  clear_errors_.bind(2, from_offset).execute();
}

std::int64_t Ledger::count_errors(std::string_view path) {
  bind_path(count_errors_, 1, path);
  count_errors_.step();
  const std::int64_t count = count_errors_.integer(0);
  count_errors_.reset();
  return count;
}

std::vector<std::string> Ledger::paths_with_errors(std::string_view directory) {
  const DirectoryRange range(directory);
  range.bind(with_errors_, directory);
  std::vector<std::string> paths;
  while (with_errors_.step()) paths.emplace_back(with_errors_.text(0));
  with_errors_.reset();
  return paths;
}

void Ledger::save_settings(std::string_view text) {
  database_.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES('settings', ?1)")
      .bind(1, text)
      .execute();
}

bool Ledger::is_empty() {
  return !database_.prepare("SELECT 1 FROM files LIMIT 1").step();
}

std::int64_t Ledger::load_seq() {
  seq_ = load_seq_.step() ? load_seq_.integer(0) : 0;
  load_seq_.reset();
  return seq_;
}

void Ledger::save_seq() {
  save_seq_.bind(1, seq_).execute();
}

}  // namespace tain::mirror
