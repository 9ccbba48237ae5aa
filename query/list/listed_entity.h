#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "syncd/layout/layout.h"
#include "syncd/mirror/ledger.h"
#include "syncd/mirror/row.h"
#include "syncd/mirror/sqlite/database.h"
#include "syncd/sync/sync_settings.h"

namespace tain::query {

/// One value of a listed row, as the mirror's column holds it.
using Cell = mirror::Value;
using Cells = std::vector<Cell>;

/// The value in a column of a row of the mirror.
Cell read_cell(const sqlite::Statement& row, int column);

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
  mirror::Table table;                    ///< in the mirror
  syncd::FileKind kind;                   ///< of the files that have its rows
  std::vector<Column> columns;            ///< of the table: all that are not only the mirror's own
  std::vector<std::string_view> summary;  ///< the columns that a person is shown
  /// By these columns, then by the next; rows that are equal in all of them by their file's path
  /// and their place in it.
  std::vector<std::string_view> order;
  std::vector<ListFilter> filters = {};

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

/// The project_keys of the projects in `scope`, as a JSON list; nothing for all. Throws
/// NotFoundError when the mirror has none.
std::optional<std::string> keys_in_scope(const sqlite::Database& database, const ListScope& scope);

/// The first cell of every row is the project's name.
using ListedRows = std::vector<Cells>;

/// From the mirror, by one query. Throws NotFoundError when the mirror has no project that is in
/// `scope`, DatabaseError.
ListedRows list_from_mirror(const sqlite::Database& database, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope);
/// The SQL of that query; the parameters are the filters' values in their order, then the scope's.
std::string list_query(const ListedEntity& entity, const std::vector<GivenFilter>& filters,
                       const ListScope& scope);

/// What the files say.
struct FileListing {
  ListedRows rows;
  std::vector<mirror::SyncError> skipped;  ///< what could not be read, and why
};

/// From the files of the project at `root` (absolute, without links): the rows that the daemon
/// makes of them with `settings`, in the same order. Only files below its `.tain` and
/// `agents/sessions` are read; what other programs' trees hold of the project lies elsewhere, and
/// is not known without a mirror. Throws NotFoundError when the project is not the one in `scope`.
FileListing list_from_files(const std::filesystem::path& root, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope,
                            const syncd::SyncSettings& settings = {});

}  // namespace tain::query
