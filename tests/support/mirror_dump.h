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

/// Everything in a mirror that is a function of the tree, as text: two mirrors of one tree give
/// equal texts, whatever happened on the way. Left out: surrogate keys (a path or a project's
/// directory stands in their place), seq, times of mirroring, what tells a file's versions apart,
/// and the tables that tell of the way (meta, tombstones, daemon, the roots' scans).
inline std::string dump_mirror(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 11> kLeftOut = {
      "error_id", "first_seen_at", "last_seen_at", "mirrored_at", "seq",   "device",
      "inode",    "mtime_ns",      "ctime_ns",     "racy",        "rowid",
  };
  const sqlite::Database database = mirror::open_for_reading(path);
  std::string out = "roots\n" + select(database, "SELECT path, state FROM roots ORDER BY path");
  sqlite::Statement tables = database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND "
      "name NOT IN ('meta', 'tombstones', 'roots', 'daemon') ORDER BY name");
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
    out.append("\n").append(table).append("\n").append(
        select(database, "SELECT " + expression + " AS line FROM " + table + " t ORDER BY line"));
  }
  return out;
}

}  // namespace tain::testing
