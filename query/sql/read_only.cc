#include "read_only.h"

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>

#include "query/print/unicode.h"

namespace tain::query {
namespace {

constexpr int kInstructionsBetweenLooks = 1000;   // of SQLite's virtual machine: some microseconds
constexpr int kLongestValue = 256 * 1024 * 1024;  // bytes: several documents of the largest size
constexpr int kLongestPattern = 1000;
constexpr std::string_view kOnlyReads = "tain sql only reads";

// These answer a question about the database. With an argument they name a table or an index, or a
// limit; none of them changes anything.
constexpr auto kAskingPragmas = std::to_array<std::string_view>(
    {"collation_list", "compile_options", "database_list", "foreign_key_list", "function_list",
     "index_info", "index_list", "index_xinfo", "integrity_check", "module_list", "pragma_list",
     "quick_check", "table_info", "table_list", "table_xinfo"});

// These tell a setting, and change it when they are given an argument.
constexpr auto kSettingPragmas = std::to_array<std::string_view>(
    {"application_id", "cache_size", "data_version", "encoding", "freelist_count", "page_count",
     "page_size", "query_only", "schema_version", "user_version"});

// These run code that the asker names: a library, or the machine code at an address.
constexpr auto kForbiddenFunctions =
    std::to_array<std::string_view>({"fts3_tokenizer", "load_extension"});

template <class List>
bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_harmless_pragma(const char* name, const char* argument) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return holds(kAskingPragmas, lower) || (argument == nullptr && holds(kSettingPragmas, lower));
}

int authorize(void* /*unused*/, int action, const char* first, const char* second,
              const char* /*database*/, const char* /*trigger*/) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_UPDATE:
      // Asked whenever a virtual table (FTS5, json_each) is opened; SQLite itself refuses the
      // statement that says UPDATE sqlite_master.
      return first == std::string_view("sqlite_master") ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return holds(kForbiddenFunctions, second) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
      return is_harmless_pragma(first, second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using RawStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

// The place behind `before`, for a person.
std::string place_of(std::string_view before) {
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return " (line " + std::to_string(line) + ", byte " +
         std::to_string(before.size() - line_start + 1) + ")";
}

[[noreturn]] void refuse(const sqlite::Database& database) {
  throw Error("query", database.path(),
              std::string(kOnlyReads) +
                  "; change the files, with `tain session` or any editor, and the mirror follows");
}

// What stands at `begin` of `sql` could not be compiled.
[[noreturn]] void fail(const sqlite::Database& database, std::string_view sql, std::size_t begin) {
  sqlite3* handle = database.handle();
  const std::string message = sqlite3_errmsg(handle);
  // The text, because a refused function has the code of any other error.
  if (message.starts_with("not authorized")) refuse(database);
  const int offset = sqlite3_error_offset(handle);
  throw Error(
      "query", database.path(),
      message +
          (offset < 0 ? "" : place_of(sql.substr(0, begin + static_cast<std::size_t>(offset)))));
}

InvalidArgument not_one_statement(const std::string& found) {
  return {"statement", "exactly one SQL statement", found};
}

// The first statement of `sql`, compiled, and where the next would begin.
struct Compiled {
  RawStatement statement;
  std::size_t end = 0;
  int code = SQLITE_OK;
};

Compiled compile(const sqlite::Database& database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = sql.data();
  const int code = sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, &tail);
  return {RawStatement(statement), static_cast<std::size_t>(tail - sql.data()), code};
}

// Whether `sql` holds a statement, or an attempt at one.
bool has_statement(const sqlite::Database& database, std::string_view sql) {
  while (!sql.empty()) {
    const Compiled next = compile(database, sql);
    if (next.statement || next.code != SQLITE_OK) return true;
    if (next.end == 0) return false;
    sql.remove_prefix(next.end);
  }
  return false;
}

// SQLite compiles one statement and leaves the rest unread, so `SELECT 1; DELETE …` has to be
// looked at piece by piece.
std::string_view only_statement(const sqlite::Database& database, std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) throw not_one_statement("a NUL byte in it");
  for (std::size_t begin = 0; begin < sql.size();) {
    const std::string_view rest = sql.substr(begin);
    const Compiled first = compile(database, rest);
    if (first.code != SQLITE_OK) fail(database, sql, begin);
    if (first.end == 0) break;
    begin += first.end;
    if (!first.statement) continue;  // a lone semicolon or comment
    if (sqlite3_stmt_readonly(first.statement.get()) == 0) refuse(database);
    if (has_statement(database, sql.substr(begin))) throw not_one_statement("more than one");
    return rest.substr(0, first.end);
  }
  throw not_one_statement("none");
}

