#include "comparison_queries.h"

#include <algorithm>

#include "syncd/mirror/search_tables.h"

namespace tain::syncd {
namespace {

// A column as the two sides say it, and the SQL that tells whether they differ.
struct ComparedColumn {
  std::string name;
  std::string differs;
  std::string live;
  std::string expected;
};
using ComparedColumns = std::vector<ComparedColumn>;

ComparedColumn column(const std::string& name) {
  return {name, "l." + name + " IS NOT e." + name, "l." + name, "e." + name};
}

// What surrogate keys stand for, looked up on both sides.
ComparedColumn reference(const std::string& name, const std::string& value,
                         const std::string& table, const std::string& key) {
  const auto look_up = [&](const std::string& schema, const std::string& row) {
    return "(SELECT " + value + " FROM " + schema + "." + table + " WHERE " + key + " = " + row +
           "." + key + ")";
  };
  const std::string live = look_up("main", "l");
  const std::string expected = look_up("fresh", "e");
  return {name, live + " IS NOT " + expected, live, expected};
}

template <class Items, class ToText>
std::string join_all(const Items& items, std::string_view separator, const ToText& to_text) {
  std::string all;
  for (const auto& item : items) all.append(all.empty() ? "" : separator).append(to_text(item));
  return all;
}

std::string any_differs(const ComparedColumns& columns) {
  return "(" + join_all(columns, " OR ", [](const ComparedColumn& c) { return c.differs; }) + ")";
}

std::string keys_of(std::string_view row, const std::vector<std::string>& key) {
  return join_all(key, "", [&](const std::string& name) {
    return std::string(", ").append(row).append(".").append(name);
  });
}

std::string triples(const ComparedColumns& columns) {
  return join_all(columns, "", [](const ComparedColumn& c) {
    return ", " + c.differs + ", " + c.live + ", " + c.expected;
  });
}

std::vector<std::string> names_of(const ComparedColumns& columns) {
  std::vector<std::string> names;
  for (const ComparedColumn& column : columns) names.push_back(column.name);
  return names;
}

std::string in_scope(bool scoped, const std::string& path) {
  return scoped ? " AND " + path + " IN (SELECT path FROM temp.scope)" : "";
}

// A bad file keeps its last good rows, which no mirror can have that never saw it good.
constexpr std::string_view kIsStale = "(l.state = 'stale' AND e.state IS NOT 'current')";

// The fresh mirror has no row for a file that it cannot open, and does not know what lies below a
// directory that it cannot read.
constexpr std::string_view kCannotBeSeen =
    "(l.state = 'stale' AND EXISTS (SELECT 1 FROM fresh.sync_errors WHERE path = l.path) OR "
    "EXISTS (SELECT 1 FROM temp.hidden WHERE "
    "substr(CAST(l.path AS BLOB), 1, length(prefix)) = prefix))";

constexpr std::string_view kRootIsCompared = "l.root_id NOT IN (SELECT root_id FROM temp.skipped)";

// Of an error, which has no root_id.
std::string is_skipped(const std::string& path) {
  return "EXISTS (SELECT 1 FROM temp.skipped WHERE substr(CAST(" + path +
         " || '/' AS BLOB), 1, length(prefix)) = prefix)";
}

using Queries = std::vector<ComparisonQuery>;

void add_files(Queries& queries, bool scoped) {
  ComparedColumns columns = {column("layout"), column("kind"),
                             reference("project", "root", "projects", "project_key"),
                             reference("root", "path", "roots", "root_id")};
  for (const char* name :
       {"state", "size", "hash", "consumed", "device", "inode", "mtime_ns", "ctime_ns"}) {
    columns.push_back(column(name));
  }
  queries.push_back({"files",
                     DifferenceKind::extra,
                     {},
                     names_of(columns),
                     "SELECT l.path, e.file_id IS NULL" + triples(columns) +
                         " FROM main.files l LEFT JOIN fresh.files e ON e.path = l.path WHERE " +
                         std::string(kRootIsCompared) +
                         " AND CASE WHEN e.file_id IS NULL THEN NOT " + std::string(kCannotBeSeen) +
                         " ELSE NOT " + std::string(kIsStale) + " AND " + any_differs(columns) +
                         " END" + in_scope(scoped, "l.path")});
  queries.push_back(
      {"files",
       DifferenceKind::missing,
       {},
       {},
       "SELECT e.path, 1 FROM fresh.files e LEFT JOIN main.files l ON l.path = e.path "
       "WHERE l.file_id IS NULL AND NOT " +
           is_skipped("e.path") + in_scope(scoped, "e.path")});
}

void add_projects(Queries& queries, bool scoped) {
  ComparedColumns columns = {reference("file", "path", "files", "file_id")};
  for (const tain::Column& described : mirror::project_columns()) {
    columns.push_back(column(described.name));
  }
  // A project without a file of its own in the fresh mirror is only wrong where it has none at all:
  // else its files are. One whose project.json is not compared keeps what that once said, and a
  // file that is not compared says nothing of its project.
  queries.push_back(
      {"projects",
       DifferenceKind::extra,
       {},
       names_of(columns),
       "SELECT l.root, e.project_key IS NULL" + triples(columns) +
           " FROM main.projects l LEFT JOIN fresh.projects e ON e.root = l.root WHERE CASE WHEN "
           "e.project_key IS NULL THEN NOT EXISTS (SELECT 1 FROM main.files f WHERE "
           "f.project_key = l.project_key) ELSE NOT EXISTS (SELECT 1 FROM main.files f WHERE "
           "f.project_key = l.project_key AND f.root_id IN (SELECT root_id FROM temp.skipped)) AND "
           "NOT EXISTS (SELECT 1 FROM main.files f LEFT JOIN fresh.files g ON g.path = f.path "
           "WHERE f.file_id = l.file_id AND (g.file_id IS NULL OR f.state = 'stale' AND "
           "g.state <> 'current')) AND " +
           any_differs(columns) + " END" + in_scope(scoped, "l.root")});
  queries.push_back({"projects",
                     DifferenceKind::missing,
                     {},
                     {},
                     "SELECT e.root, 1 FROM fresh.projects e LEFT JOIN main.projects l ON "
                     "l.root = e.root WHERE l.project_key IS NULL AND EXISTS (SELECT 1 FROM "
                     "fresh.files f WHERE f.project_key = e.project_key AND NOT " +
                         is_skipped("f.path") +
                         " AND NOT EXISTS (SELECT 1 FROM main.files m WHERE m.path = f.path AND "
                         "m.state = 'stale' AND f.state <> 'current'))" +
                         in_scope(scoped, "e.root")});
}

void add_errors(Queries& queries, bool scoped) {
  const ComparedColumns columns = {column("reason")};
  const std::string same_place =
      ".path = l.path AND coalesce(e.byte_offset, -1) = coalesce(l.byte_offset, -1)";
  queries.push_back({"sync_errors",
                     DifferenceKind::extra,
                     {"byte_offset"},
                     names_of(columns),
                     "SELECT l.path, e.error_id IS NULL, l.byte_offset" + triples(columns) +
                         " FROM main.sync_errors l LEFT JOIN fresh.sync_errors e ON e" +
                         same_place + " WHERE (e.error_id IS NULL OR " + any_differs(columns) +
                         ") AND NOT " + is_skipped("l.path") +
                         " AND NOT EXISTS (SELECT 1 FROM temp.hidden WHERE "
                         "substr(CAST(l.path AS BLOB), 1, length(prefix)) = prefix)" +
                         in_scope(scoped, "l.path")});
  queries.push_back(
      {"sync_errors",
       DifferenceKind::missing,
       {"byte_offset"},
       {},
       "SELECT e.path, 1, e.byte_offset FROM fresh.sync_errors e LEFT JOIN main.sync_errors l ON "
       "l.path = e.path AND coalesce(l.byte_offset, -1) = coalesce(e.byte_offset, -1) WHERE "
       "l.error_id IS NULL AND NOT " +
           is_skipped("e.path") + in_scope(scoped, "e.path")});
}

// A table whose rows belong to files. Of a file that is not in both mirrors only the file differs.
struct OwnedTable {
  std::string name;
  std::vector<std::string> key;
  ComparedColumns columns;
};

void add_owned(Queries& queries, const OwnedTable& table, bool scoped) {
  const auto same_key = [&](const std::string& a, const std::string& b) {
    return join_all(table.key, "", [&](const std::string& key) {
      return " AND " + a + "." + key + " = " + b + "." + key;
    });
  };
  // A few files are found by their keys; for all of them, one walk through the table is quicker.
  const std::string rows = table.name + " l CROSS JOIN temp.pairs p ON p.live_id = l.file_id";
  const std::string few =
      "temp.pairs p CROSS JOIN main." + table.name + " l ON l.file_id = p.live_id";
  queries.push_back({table.name, DifferenceKind::extra, table.key, names_of(table.columns),
                     "SELECT (SELECT path FROM main.files WHERE file_id = l.file_id), "
                     "e.file_id IS NULL" +
                         keys_of("l", table.key) + triples(table.columns) + " FROM " +
                         (scoped ? few : "main." + rows) + " LEFT JOIN fresh." + table.name +
                         " e ON e.file_id = p.fresh_id" + same_key("e", "l") +
                         " WHERE e.file_id IS NULL OR " + any_differs(table.columns)});
  queries.push_back(
      {table.name,
       DifferenceKind::missing,
       table.key,
       {},
       "SELECT (SELECT path FROM fresh.files WHERE file_id = e.file_id), 1" +
           keys_of("e", table.key) + " FROM " +
           (scoped
                ? "temp.pairs p CROSS JOIN fresh." + table.name + " e ON e.file_id = p.fresh_id"
                : "fresh." + table.name + " e CROSS JOIN temp.pairs p ON p.fresh_id = e.file_id") +
           " LEFT JOIN main." + table.name + " l ON l.file_id = p.live_id" + same_key("l", "e") +
           " WHERE l.file_id IS NULL"});
}

void add_orphans(Queries& queries, const OwnedTable& table) {
  queries.push_back({table.name,
                     DifferenceKind::extra,
                     table.key,
                     {},
                     "SELECT NULL, 1" + keys_of("l", table.key) + " FROM main." + table.name +
                         " l WHERE l.file_id NOT IN (SELECT file_id FROM main.files)"});
}

// The search index is a matter of the mirror alone: it has to have each of its rows, and no other.
void add_search(Queries& queries, const mirror::SearchedTable& searched) {
  const std::string table = "main." + std::string(searched.table);
  const std::string index = mirror::search_table(searched);
  const std::string indexed = "main." + index + "_docsize";
  queries.push_back({index,
                     DifferenceKind::missing,
                     {},
                     {},
                     "SELECT (SELECT path FROM main.files WHERE file_id = l.file_id), 1 FROM " +
                         table + " l WHERE l.rowid NOT IN (SELECT id FROM " + indexed +
                         " UNION ALL SELECT row FROM main.unindexed WHERE relation = '" +
                         std::string(searched.table) + "')"});
  queries.push_back(
      {index,
       DifferenceKind::extra,
       {},
       {},
       "SELECT NULL, 1 FROM " + indexed + " WHERE id NOT IN (SELECT rowid FROM " + table + ")"});
}

std::vector<OwnedTable> owned_tables(const mirror::Schema& schema) {
  std::vector<OwnedTable> tables = {{"documents", {}, {column("body")}},
                                    {"log_states", {}, {column("state")}},
                                    {"file_anomalies",
                                     {"line_offset", "position"},
                                     {column("kind"), column("place"), column("detail")}}};
  ComparedColumn project = reference("project", "root", "projects", "project_key");
  project.differs = "l.project_key IS NOT p.live_project";  // which add_files() compares
  for (const mirror::Table* table : schema.tables()) {
    OwnedTable owned{table->name, table->key, {project}};
    for (const tain::Column& described : table->columns) {
      const bool is_key =
          std::find(table->key.begin(), table->key.end(), described.name) != table->key.end();
      if (!is_key) owned.columns.push_back(column(described.name));
    }
    tables.push_back(std::move(owned));
  }
  return tables;
}

// STRICT, because ANY would else make numbers of texts, and comparisons unable to use an index.
// pairs: the files that are in both mirrors and have to be the same. skipped: roots about which
// nothing is said, because they are not there, or were not asked for. hidden: directories (and
// files, below which there is nothing) that could not be read. scope: where differences were found.
constexpr std::string_view kTables = R"sql(
CREATE TEMP TABLE skipped(root_id INTEGER PRIMARY KEY, path ANY, prefix BLOB NOT NULL) STRICT;
CREATE TEMP TABLE hidden(prefix BLOB NOT NULL) STRICT;
CREATE TEMP TABLE pairs(
  live_id INTEGER PRIMARY KEY, fresh_id INTEGER NOT NULL UNIQUE, live_project INTEGER NOT NULL) STRICT;
CREATE TEMP TABLE scope(path ANY PRIMARY KEY, version TEXT, is_changing INTEGER) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE found(path ANY PRIMARY KEY, version TEXT, is_changing INTEGER) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view kNotCompared = R"sql(
SELECT s.path, 'unavailable: ' || coalesce(
    (SELECT reason FROM main.roots WHERE root_id = s.root_id AND state <> 'available'),
    f.reason, 'not there')
FROM temp.skipped s JOIN fresh.roots f ON f.path = s.path
UNION ALL
SELECT l.path, CASE WHEN l.state = 'stale' THEN 'stale: ' || coalesce(
    (SELECT reason FROM main.sync_errors WHERE path = l.path LIMIT 1), 'no reason is recorded')
  ELSE 'below a directory that cannot be read' END
FROM main.files l LEFT JOIN fresh.files e ON e.path = l.path
)sql";

}  // namespace

