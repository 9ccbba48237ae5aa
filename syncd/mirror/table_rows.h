#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "ledger.h"
#include "row.h"
#include "sqlite/database.h"

namespace tain::mirror {

/// The rows of one entity table: the statements that write them. Used by one thread, inside the
/// caller's transaction; everything throws DatabaseError.
class TableRows {
 public:
  TableRows(sqlite::Database& database, const Table& table);

  const Table& table() const { return *table_; }
  /// Adds the row; one of a table that is not searched replaces what has its key.
  void insert(const FileRecord& file, const Row& row);
  /// Makes `rows` those of the file if that takes no row more or less: nothing is written of what
  /// is there already, and of a table with one row a file only the columns that differ, so that no
  /// index and no text is touched without need. False: nothing was done.
  bool update(const FileRecord& file, std::vector<const Row*> rows);
  void remove(std::int64_t file_id);

 private:
  /// Of the row that was found: 0 for its project, i + 1 for the column i.
  using Differences = std::vector<std::size_t>;

  Differences differences(const FileRecord& file, const Row& row) const;
  void set(const FileRecord& file, const Row& row, const Differences& columns);
  sqlite::Statement& setting(const Differences& columns);

  sqlite::Database& database_;
  const Table* table_;
  sqlite::Statement insert_;
  sqlite::Statement select_;
  sqlite::Statement remove_;
  std::vector<std::size_t> numbers_of_key_;
  std::map<Differences, sqlite::Statement> settings_;
};

}  // namespace tain::mirror
