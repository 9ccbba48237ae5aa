#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syncd/mirror/schema.h"

namespace tain::syncd {

/// How a row can differ from the one that it should be.
enum class DifferenceKind {
  changed,  ///< a column
  missing,  ///< it is not there
  extra,    ///< it is there and should not
};

/// A query whose rows are the differences of one table.
///
/// It is asked of a connection in which `main` is the mirror that is looked at, `fresh` the one
/// that it should equal, and `temp` has the tables of create_comparison_tables(). Its result: the
/// path, NULL for a row that no file owns; 1 for a row that only one of the two has, else 0; the
/// values of `key`; then, for each of `columns`, whether it differs, what it is and what it should
/// be.
struct ComparisonQuery {
  std::string table;
  DifferenceKind one_sided;  ///< what a row is that only one of the two has
  std::vector<std::string> key;
  std::vector<std::string> columns;
  std::string sql;
};

/// All of them, files first; what only concerns rows that no file owns, last. With `scoped` they
/// look only at the paths of temp.scope.
std::vector<ComparisonQuery> comparison_queries(const mirror::Schema& schema, bool scoped);

/// The DDL of what the queries need besides the two mirrors, and what to fill it with, whenever the
/// mirrors have changed.
std::string_view create_comparison_tables();
std::string fill_comparison_tables(bool scoped);

/// What is left out, and why: rows of path and reason.
std::string select_not_compared();

}  // namespace tain::syncd