std::vector<ComparisonQuery> comparison_queries(const mirror::Schema& schema, bool scoped) {
  Queries queries;
  add_files(queries, scoped);
  add_projects(queries, scoped);
  add_errors(queries, scoped);
  const std::vector<OwnedTable> tables = owned_tables(schema);
  for (const OwnedTable& table : tables) add_owned(queries, table, scoped);
  for (const OwnedTable& table : tables) add_orphans(queries, table);
  for (const mirror::SearchedTable& searched : mirror::searched_tables()) {
    add_search(queries, searched);
  }
  return queries;
}

std::string_view create_comparison_tables() {
  return kTables;
}

std::string fill_comparison_tables(bool scoped) {
  return "DELETE FROM temp.skipped; DELETE FROM temp.hidden; DELETE FROM temp.pairs;"
         "INSERT INTO temp.skipped SELECT root_id, path, CAST(path || '/' AS BLOB) FROM main.roots "
         "WHERE state <> 'available' OR path NOT IN "
         "(SELECT path FROM fresh.roots WHERE state = 'available');"
         "INSERT INTO temp.hidden SELECT CAST(path || '/' AS BLOB) FROM fresh.sync_errors "
         "WHERE byte_offset IS NULL;"
         "INSERT INTO temp.pairs SELECT l.file_id, e.file_id, l.project_key "
         "FROM main.files l CROSS JOIN fresh.files e ON e.path = l.path WHERE " +
         std::string(kRootIsCompared) + " AND NOT " + std::string(kIsStale) +
         in_scope(scoped, "l.path") + ";";
}

std::string select_not_compared() {
  return std::string(kNotCompared) + "WHERE " + std::string(kRootIsCompared) +
         " AND CASE WHEN e.file_id IS NULL THEN " + std::string(kCannotBeSeen) + " ELSE " +
         std::string(kIsStale) + " END";
}

}  // namespace tain::syncd
