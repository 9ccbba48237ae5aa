#include "table_rows.h"

#include <algorithm>
#include <string>

#include "binding.h"
#include "search_tables.h"

namespace tain::mirror {
namespace {

// Which columns of a table differ is nearly always the same; but a file may change in any way.
constexpr std::size_t kMostSettings = 16;

std::string insert_statement(const Table& table) {
  std::string names = "file_id, project_key";
  std::string values = "?1, ?2";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    names.append(", ").append(table.columns[i].name);
    values.append(", ?").append(std::to_string(i + 3));
  }
  // A row that replaces another would not fire its trigger, and the search index keep the old
  // words. Nor does any: what was there of the file, or of the lines, is deleted first.
  const std::string verb = is_searched(table.name) ? "INSERT INTO " : "INSERT OR REPLACE INTO ";
  return verb + table.name + "(" + names + ") VALUES(" + values + ")";
}

// In the order of its key.
std::string select_statement(const Table& table) {
  std::string sql = "SELECT project_key";
  for (const Column& column : table.columns) sql.append(", ").append(column.name);
  sql.append(" FROM ").append(table.name).append(" WHERE file_id = ?1");
  for (std::size_t i = 0; i < table.key.size(); ++i) {
    sql.append(i == 0 ? " ORDER BY " : ", ").append(table.key[i]);
  }
  return sql;
}

void sort_by_key(const Table& table, std::vector<const Row*>& rows) {
  std::vector<std::size_t> columns;
  for (const std::string& name : table.key) columns.push_back(table.index_of(name));
  std::stable_sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
    for (const std::size_t column : columns) {
      if (a->values[column] != b->values[column]) return a->values[column] < b->values[column];
    }
    return false;
  });
}

bool holds(const sqlite::Statement& found, int column, const Value& value) {
  switch (sqlite3_column_type(found.handle(), column)) {
    case SQLITE_NULL:
      return is_null(value);
    case SQLITE_INTEGER:
      return value == Value(found.integer(column));
    case SQLITE_FLOAT:
      return value == Value(found.real(column));
    default:
      return std::holds_alternative<std::string>(value) &&
             std::get<std::string>(value) == found.text(column);
  }
}

void bind_row(sqlite::Statement& statement, const FileRecord& file, const Row& row) {
  statement.clear_bindings();  // most values are NULL
  statement.bind(1, file.file_id).bind(2, file.project_key);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (!is_null(row.values[i])) bind_value(statement, static_cast<int>(i) + 3, row.values[i]);
  }
}

std::vector<std::size_t> numbers_of_key(const Table& table) {
  std::vector<std::size_t> columns;
  for (const std::string& name : table.key) {
    const std::size_t column = table.index_of(name);
    if (table.columns[column].type == ColumnType::integer) columns.push_back(column);
  }
  return columns;
}

}  // namespace

TableRows::TableRows(sqlite::Database& database, const Table& table)
    : database_(database),
      table_(&table),
      insert_(database.prepare(insert_statement(table))),
      select_(database.prepare(select_statement(table))),
      remove_(database.prepare("DELETE FROM " + table.name + " WHERE file_id = ?1")),
      numbers_of_key_(numbers_of_key(table)) {}

void TableRows::insert(const FileRecord& file, const Row& row) {
  bind_row(insert_, file, row);
  for (const std::size_t column : numbers_of_key_) {
    if (is_null(row.values[column])) insert_.bind(static_cast<int>(column) + 3, std::int64_t{0});
  }
  insert_.execute();
}

bool TableRows::update(const FileRecord& file, std::vector<const Row*> rows) {
  sort_by_key(*table_, rows);
  const bool has_one = table_->key.empty() && rows.size() == 1;
  std::size_t count = 0;
  Differences found;
  select_.bind(1, file.file_id);
  while ((found.empty() || has_one) && count <= rows.size() && select_.step()) {
    if (count < rows.size()) found = differences(file, *rows[count]);
    ++count;
  }
  select_.reset();
  if (count != rows.size()) return false;
  if (found.empty()) return true;
  if (has_one) set(file, *rows.front(), found);
  return has_one;
}

TableRows::Differences TableRows::differences(const FileRecord& file, const Row& row) const {
  Differences found;
  if (select_.integer(0) != file.project_key) found.push_back(0);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (!holds(select_, static_cast<int>(i) + 1, row.values[i])) found.push_back(i + 1);
  }
  return found;
}

void TableRows::set(const FileRecord& file, const Row& row, const Differences& columns) {
  sqlite::Statement& statement = setting(columns);
  statement.bind(1, file.file_id);
  for (const std::size_t column : columns) {
    const int parameter = static_cast<int>(column) + 2;
    if (column == 0) {
      statement.bind(parameter, file.project_key);
    } else {
      bind_value(statement, parameter, row.values[column - 1]);
    }
  }
  statement.execute();
}

sqlite::Statement& TableRows::setting(const Differences& columns) {
  const auto known = settings_.find(columns);
  if (known != settings_.end()) return known->second;
  if (settings_.size() == kMostSettings) settings_.clear();
  std::string sql = "UPDATE " + table_->name;
  for (const std::size_t column : columns) {
    sql.append(column == columns.front() ? " SET " : ", ")
        .append(column == 0 ? "project_key" : table_->columns[column - 1].name)
        .append(" = ?")
        .append(std::to_string(column + 2));
  }
  return settings_.emplace(columns, database_.prepare(sql + " WHERE file_id = ?1")).first->second;
}

void TableRows::remove(std::int64_t file_id) {
  remove_.bind(1, file_id).execute();
}

}  // namespace tain::mirror
