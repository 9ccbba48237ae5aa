#include "listed_entity.h"

namespace tain::query {
namespace {

// No value of a user's stands in the text: names come from the tables of listed_entity.cc.
std::string condition(const GivenFilter& given) {
  const ListFilter& filter = *given.filter;
  const std::string column = "t." + std::string(filter.column);
  switch (filter.how) {
    case ListFilter::How::equals:
      return column + " = ?";
    case ListFilter::How::equals_or_none:
      return column + (given.value == "none" ? " IS NULL" : " = ?");
    case ListFilter::How::contains:
      return "t.file_id IN (SELECT file_id FROM " + std::string(filter.join.table) + " WHERE " +
             std::string(filter.join.column) + " = ?)";
    case ListFilter::How::active:
      return "(" + column + " IS NULL OR " + column +
             " NOT IN ('completed', 'failed', 'cancelled'))";
  }
  return {};
}

bool takes_value(const GivenFilter& given) {
  const ListFilter::How how = given.filter->how;
  return how != ListFilter::How::active &&
         !(how == ListFilter::How::equals_or_none && given.value == "none");
}

Cell read_cell(const sqlite::Statement& row, int column) {
  switch (sqlite3_column_type(row.handle(), column)) {
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    case SQLITE_NULL:
      return {};
    default:
      return std::string(row.text(column));
  }
}

}  // namespace

std::string list_query(const ListedEntity& entity, const std::vector<GivenFilter>& filters,
                       const ListScope& scope) {
  std::string sql = "SELECT p.name AS project";
  for (const Column& column : entity.columns) sql.append(", t.").append(column.name);
  sql.append(" FROM ").append(entity.table).append(" t JOIN projects p USING (project_key)");
  std::string where;
  const auto add = [&](const std::string& text) {
    where.append(where.empty() ? " WHERE " : " AND ").append(text);
  };
  for (const GivenFilter& given : filters) add(condition(given));
  if (scope.root) add("p.root = ?");
  if (scope.project) add("? IN (p.id, p.name)");
  sql += where + " ORDER BY p.name, p.project_key";
  for (const std::string_view column : entity.order) sql.append(", t.").append(column);
  return sql;
}

ListedRows list_from_mirror(const sqlite::Database& database, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope) {
  const std::string sql = list_query(entity, filters, scope);
  sqlite::Statement statement = database.prepare(sql);
  int parameter = 0;
  for (const GivenFilter& given : filters) {
    if (takes_value(given)) statement.bind(++parameter, std::string_view(given.value));
  }
  for (const auto* value : {&scope.root, &scope.project}) {
    if (*value) statement.bind(++parameter, std::string_view(**value));
  }
  ListedRows rows;
  while (statement.step()) {
    Cells& row = rows.emplace_back();
    for (std::size_t i = 0; i <= entity.columns.size(); ++i) {
      row.push_back(read_cell(statement, static_cast<int>(i)));
    }
  }
  return rows;
}

}  // namespace tain::query
