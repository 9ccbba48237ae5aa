#include "mirror_writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "binding.h"
#include "message_usage.h"
#include "private_directory.h"
#include "search_tables.h"
#include "table_rows.h"

namespace tain::mirror {
namespace fs = std::filesystem;
namespace {

constexpr int kWritePatienceMs = 500;
constexpr std::string_view kSetAside = ".corrupt-";
// For whoever wants to know what happened; more would fill a disk that damages every mirror.
constexpr std::size_t kMostSetAside = 3;
constexpr std::string_view kMagic("SQLite format 3\0", 16);

fs::path beside(const fs::path& path, std::string_view suffix) {
  fs::path other = path;
  other += suffix;
  return other;
}

// A database is its file and its journals; the journals of one must never meet another.
void remove_database(const fs::path& path) {
  for (const std::string_view suffix : {"-wal", "-shm", "-journal", ""}) {
    std::error_code ignored;
    fs::remove(beside(path, suffix), ignored);
  }
}

// Of the files that were set aside under the name of `file`; they end in a time.
void forget_older_than_the_last(const fs::path& file) {
  const std::string head = file.filename().string().append(kSetAside);
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(head)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i + kMostSetAside < found.size(); ++i) fs::remove(found[i], ignored);
}

std::optional<FileVersion> version_at(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return version_of(status);
}

bool is_same_file(const std::optional<FileVersion>& a, const std::optional<FileVersion>& b) {
  return a && b && a->device == b->device && a->inode == b->inode;
}

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
  std::string magic(kMagic.size(), '\0');
  const int code = file->pMethods->xRead(file, magic.data(), static_cast<int>(magic.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return std::nullopt;
  return FileLook{size, magic == kMagic};
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

// What create_lookups() has made. `documents` and the ledger keep their indexes: they are asked
// while the mirror is filled.
std::string drop_lookups(const sqlite::Database& database) {
  sqlite::Statement find = database.prepare(
      "SELECT 'DROP ' || type || ' ' || name || ';' FROM sqlite_schema WHERE type = 'trigger' "
      "OR (type = 'index' AND instr(?1, 'CREATE INDEX ' || name || ' ON ') > 0)");
  const std::string lookups = create_lookups();
  find.bind(1, std::string_view(lookups));
  std::string sql;
  while (find.step()) sql += find.text(0);
  return sql;
}

// How much of the mirror is kept in memory, in KiB, and how long its journal grows, in pages. When
// it is filled, each page is written about once, if it can stay until then.
std::string cache(int kib, int journal_pages) {
  return "PRAGMA cache_size = -" + std::to_string(kib) +
         "; PRAGMA wal_autocheckpoint = " + std::to_string(journal_pages);
}

// Of an attempt without a savepoint: what it has done cannot be taken back alone.
class AttemptFailed : public std::exception {
 public:
  const char* what() const noexcept override { return "an attempt without a savepoint failed"; }
};

void attempt_unprotected(const std::function<void()>& work) {
  try {
    work();
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_of_a_row()) throw;  // trouble of the whole transaction, or of more
    throw AttemptFailed();
  } catch (const std::exception&) {
    throw AttemptFailed();
  }
}

}  // namespace

// The database and the statements prepared on it.
struct MirrorWriter::Connection {
  enum class Finding { empty, ours, other_version, foreign };

  // Throws DatabaseError, is_corrupt(), for what is no database.
  static Finding inspect(const sqlite::Database& database) {
    if (pragma(database, "SELECT count(*) FROM sqlite_schema") == 0) return Finding::empty;
    if (pragma(database, "PRAGMA application_id") != kApplicationId) return Finding::foreign;
    const bool ours = pragma(database, "PRAGMA user_version") == kSchemaVersion;
    return ours ? Finding::ours : Finding::other_version;
  }

