#include "database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace tain::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5000;
// Of SQLite's virtual machine, between two questions whether to stop: well below a millisecond, but
// where an instruction puts a row's words into a search index.
constexpr int kInstructionsBetween = 1000;

std::string_view remedy(int code) {
  switch (code) {
    case SQLITE_FULL:
      return "; free some space";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "; check that the directory exists and the permissions of both";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program holds a lock on it";
    case SQLITE_CORRUPT:
      return "; delete it, it is rebuilt from the files";
    case SQLITE_NOTADB:
      return "; if it was the mirror, delete it, it is rebuilt from the files; else name another "
             "with "
             "--db";
    default:
      return "";
  }
}

// The mirror holds what sessions hold, environment variables too: nobody else's business. SQLite
// gives its journal the database's mode. O_EXCL, because closing a descriptor of a database that is
// open here would drop its locks.
void create_private(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);  // a failure is SQLite's to report
}

}  // namespace

DatabaseError::DatabaseError(std::string operation, std::filesystem::path path, int code,
                             const std::string& message)
    : Error(std::move(operation), std::move(path), std::string(message).append(remedy(code))),
      code_(code) {}

Database::Database(const std::filesystem::path& path, Mode mode) : path_(path) {
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (mode == Mode::read_write) create_private(path);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) {
    throw DatabaseError("open", path_, code & 0xff,
                        handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
}

bool Database::has_moved() const {
  int has_moved = 0;
  sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  return has_moved != 0;
}

void Database::fail(const std::string& operation) const {
  throw DatabaseError(operation, path_, sqlite3_errcode(handle_.get()) & 0xff,
                      sqlite3_errmsg(handle_.get()));
}

void Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail("write");
  }
}

Statement Database::prepare(std::string_view sql) const {
  return {*this, sql};
}

Statement::Statement(const Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  handle_.reset(statement);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_->fail("query");
}

Statement& Statement::bind(int parameter, std::nullptr_t) {
  check(sqlite3_bind_null(handle_.get(), parameter));
  return *this;
}
Statement& Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(handle_.get(), parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(handle_.get(), parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL; an empty text is not NULL.
  const char* data = text.data() != nullptr ? text.data() : "";
  check(
      sqlite3_bind_text64(handle_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3_reset(handle_.get());
  database_->fail("query");
}

void Statement::execute() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
}

std::string_view Statement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

Interruptible::Interruptible(Database& database, const std::function<bool()>& stop)
    : database_(database) {
  const auto ask = [](void* asked) {
    return (*static_cast<const std::function<bool()>*>(asked))() ? 1 : 0;
  };
  sqlite3_progress_handler(database.handle(), kInstructionsBetween, ask,
                           const_cast<std::function<bool()>*>(&stop));
}

Interruptible::~Interruptible() {
  sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // Some errors have rolled back already; then there is nothing to do.
  if (open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace tain::sqlite
