#include "core/error.h"
#include "listed_entity.h"
#include "syncd/mirror/binding.h"

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

std::string in_scope(const ListScope& scope) {
  std::string sql = scope.root ? "p.root = ?" : "";
  if (scope.project) sql.append(sql.empty() ? "" : " AND ").append("? IN (p.id, p.name)");
  return sql;
}

void bind_scope(sqlite::Statement& statement, int parameter, const ListScope& scope) {
  if (scope.root) mirror::bind_path(statement, ++parameter, *scope.root);
  if (scope.project) statement.bind(++parameter, std::string_view(*scope.project));
}

void require_project(const sqlite::Database& database, const ListScope& scope) {
  if (!scope.root && !scope.project) return;
  sqlite::Statement find =
      database.prepare("SELECT 1 FROM projects p WHERE " + in_scope(scope) + " LIMIT 1");
  bind_scope(find, 0, scope);
  if (find.step()) return;
  if (scope.root) {
    throw NotFoundError("find the project at", *scope.root,
                        "the mirror has none there; `tain status` shows which roots are mirrored, "
                        "--from-files reads its files");
  }
  throw NotFoundError("find the project", *scope.project,
                      "no project in the mirror has this id or name, and no directory this path; "
                      "`tain ls projects` shows what there is");
}

// What tells rows apart that are equal in all columns, such as copies; as the files are ordered.
std::string last_order(const ListedEntity& entity) {
  if (entity.kind == syncd::FileKind::project) return "";
  std::string sql = ", (SELECT CAST(f.path AS BLOB) FROM files f WHERE f.file_id = t.file_id)";
  for (const std::string& column : entity.table.key) sql.append(", t.").append(column);
  return sql;
}

}  // namespace

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

std::string list_query(const ListedEntity& entity, const std::vector<GivenFilter>& filters,
                       const ListScope& scope) {
  std::string sql = "SELECT p.name AS project";
  for (const Column& column : entity.columns) sql.append(", t.").append(column.name);
  sql.append(" FROM ").append(entity.table.name).append(" t JOIN projects p USING (project_key)");
  std::string where;
  const auto add = [&](const std::string& text) {
    where.append(where.empty() ? " WHERE " : " AND ").append(text);
  };
  for (const GivenFilter& given : filters) add(condition(given));
  if (scope.root || scope.project) add(in_scope(scope));
  sql += where + " ORDER BY p.name, CAST(p.root AS BLOB)";
  for (const std::string_view column : entity.order) sql.append(", t.").append(column);
  return sql + last_order(entity);
}

std::optional<std::string> keys_in_scope(const sqlite::Database& database, const ListScope& scope) {
  if (!scope.root && !scope.project) return std::nullopt;
  require_project(database, scope);
  sqlite::Statement keys = database.prepare(
      "SELECT json_group_array(project_key) FROM projects p WHERE " + in_scope(scope));
  bind_scope(keys, 0, scope);
  keys.step();
  return std::string(keys.text(0));
}

ListedRows list_from_mirror(const sqlite::Database& database, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope) {
  require_project(database, scope);
  const std::string sql = list_query(entity, filters, scope);
  sqlite::Statement statement = database.prepare(sql);
  int parameter = 0;
  for (const GivenFilter& given : filters) {
    if (takes_value(given)) statement.bind(++parameter, std::string_view(given.value));
  }
  bind_scope(statement, parameter, scope);
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