  Connection(const fs::path& path, const Schema& schema, const Clock& clock,
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

  TableRows& of(const Table& table) {
    return *std::find_if(tables.begin(), tables.end(),
                         [&](const TableRows& known) { return &known.table() == &table; });
  }

  void count_by(const Schema& schema, const PriceTable& prices) {
    // The old one goes on counting where the new one cannot be had.
    auto counter = std::make_unique<MessageUsageCounter>(database, schema, prices);
    counter->set_loading(is_loading);
    usage = std::move(counter);
  }

  void set_loading(bool loading) {
    is_loading = loading;
    usage->set_loading(loading);
    prepare_cache();
  }

  void prepare_cache() {
    database.run(is_loading ? cache(49152, 8192) : cache(8192, 1000));
    if (is_loading) return;
    sqlite3_db_release_memory(database.handle());
  }

  // Brings the search index up to the rows, see search_tables.cc. FTS5 also works for a statement
  // that adds nothing, so only for the tables that have something new.
  void complete_search() {
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

  // SQLite itself would not notice: it holds the descriptors, and most pages in memory. A mirror is
  // never vacuumed, so its file never gets smaller.
  bool looks_sound() {
    const std::optional<FileLook> look = look_at(database);
    if (!look) return true;
    const bool shrank = look->size < size;
    size = std::max(size, look->size);
    return look->is_a_database && !shrank;
  }

  sqlite::Database database;
  Finding finding;
  bool is_loading = false;
  std::vector<TableRows> tables;
  std::optional<sqlite::Statement> delete_anomalies;
  std::vector<sqlite::Statement> deletes;  // of what else there is of a file
  std::vector<sqlite::Statement> delete_lines;
  std::vector<sqlite::Statement> delete_folded;
  std::vector<sqlite::Statement> assignments;
  std::optional<sqlite::Statement> put_document;
  std::optional<sqlite::Statement> put_anomaly;
  std::map<std::string_view, sqlite::Statement> index_rows;
  std::optional<sqlite::Statement> note_new_row;
  std::optional<sqlite::Statement> find_unindexed;
  std::optional<sqlite::Statement> forget_noted;
  std::unique_ptr<MessageUsageCounter> usage;
  std::optional<Ledger> ledger;
  std::optional<FileVersion> version;
  std::vector<std::pair<fs::path, FileVersion>> journals;
  std::int64_t size = 0;  // of the database's file when it was looked at last
};

MirrorWriter::MirrorWriter(fs::path path, const Schema& schema, Clock clock, const WriterLock* lock)
    : path_(std::move(path)), schema_(schema), clock_(std::move(clock)), lock_(lock) {
  make_private_directory(path_.parent_path());
  open();
}

MirrorWriter::~MirrorWriter() = default;

std::unique_ptr<MirrorWriter::Connection> MirrorWriter::connect(const fs::path& file) {
  try {
    return std::make_unique<Connection>(file, schema_, clock_, prices_);
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    set_aside(file, error.what());
    return std::make_unique<Connection>(file, schema_, clock_, prices_);
  }
}

void MirrorWriter::set_aside(const fs::path& file, const std::string& why) {
  const fs::path aside = beside(file, std::string(kSetAside) + std::to_string(clock_().ms));
  std::error_code failure;
  fs::rename(file, aside, failure);
  remove_database(file);  // its journals, and itself where it could not be renamed
  forget_older_than_the_last(file);
  notice_ = why + "; it was set aside as " + aside.string();
}

void MirrorWriter::reopen(bool is_damaged) {
  if (connection_) notice_.reset();  // else nobody has been told of it yet
  close();
  // While a new mirror grows, that is the damaged one; the old one goes on serving its readers.
  if (is_damaged && !rebuilding_) {
    set_aside(path_, "the mirror " + path_.string() + " is damaged");
  }
  rebuilding_ = false;
  open();
}

// SQLite leaves the journals of a database that was deleted or replaced where they are, and would
// read them into the next one of that name. Those of one that stays belong to others, too.
void MirrorWriter::close() {
  if (!connection_) return;
  const bool stays = condition() == Condition::sound;
  const auto journals = std::move(connection_->journals);
  connection_.reset();
  if (stays) return;
  for (const auto& [path, version] : journals) {
    std::error_code ignored;
    if (is_same_file(version_at(path), version)) fs::remove(path, ignored);
  }
}

void MirrorWriter::open() {
  connection_ = connect(path_);
  if (connection_->finding == Connection::Finding::foreign) {
    connection_.reset();
    throw Error("open", path_,
                "it is a database, but not a mirror of Tain; name another file with --db");
  }
  if (connection_->finding == Connection::Finding::other_version) {
    begin_rebuild("has another schema version");
  }
}

void MirrorWriter::begin_rebuild(const std::string& why) {
  connection_.reset();
  notice_ = "the mirror " + path_.string() + " " + why + " and is rebuilt";
  const fs::path growing = beside(path_, ".new");
  remove_database(growing);
  rebuilding_ = true;
  connection_ = connect(growing);
}

void MirrorWriter::begin_load() {
  sqlite::Database& database = connection_->database;
  sqlite::Transaction transaction(database);
  database.run(drop_lookups(database));
  database.run("INSERT OR REPLACE INTO meta(key, value) VALUES('loading', 1)");
  transaction.commit();
  connection_->set_loading(true);
}

bool MirrorWriter::is_loading() const {
  return connection_ && connection_->is_loading;
}

void MirrorWriter::finish_load() {
  try {
    run_transaction([this] {
      sqlite::Database& database = connection_->database;
      // What sorts the indexes takes as much memory again as pages may.
      database.run("PRAGMA cache_size = -16384");
      database.run(create_lookups());
      connection_->usage->settle();
      for (const SearchedTable& searched : searched_tables()) {
        database.run(index_all_rows(searched));
      }
      database.run("DELETE FROM meta WHERE key = 'loading'");
    });
  } catch (...) {
    connection_->prepare_cache();  // there is more to load until it is tried again
    throw;
  }
  connection_->set_loading(false);
}

Condition MirrorWriter::condition() const {
  if (!connection_) return Condition::closed;
  const fs::path file = rebuilding_ ? beside(path_, ".new") : path_;
  if (!is_same_file(version_at(file), connection_->version)) return Condition::gone;
  const auto& journals = connection_->journals;
  const bool whole = std::all_of(journals.begin(), journals.end(), [](const auto& journal) {
    return is_same_file(version_at(journal.first), journal.second);
  });
  return whole && connection_->looks_sound() ? Condition::sound : Condition::damaged;
}

void MirrorWriter::finish_rebuild() {
  const fs::path growing = beside(path_, ".new");
  require_the_lock();
  // Its journal stays behind, so all must be in the file itself; a reader may be in the way.
  if (pragma(connection_->database, "PRAGMA wal_checkpoint(TRUNCATE)") != 0) {
    throw sqlite::DatabaseError("complete", growing, SQLITE_BUSY, "its journal is in use");
  }
  connection_.reset();
  // Readers of the old mirror keep it open; a new reader must find the new file without the old
  // one's journal.
  remove_database(path_);
  fs::rename(growing, path_);
  rebuilding_ = false;
  connection_ = connect(path_);
}

void MirrorWriter::use_prices(PriceTable prices) {
  if (prices.fingerprint() == prices_.fingerprint()) return;
  std::swap(prices_, prices);
  try {
    if (connection_) connection_->count_by(schema_, prices_);
  } catch (...) {
    std::swap(prices_, prices);
    throw;
  }
}

Ledger& MirrorWriter::ledger() {
  return *connection_->ledger;
}
sqlite::Database& MirrorWriter::database() {
  return connection_->database;
}

void MirrorWriter::require_the_lock() const {
  if (lock_ == nullptr || lock_->is_held()) return;
  throw Error("write", path_, "the lock file beside it was removed or replaced");
}

// Savepoints cost as much as what they protect: every page that changes behind one is copied first.
// So the first time there are none.
void MirrorWriter::transact(const std::function<void()>& work) {
  has_savepoints_ = false;
  try {
    run_transaction(work);
  } catch (const AttemptFailed&) {
    has_savepoints_ = true;
    run_transaction(work);
  }
}

void MirrorWriter::run_transaction(const std::function<void()>& work) {
  sqlite::Transaction transaction(connection_->database);
  require_the_lock();
  const std::int64_t seq = ledger().load_seq();
  changes_before_ = sqlite3_total_changes64(connection_->database.handle());
  try {
    work();
    connection_->usage->flush();
    connection_->complete_search();
    if (ledger().seq() != seq) ledger().save_seq();
    transaction.commit();
  } catch (...) {
    connection_->usage->discard();
    ledger().restore_seq(seq);
    throw;
  }
}

bool MirrorWriter::has_changed() const {
  return sqlite3_total_changes64(connection_->database.handle()) != changes_before_;
}

void MirrorWriter::attempt(const std::function<void()>& work) {
  if (!has_savepoints_) return attempt_unprotected(work);
  connection_->usage->flush();
  connection_->database.run("SAVEPOINT attempt");
  const std::int64_t seq = ledger().seq();
  try {
    work();
    connection_->usage->flush();
  } catch (...) {
    connection_->usage->discard();
    ledger().restore_seq(seq);
    // After some errors (a full disk) SQLite has rolled back everything, the savepoint included.
    if (sqlite3_get_autocommit(connection_->database.handle()) == 0) {
      connection_->database.run("ROLLBACK TO attempt; RELEASE attempt");
    }
    throw;
  }
  connection_->database.run("RELEASE attempt");
}

void MirrorWriter::put_document(std::int64_t file_id, std::string_view body) {
  connection_->put_document->bind(1, file_id).bind(2, body).execute();
}

void MirrorWriter::put_row(const FileRecord& file, const Row& row) {
  if (row.table == &schema_.message_usage) return connection_->usage->add(file, row);
  connection_->of(*row.table).insert(file, row);
  if (connection_->is_loading || !is_searched(row.table->name)) return;
  const std::int64_t rowid = sqlite3_last_insert_rowid(connection_->database.handle());
  connection_->note_new_row->bind(1, std::string_view(row.table->name)).bind(2, rowid).execute();
}

void MirrorWriter::replace_rows(const FileRecord& file, const std::vector<Row>& rows,
                                const std::vector<Anomaly>& anomalies) {
  std::map<const Table*, std::vector<const Row*>> by_table;
  for (const Row& row : rows) by_table[row.table].push_back(&row);
  for (TableRows& table : connection_->tables) {
    const std::vector<const Row*>& of_table = by_table[&table.table()];
    // A row that stays where it is keeps its rowid, and so its words in the search index.
    if (table.update(file, of_table)) continue;
    table.remove(file.file_id);
    for (const Row* row : of_table) put_row(file, *row);
  }
  connection_->delete_anomalies->bind(1, file.file_id).execute();
  put_anomalies(file.file_id, 0, anomalies);
}

void MirrorWriter::put_anomalies(std::int64_t file_id, std::int64_t line_offset,
                                 const std::vector<Anomaly>& anomalies) {
  std::int64_t position = 0;
  for (const Anomaly& anomaly : anomalies) {
    connection_->put_anomaly->bind(1, file_id)
        .bind(2, line_offset)
        .bind(3, position++)
        .bind(4, std::string_view(anomaly.kind))
        .bind(5, std::string_view(anomaly.place))
        .bind(6, std::string_view(anomaly.detail))
        .execute();
  }
}

void MirrorWriter::delete_rows(std::int64_t file_id) {
  connection_->usage->remove_from(file_id, 0);
  for (TableRows& table : connection_->tables) table.remove(file_id);
  connection_->delete_anomalies->bind(1, file_id).execute();
  for (sqlite::Statement& statement : connection_->deletes) statement.bind(1, file_id).execute();
}

void MirrorWriter::delete_lines_from(std::int64_t file_id, std::int64_t offset) {
  connection_->usage->remove_from(file_id, offset);
  for (sqlite::Statement& statement : connection_->delete_lines) {
    statement.bind(1, file_id).bind(2, offset).execute();
  }
}

void MirrorWriter::delete_folded_rows(std::int64_t file_id) {
  for (sqlite::Statement& statement : connection_->delete_folded) {
    statement.bind(1, file_id).execute();
  }
}

void MirrorWriter::assign_project(const FileRecord& file) {
  connection_->usage->flush();
  for (sqlite::Statement& statement : connection_->assignments) {
    statement.bind(1, file.file_id).bind(2, file.project_key).execute();
  }
}

}  // namespace tain::mirror