Error too_late(const sqlite::Database& database, std::chrono::milliseconds longest) {
  return {"query", database.path(),
          "the answer takes longer than " + std::to_string(longest.count()) +
              " ms; ask for less, or allow more with --timeout SECONDS"};
}

using Deadline = std::chrono::steady_clock::time_point;

void set_deadline(const sqlite::Database& database, const Deadline* deadline) {
  const auto is_late = [](void* held) {
    return Deadline::clock::now() > *static_cast<const Deadline*>(held) ? 1 : 0;
  };
  if (deadline == nullptr) {
    sqlite3_progress_handler(database.handle(), 0, nullptr, nullptr);
  } else {
    sqlite3_progress_handler(database.handle(), kInstructionsBetweenLooks, is_late,
                             const_cast<Deadline*>(deadline));
  }
}

Value value_at(const sqlite::Statement& statement, int column) {
  switch (sqlite3_column_type(statement.handle(), column)) {
    case SQLITE_INTEGER:
      return statement.integer(column);
    case SQLITE_FLOAT:
      return statement.real(column);
    case SQLITE_TEXT:
      return statement.text(column);
    case SQLITE_BLOB:
      return Blob{statement.text(column)};
    default:
      return nullptr;
  }
}

}  // namespace

void refuse_writes(sqlite::Database& database) {
  sqlite3_set_authorizer(database.handle(), authorize, nullptr);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, kLongestPattern);
}

void limit_time(sqlite::Database& database, const Deadline& deadline) {
  set_deadline(database, &deadline);
}

ReadOnlyQuery::ReadOnlyQuery(const sqlite::Database& database, std::string_view sql,
                             std::chrono::milliseconds longest)
    : database_(database),
      longest_(longest),
      hard_end_("tain: " + make_visible(too_late(database, longest).what()) + "\n"),
      statement_(prepare(sql)),
      left_(longest) {
  set_deadline(database_, &deadline_);
}

ReadOnlyQuery::~ReadOnlyQuery() {
  set_deadline(database_, nullptr);
}

// Compiling may take its time as well.
sqlite::Statement ReadOnlyQuery::prepare(std::string_view sql) {
  hard_end_.begin(Steady::now() + longest_);
  sqlite::Statement statement(database_, only_statement(database_, sql));
  hard_end_.end();
  return statement;
}

// What happens between the steps, such as a reader of our output who takes his time, does not
// count.
bool ReadOnlyQuery::step() {
  const Steady::time_point begin = Steady::now();
  deadline_ = begin + left_;
  hard_end_.begin(deadline_);
  try {
    const bool has_row = statement_.step();
    hard_end_.end();
    left_ -= Steady::now() - begin;
    return has_row;
  } catch (const sqlite::DatabaseError& error) {
    hard_end_.end();
    if (error.code() != SQLITE_INTERRUPT) throw;
    throw too_late(database_, longest_);
  }
}

void ReadOnlyQuery::bind(int parameter, const Value& value) {
  std::visit(
      [&](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Blob>) {
          statement_.bind_blob(parameter, held.bytes);
        } else {
          statement_.bind(parameter, held);
        }
      },
      value);
}

std::vector<std::string> ReadOnlyQuery::parameters() const {
  std::vector<std::string> names;
  const int count = sqlite3_bind_parameter_count(statement_.handle());
  for (int i = 1; i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(statement_.handle(), i);
    names.emplace_back(name != nullptr ? name : "");
  }
  return names;
}

std::vector<std::string> ReadOnlyQuery::columns() const {
  std::vector<std::string> names;
  const int count = sqlite3_column_count(statement_.handle());
  for (int i = 0; i < count; ++i) {
    const char* name = sqlite3_column_name(statement_.handle(), i);
    names.emplace_back(name != nullptr ? name : "");
  }
  return names;
}

void ReadOnlyQuery::read(std::vector<Value>& values) const {
  const int count = sqlite3_column_count(statement_.handle());
  values.clear();
  for (int i = 0; i < count; ++i) values.push_back(value_at(statement_, i));
}

}  // namespace tain::query
