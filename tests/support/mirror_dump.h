#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "syncd/mirror/mirror_reader.h"

namespace tain::testing {

/// The rows of `sql`, a line each, columns joined by '|', NULL as nothing.
inline std::string select(const sqlite::Database& database, std::string_view sql) {
  sqlite::Statement statement = database.prepare(sql);
  std::string out;
  while (statement.step()) {
    if (!out.empty()) out += '\n';
    for (int i = 0; i < sqlite3_column_count(statement.handle()); ++i) {
      if (i > 0) out += '|';
      out += statement.text(i);
    }
  }
  return out;
}

inline std::string select(const std::filesystem::path& mirror, std::string_view sql) {
  return select(mirror::open_for_reading(mirror), sql);
}

inline std::vector<std::string> column_names(const sqlite::Database& database,
                                             const std::string& table) {
  std::vector<std::string> names;
  sqlite::Statement info = database.prepare("SELECT name FROM pragma_table_info('" + table + "')");
  while (info.step()) names.emplace_back(info.text(0));
  return names;
}

/// A table of the mirror, and the query for what of it is a function of the tree.
struct DumpQuery {
  std::string table;
  std::string sql;
};

inline std::vector<DumpQuery> dump_queries(const sqlite::Database& database) {
  static constexpr std::array<std::string_view, 11> kLeftOut = {
      "error_id", "first_seen_at", "last_seen_at", "mirrored_at", "seq",   "device",
      "inode",    "mtime_ns",      "ctime_ns",     "racy",        "rowid",
  };
  std::vector<DumpQuery> queries;
  sqlite::Statement tables = database.prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND "
      "name NOT LIKE 'sqlite_%' AND name NOT IN ('meta', 'tombstones', 'roots', 'daemon', "
      "'model_prices') "
      "ORDER BY name");
  while (tables.step()) {
    const std::string table(tables.text(0));
    std::string expression;
    for (const std::string& column : column_names(database, table)) {
      if (std::find(kLeftOut.begin(), kLeftOut.end(), column) != kLeftOut.end()) continue;
      std::string value = "quote(t." + column + ")";
      if (column == "file_id") {
        if (table == "files") continue;
        value = "(SELECT quote(path) FROM files f WHERE f.file_id = t.file_id)";
      } else if (column == "project_key") {
        if (table == "projects") continue;
        value = "(SELECT quote(root) FROM projects p WHERE p.project_key = t.project_key)";
      } else if (column == "root_id") {
        value = "(SELECT quote(path) FROM roots r WHERE r.root_id = t.root_id)";
      }
      expression.append(expression.empty() ? "" : " || '|' || ")
          .append("'")
          .append(column)
          .append("=' || coalesce(")
          .append(value)
          .append(", 'NULL')");
    }
    queries.push_back(
        {table, "SELECT " + expression + " AS line FROM " + table + " t ORDER BY line"});
  }
  return queries;
}

/// Everything in a mirror that is a function of the tree, as text: two mirrors of one tree give
/// equal texts, whatever happened on the way. Left out: surrogate keys (a path or a project's
/// directory stands in their place), seq, times of mirroring, what tells a file's versions apart,
/// and the tables that tell of the way (meta, tombstones, daemon, the roots' scans).
inline std::string dump_mirror(const sqlite::Database& database) {
  // A program has one schema, and a sweep dumps a thousand mirrors.
  static const std::vector<DumpQuery> kQueries = dump_queries(database);
  std::string out = "roots\n" + select(database, "SELECT path, state FROM roots ORDER BY path");
  for (const DumpQuery& query : kQueries) {
    out.append("\n").append(query.table).append("\n");
    // Preparing the query takes most of the time, and most tables are empty.
    if (select(database, "SELECT 1 FROM " + query.table + " LIMIT 1").empty()) continue;
    out.append(select(database, query.sql));
  }
  return out;
}

inline std::string dump_mirror(const std::filesystem::path& path) {
  return dump_mirror(mirror::open_for_reading(path));
}

}  // namespace tain::testing
