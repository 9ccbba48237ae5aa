#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "hard_end.h"
#include "query/print/printer.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// Makes `database` refuse, from now on, to prepare what does more than read: writing, ATTACH,
/// transactions, loading extensions, and pragmas that change something. The connection is read-only
/// and `query_only` already (mirror::open_for_reading); this is the wall in front of what those two
/// let through, such as ATTACH and VACUUM INTO.
///
/// It also sets limits to what one statement may take: values of 256 MiB, patterns of LIKE and GLOB
/// of 1,000 bytes (a comparison costs the product of both lengths).
void refuse_writes(sqlite::Database& database);

/// Interrupts what runs on `database` behind `deadline`, which has to outlive it.
void limit_time(sqlite::Database& database, const std::chrono::steady_clock::time_point& deadline);

/// One reading statement, and its rows.
class ReadOnlyQuery {
 public:
  /// Prepares `sql` on a connection that refuse_writes() was called on. Throws InvalidArgument
  /// unless it is exactly one statement (white space, comments and semicolons may follow it),
  /// Error with SQLite's message and the place for what SQLite refuses.
  ///
  /// A step() that brings the time spent in steps above `longest` throws Error. Where SQLite does
  /// not come back to be stopped, the process ends two seconds later, with the same words on
  /// standard error and status 1 (see HardEnd).
  ReadOnlyQuery(const sqlite::Database& database, std::string_view sql,
                std::chrono::milliseconds longest);
  ReadOnlyQuery(const ReadOnlyQuery&) = delete;
  ReadOnlyQuery& operator=(const ReadOnlyQuery&) = delete;
  ~ReadOnlyQuery();

  /// Parameters count from 1. The bytes must live as long as the query.
  void bind_blob(int parameter, std::string_view bytes) { statement_.bind_blob(parameter, bytes); }

  /// Text and blobs must live as long as the query.
  void bind(int parameter, const Value& value);
  /// The parameters' names as they stand in the statement, `:name`; empty for one without a name.
  std::vector<std::string> parameters() const;

  std::vector<std::string> columns() const;
  /// True while there is a row. Throws DatabaseError.
  bool step();
  /// The row's values, valid until the next step().
  void read(std::vector<Value>& values) const;

 private:
  using Steady = std::chrono::steady_clock;

  sqlite::Statement prepare(std::string_view sql);

  const sqlite::Database& database_;
  std::chrono::milliseconds longest_;
  HardEnd hard_end_;
  sqlite::Statement statement_;
  Steady::duration left_;          // for the steps to come
  Steady::time_point deadline_{};  // of the step under way
};

}  // namespace tain::query
