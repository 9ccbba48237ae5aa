#include "mirror_connection.h"

#include <algorithm>
#include <string>

#include "database_files.h"
#include "search_tables.h"

namespace tain::mirror {
namespace fs = std::filesystem;
namespace {

constexpr int kWritePatienceMs = 500;

// Through SQLite's own descriptor: to open and close the file here would drop its locks.
struct FileLook {
  std::int64_t size = 0;
  bool is_a_database = true;
};

// Nothing when it cannot be told; then whatever is done next will say why.
std::optional<FileLook> look_at(const sqlite::Database& database) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return std::nullopt;
  sqlite3_int64 size = 0;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return std::nullopt;
  std::string magic(kDatabaseMagic.size(), '\0');
  const int code = file->pMethods->xRead(file, magic.data(), static_cast<int>(magic.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return std::nullopt;
  return FileLook{size, magic == kDatabaseMagic};
}

std::int64_t pragma(const sqlite::Database& database, std::string_view sql) {
  sqlite::Statement statement = database.prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

// seq begins at the time, in microseconds: so it also grows from one mirror to the next, and
// whoever asks for what changed since N is told of everything after the mirror was built anew.
void create(sqlite::Database& database, const Schema& schema, Timestamp now) {
  sqlite::Transaction transaction(database);
  database.run(create_statements(schema));
  database.prepare("INSERT INTO meta(key, value) VALUES('seq', ?1), ('created_at', ?2)")
      .bind(1, now.ms * 1000)
      .bind(2, now.ms)
      .execute();
  database.run("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.run("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  transaction.commit();
}

// How much of the mirror is kept in memory, in KiB, and how long its journal grows, in pages. When
// it is filled, each page is written about once, if it can stay until then.
std::string cache(int kib, int journal_pages) {
  return "PRAGMA cache_size = -" + std::to_string(kib) +
         "; PRAGMA wal_autocheckpoint = " + std::to_string(journal_pages);
}

using Finding = MirrorConnection::Finding;

// Throws DatabaseError, is_corrupt(), for what is no database.
Finding inspect(const sqlite::Database& database) {
  if (pragma(database, "SELECT count(*) FROM sqlite_schema") == 0) return Finding::empty;
  if (pragma(database, "PRAGMA application_id") != kApplicationId) return Finding::foreign;
  const bool ours = pragma(database, "PRAGMA user_version") == kSchemaVersion;
  return ours ? Finding::ours : Finding::other_version;
}

}  // namespace

MirrorConnection::MirrorConnection(const fs::path& path, const Schema& schema, const Clock& clock,
                                   const PriceTable& prices)
    : database(path, sqlite::Database::Mode::read_write), finding(inspect(database)) {
  if (finding == Finding::other_version || finding == Finding::foreign) return;
  // NORMAL: a power loss may take the last transactions, and the ledger with them, so they are
  // caught up.
  database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
      "PRAGMA journal_size_limit = 67108864");
  if (finding == Finding::empty) create(database, schema, clock());
  is_loading = pragma(database, "SELECT value FROM meta WHERE key = 'loading'") != 0;
  count_by(schema, prices);
  for (const Table* table : schema.tables()) {
    assignments.push_back(
        database.prepare("UPDATE " + table->name + " SET project_key = ?2 WHERE file_id = ?1"));
    if (table == &schema.message_usage || table == &schema.usage_days) continue;  // the counter's
    const std::string of_file = "DELETE FROM " + table->name + " WHERE file_id = ?1";
    tables.emplace_back(database, *table);
    if (!table->is_of_lines()) delete_folded.push_back(database.prepare(of_file));
    if (!table->is_of_lines()) continue;
    delete_lines.push_back(database.prepare("DELETE FROM " + table->name +
                                            " WHERE file_id = ?1 AND line_offset >= ?2"));
  }
  delete_anomalies.emplace(database.prepare("DELETE FROM file_anomalies WHERE file_id = ?1"));
  deletes.push_back(database.prepare("DELETE FROM documents WHERE file_id = ?1"));
  deletes.push_back(database.prepare("DELETE FROM log_states WHERE file_id = ?1"));
  delete_lines.push_back(
      database.prepare("DELETE FROM file_anomalies WHERE file_id = ?1 AND line_offset >= ?2"));
  put_document.emplace(
      database.prepare("INSERT OR REPLACE INTO documents(file_id, body) VALUES(?1, ?2)"));
  put_anomaly.emplace(database.prepare(
      "INSERT OR REPLACE INTO file_anomalies(file_id, line_offset, position, kind, place, "
      "detail) VALUES(?1,?2,?3,?4,?5,?6)"));
  for (const SearchedTable& searched : searched_tables()) {
    index_rows.emplace(searched.table, database.prepare(index_new_rows(searched)));
  }
  note_new_row.emplace(database.prepare(note_unindexed()));
  find_unindexed.emplace(database.prepare(mirror::find_unindexed()));
  forget_noted.emplace(database.prepare(forget_unindexed()));
  ledger.emplace(database, clock);
  // Another program that holds a lock on the mirror delays it. We only wait a moment: the work
  // stays dirty and is tried again, and meanwhile a stop has to be prompt.
  sqlite3_busy_timeout(database.handle(), kWritePatienceMs);
  prepare_cache();
  version = version_at(path);
  for (const std::string_view suffix : {"-wal", "-shm"}) {
    const fs::path journal = beside(path, suffix);
    if (const auto found = version_at(journal)) journals.emplace_back(journal, *found);
  }
  looks_sound();
}

TableRows& MirrorConnection::of(const Table& table) {
  return *std::find_if(tables.begin(), tables.end(),
                       [&](const TableRows& known) { return &known.table() == &table; });
}

void MirrorConnection::count_by(const Schema& schema, const PriceTable& prices) {
  // The old one goes on counting where the new one cannot be had.
  auto counter = std::make_unique<MessageUsageCounter>(database, schema, prices);
  counter->set_loading(is_loading);
  usage = std::move(counter);
}

void MirrorConnection::set_loading(bool loading) {
  is_loading = loading;
  usage->set_loading(loading);
  prepare_cache();
}

void MirrorConnection::prepare_cache() {
  database.run(is_loading ? cache(49152, 8192) : cache(8192, 1000));
  if (is_loading) return;
  sqlite3_db_release_memory(database.handle());
}

// FTS5 also works for a statement that adds nothing, so only for the tables that have something
// new.
void MirrorConnection::complete_search() {
  if (is_loading) return;
  std::vector<sqlite::Statement*> due;
  while (find_unindexed->step()) {
    due.push_back(&index_rows.at(find_unindexed->text(0)));
  }
  find_unindexed->reset();
  if (due.empty()) return;
  for (sqlite::Statement* statement : due) statement->execute();
  forget_noted->execute();
}

// A mirror is never vacuumed, so its file never gets smaller.
bool MirrorConnection::looks_sound() {
  const std::optional<FileLook> look = look_at(database);
  if (!look) return true;
  const bool shrank = look->size < size;
  size = std::max(size, look->size);
  return look->is_a_database && !shrank;
}

bool MirrorConnection::checkpoint() {
  return pragma(database, "PRAGMA wal_checkpoint(TRUNCATE)") == 0;
}

}  // namespace tain::mirror
