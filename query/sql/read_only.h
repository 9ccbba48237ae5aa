#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/print/printer.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// Makes `database` refuse, from now on, to prepare what does more than read: writing, ATTACH,
/// transactions, loading extensions, and pragmas that change something. The connection is read-only
/// and `query_only` already (mirror::open_for_reading); this is the wall in front of what those two
/// let through, such as ATTACH and VACUUM INTO.
void refuse_writes(sqlite::Database& database);

/// One reading statement, and its rows.
class ReadOnlyQuery {
 public:
  /// Prepares `sql` on a connection that refuse_writes() was called on. Throws InvalidArgument
  /// unless it is exactly one statement (white space, comments and semicolons may follow it),
  /// Error with SQLite's message and the place for what SQLite refuses.
  ReadOnlyQuery(const sqlite::Database& database, std::string_view sql);

  std::vector<std::string> columns() const;
  /// True while there is a row. Throws DatabaseError.
  bool step() { return statement_.step(); }
  /// The row's values, valid until the next step().
  void read(std::vector<Value>& values) const;

 private:
  sqlite::Statement statement_;
};

}  // namespace tain::query
