#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cells.h"
#include "core/state/listing.h"
#include "core/state/state_options.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// A question that a list can be asked: one flag of `tain ls`.
struct ListFilter {
  enum class How {
    equals,          ///< the column holds the value
    equals_or_none,  ///< the same; "none" asks for rows whose column is empty
    contains,        ///< the column's list holds the value; `join` says where the mirror has it
    active,          ///< the status is none of the final ones; takes no value
  };
  /// A table of the mirror that holds the elements of a list, one a row.
  struct Join {
    std::string_view table;
    std::string_view column;
  };

  std::string_view flag;
  std::string_view column;
  How how = How::equals;
  std::vector<std::string_view> words = {};  ///< the values that there are; empty: any
  Join join = {};
};

/// A filter that was given, with its value.
struct GivenFilter {
  const ListFilter* filter;
  std::string value;
};

/// One kind of thing that `tain ls` lists, from the mirror and from the files alike.
struct ListedEntity {
  std::string_view word;  ///< what a person types
  std::string_view description;
  std::string_view table;  ///< in the mirror
  std::vector<Column> columns;
  std::vector<std::string_view> summary;  ///< the columns that a person is shown
  std::vector<std::string_view> order;    ///< by these columns, then by the next
  std::vector<ListFilter> filters;
  /// Every row of the project at `root`, in no order.
  std::function<Listing<Cells>(const std::filesystem::path& root, const StateOptions& options)>
      read_files;

  /// Where `column` stands in `columns`. Throws std::logic_error where it does not.
  std::size_t index_of(std::string_view column) const;
};

/// All of them.
const std::vector<ListedEntity>& listed_entities();

/// Which project's rows: all projects' when nothing is given.
struct ListScope {
  std::optional<std::string> root;     ///< the directory of the project
  std::optional<std::string> project;  ///< its id or its name
};

/// The first cell of every row is the project's name.
using ListedRows = std::vector<Cells>;

/// From the mirror, by one query.
ListedRows list_from_mirror(const sqlite::Database& database, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope);
/// The SQL of that query; the parameters are the filters' values in their order, then the scope's.
std::string list_query(const ListedEntity& entity, const std::vector<GivenFilter>& filters,
                       const ListScope& scope);

/// From the files of the project at `root`: the same rows in the same order.
Listing<Cells> list_from_files(const std::filesystem::path& root, const ListedEntity& entity,
                               const std::vector<GivenFilter>& filters, const ListScope& scope,
                               const StateOptions& options);

}  // namespace tain::query
