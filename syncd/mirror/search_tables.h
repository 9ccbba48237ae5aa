#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tain::mirror {

/// A table whose texts can be searched. Its index is the FTS5 table `<table>_search`, which has the
/// columns that are named here, holds no text of its own, and has the rowids of the table.
struct SearchedTable {
  std::string_view table;
  std::span<const std::string_view> columns;  ///< what people would call its title comes first
};

std::span<const SearchedTable> searched_tables();

bool is_searched(std::string_view table);

/// `<table>_search`.
std::string search_table(const SearchedTable& searched);

/// The DDL of the indexes.
std::string create_search();
/// That of the triggers that keep them, whose names are unlike those of other triggers.
std::string create_search_triggers();

/// Notes a new row, of the table ?1 with the rowid ?2; in `projects` a trigger does it.
std::string_view note_unindexed();
/// Indexes the table anew.
std::string index_all_rows(const SearchedTable& searched);
/// Adds to the index of the table what was inserted since. Has to run in the transaction that
/// inserted it, and forget_unindexed() after all of them.
std::string index_new_rows(const SearchedTable& searched);
/// The names of the tables to which that applies.
std::string_view find_unindexed();
std::string_view forget_unindexed();

}  // namespace tain::mirror
