#include "mirror_writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "binding.h"
#include "private_directory.h"
#include "search_tables.h"

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

std::string insert_statement(const Table& table) {
  std::string names = "file_id, project_key";
  std::string values = "?1, ?2";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    names.append(", ").append(table.columns[i].name);
    values.append(", ?").append(std::to_string(i + 3));
  }
  // A row that replaces another would not fire its trigger, and the search index keep the old
  // words. Nor does any: what was there of the file, or of the lines, is deleted first.
  const std::string verb = is_searched(table.name) ? "INSERT INTO " : "INSERT OR REPLACE INTO ";
  return verb + table.name + "(" + names + ") VALUES(" + values + ")";
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

  Connection(const fs::path& path, const Schema& schema, const Clock& clock)
      : database(path, sqlite::Database::Mode::read_write), finding(inspect(database)) {
    if (finding == Finding::other_version || finding == Finding::foreign) return;
    // NORMAL: a power loss may take the last transactions, and the ledger with them, so they are
    // caught up.
    database.run(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
        "PRAGMA journal_size_limit = 67108864");
    if (finding == Finding::empty) create(database, schema, clock());
    for (const Table* table : schema.tables()) {
      inserts.emplace(table, database.prepare(insert_statement(*table)));
      deletes.push_back(database.prepare("DELETE FROM " + table->name + " WHERE file_id = ?1"));
      if (!table->is_of_lines()) continue;
      delete_lines.push_back(database.prepare("DELETE FROM " + table->name +
                                              " WHERE file_id = ?1 AND line_offset >= ?2"));
    }
    deletes.push_back(database.prepare("DELETE FROM file_anomalies WHERE file_id = ?1"));
    deletes.push_back(database.prepare("DELETE FROM documents WHERE file_id = ?1"));
    delete_lines.push_back(
        database.prepare("DELETE FROM file_anomalies WHERE file_id = ?1 AND line_offset >= ?2"));
    put_document.emplace(
        database.prepare("INSERT OR REPLACE INTO documents(file_id, body) VALUES(?1, ?2)"));
    put_anomaly.emplace(database.prepare(
        "INSERT OR REPLACE INTO file_anomalies(file_id, line_offset, position, kind, place, "
        "detail) VALUES(?1,?2,?3,?4,?5,?6)"));
    for (const SearchedTable& searched : searched_tables()) {
      index_rows.push_back(database.prepare(index_new_rows(searched)));
    }
    note_new_row.emplace(database.prepare(note_unindexed()));
    look_for_unindexed.emplace(database.prepare(has_unindexed()));
    forget_noted.emplace(database.prepare(forget_unindexed()));
    ledger.emplace(database, clock);
    // Another program that holds a lock on the mirror delays it. We only wait a moment: the work
    // stays dirty and is tried again, and meanwhile a stop has to be prompt.
    sqlite3_busy_timeout(database.handle(), kWritePatienceMs);
    version = version_at(path);
    for (const std::string_view suffix : {"-wal", "-shm"}) {
      const fs::path journal = beside(path, suffix);
      if (const auto found = version_at(journal)) journals.emplace_back(journal, *found);
    }
    looks_sound();
  }

  // Brings the search index up to the rows, see search_tables.cc.
  void complete_search() {
    const bool has_new = look_for_unindexed->step();
    look_for_unindexed->reset();
    if (!has_new) return;
    for (sqlite::Statement& statement : index_rows) statement.execute();
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
  std::map<const Table*, sqlite::Statement> inserts;
  std::vector<sqlite::Statement> deletes;
  std::vector<sqlite::Statement> delete_lines;
  std::optional<sqlite::Statement> put_document;
  std::optional<sqlite::Statement> put_anomaly;
  std::vector<sqlite::Statement> index_rows;
  std::optional<sqlite::Statement> note_new_row;
  std::optional<sqlite::Statement> look_for_unindexed;
  std::optional<sqlite::Statement> forget_noted;
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
    return std::make_unique<Connection>(file, schema_, clock_);
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    set_aside(file, error.what());
    return std::make_unique<Connection>(file, schema_, clock_);
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

void MirrorWriter::transact(const std::function<void()>& work) {
  sqlite::Transaction transaction(connection_->database);
  require_the_lock();
  const std::int64_t seq = ledger().load_seq();
  try {
    work();
    connection_->complete_search();
    if (ledger().seq() != seq) ledger().save_seq();
    transaction.commit();
  } catch (...) {
    ledger().restore_seq(seq);
    throw;
  }
}

void MirrorWriter::attempt(const std::function<void()>& work) {
  connection_->database.run("SAVEPOINT attempt");
  const std::int64_t seq = ledger().seq();
  try {
    work();
  } catch (...) {
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
  sqlite::Statement& insert = connection_->inserts.at(row.table);
  insert.bind(1, file.file_id).bind(2, file.project_key);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    bind_value(insert, static_cast<int>(i) + 3, row.values[i]);
  }
  insert.execute();
  if (!is_searched(row.table->name)) return;
  const std::int64_t rowid = sqlite3_last_insert_rowid(connection_->database.handle());
  connection_->note_new_row->bind(1, std::string_view(row.table->name)).bind(2, rowid).execute();
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
  for (sqlite::Statement& statement : connection_->deletes) statement.bind(1, file_id).execute();
}

void MirrorWriter::delete_lines_from(std::int64_t file_id, std::int64_t offset) {
  for (sqlite::Statement& statement : connection_->delete_lines) {
    statement.bind(1, file_id).bind(2, offset).execute();
  }
}

}  // namespace tain::mirror
