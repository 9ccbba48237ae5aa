#include "mirror_writer.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "database_files.h"
#include "message_usage.h"
#include "mirror_connection.h"
#include "private_directory.h"
#include "replacement.h"
#include "search_tables.h"
#include "table_rows.h"

namespace tain::mirror {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSetAside = ".corrupt-";
// For whoever wants to know what happened; more would fill a disk that damages every mirror.
constexpr std::size_t kMostSetAside = 3;

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

MirrorWriter::MirrorWriter(fs::path path, const Schema& schema, Clock clock, const WriterLock* lock,
                           FileSystem& files)
    : path_(std::move(path)),
      schema_(schema),
      clock_(std::move(clock)),
      lock_(lock),
      files_(files) {
  make_private_directory(path_.parent_path());
  open();
}

MirrorWriter::~MirrorWriter() = default;

std::unique_ptr<MirrorConnection> MirrorWriter::connect(const fs::path& file) {
  try {
    return std::make_unique<MirrorConnection>(file, schema_, clock_, prices_);
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    set_aside(file, error.what());
    return std::make_unique<MirrorConnection>(file, schema_, clock_, prices_);
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
  finish_replacement(path_, files_);
  connection_ = connect(path_);
  if (connection_->finding == MirrorConnection::Finding::foreign) {
    connection_.reset();
    throw Error("open", path_,
                "it is a database, but not a mirror of Tain; name another file with --db");
  }
  forget_replacement(path_, files_);
  if (connection_->finding == MirrorConnection::Finding::other_version) {
    begin_rebuild("has another schema version");
  }
}

void MirrorWriter::begin_rebuild(const std::string& why) {
  connection_.reset();
  notice_ = "the mirror " + path_.string() + " " + why + " and is rebuilt";
  const fs::path growing = growing_beside(path_);
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

bool MirrorWriter::finish_load(const std::function<bool()>& stop) {
  try {
    const sqlite::Interruptible interruptible(connection_->database, stop);
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
  } catch (const sqlite::DatabaseError& error) {
    connection_->prepare_cache();  // there is more to load until it is tried again
    if (error.code() != SQLITE_INTERRUPT) throw;
    return false;
  } catch (...) {
    connection_->prepare_cache();
    throw;
  }
  connection_->set_loading(false);
  return true;
}

Condition MirrorWriter::condition() const {
  if (!connection_) return Condition::closed;
  const fs::path file = rebuilding_ ? growing_beside(path_) : path_;
  if (!is_same_file(version_at(file), connection_->version)) return Condition::gone;
  const auto& journals = connection_->journals;
  const bool whole = std::all_of(journals.begin(), journals.end(), [](const auto& journal) {
    return is_same_file(version_at(journal.first), journal.second);
  });
  return whole && connection_->looks_sound() ? Condition::sound : Condition::damaged;
}

void MirrorWriter::finish_rebuild() {
  require_the_lock();
  // Its journal stays behind, so all must be in the file itself; a reader may be in the way.
  if (!connection_->checkpoint()) {
    throw sqlite::DatabaseError("complete", growing_beside(path_), SQLITE_BUSY,
                                "its journal is in use");
  }
  connection_.reset();
  put_in_place(path_, files_);
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
