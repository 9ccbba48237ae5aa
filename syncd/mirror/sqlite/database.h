#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace tain::sqlite {

/// A call of SQLite failed. `path()` is the database.
class DatabaseError : public Error {
 public:
  DatabaseError(std::string operation, std::filesystem::path path, int code,
                const std::string& message);
  /// The primary result code, such as SQLITE_BUSY.
  int code() const noexcept { return code_; }
  /// The file is not a database, or a damaged one: it has to be replaced.
  bool is_corrupt() const noexcept { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }
  /// There is one value or row that SQLite cannot take; the database is well.
  bool is_of_a_row() const noexcept {
    return code_ == SQLITE_TOOBIG || code_ == SQLITE_CONSTRAINT || code_ == SQLITE_MISMATCH;
  }

 private:
  int code_;
};

class Statement;

/// One connection. Used by one thread at a time.
class Database {
 public:
  enum class Mode { read_only, read_write };

  /// Opens `path`; read_write creates it where it is missing, readable by its owner only. Throws
  /// DatabaseError.
  Database(const std::filesystem::path& path, Mode mode);

  const std::filesystem::path& path() const { return path_; }
  sqlite3* handle() const { return handle_.get(); }

  /// Runs all statements of `sql`, which returns no rows that matter. Throws DatabaseError.
  void run(const std::string& sql);
  /// Throws DatabaseError.
  Statement prepare(std::string_view sql) const;
  /// Whether the open file has lost its name, to another file or to none.
  bool has_moved() const;
  [[noreturn]] void fail(const std::string& operation) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// One prepared statement; refers to its Database. Parameters and columns count as in SQLite: from
/// 1 and from 0.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  Statement& bind(int parameter, std::nullptr_t);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  /// The text must live until the next step(), reset() or bind() of this parameter.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  template <class T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, nullptr);
  }

  /// True while there is a row. Throws DatabaseError, after which the statement is reset.
  bool step();
  /// Runs a statement that returns no rows, and makes it ready to run again.
  void execute();
  /// Ready to run again; the parameters keep their values.
  void reset();
  /// All parameters are NULL again.
  void clear_bindings() { sqlite3_clear_bindings(handle_.get()); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  /// Valid until the next step() or reset().
  std::string_view text(int column) const;
  bool is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }
  std::optional<std::int64_t> optional_integer(int column) const;
  sqlite3_stmt* handle() const { return handle_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code) const;

  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// While it lives, whatever runs on the connection asks `stop` again and again, and fails with
/// SQLITE_INTERRUPT as soon as that says so. One at a time for a connection.
class Interruptible {
 public:
  /// `stop` has to live as long, and must not throw.
  Interruptible(Database& database, const std::function<bool()>& stop);
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  ~Interruptible();

 private:
  Database& database_;
};

/// A transaction, rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace tain::sqlite
