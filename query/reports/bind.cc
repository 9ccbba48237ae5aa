#include "bind.h"

#include <algorithm>

#include "core/error.h"
#include "query/cmd/project_scope.h"
#include "syncd/mirror/binding.h"

namespace tain::query {
namespace {

constexpr std::string_view kNamed = "SELECT 1 FROM projects WHERE ?1 IN (id, name) LIMIT 1";
constexpr std::string_view kAtRoot =
    "SELECT CASE WHEN 1 = (SELECT count(*) FROM projects o WHERE p.id IN (o.id, o.name)) "
    "THEN p.id ELSE p.root END FROM projects p WHERE p.root = ?1";

bool is_id_or_name(const sqlite::Database& database, const std::string& project) {
  sqlite::Statement find = database.prepare(kNamed);
  find.bind(1, project);
  return find.step();
}

[[noreturn]] void refuse_project(const std::string& project, const Text& root) {
  if (root) {
    throw NotFoundError("find the project at", *root,
                        "the mirror has none there; `tain status` shows which roots are mirrored");
  }
  throw NotFoundError("find the project", project,
                      "no project in the mirror has this id or name, and no directory this path; "
                      "`tain ls projects` shows what there is");
}

std::string find_project(const sqlite::Database& database, const std::string& project) {
  if (is_id_or_name(database, project)) return project;
  const Text root = parse_scope(project).root;
  const std::string place = root.value_or(project);  // what is gone may be mirrored still
  sqlite::Statement find = database.prepare(kAtRoot);
  mirror::bind_path(find, 1, place);
  if (!find.step()) refuse_project(project, root);
  return std::string(find.text(0));
}

Value sql_value(const ReportValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return std::string_view(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

Error undeclared(const Report& report, const std::string& name) {
  if (name.empty() || name.starts_with('?')) {
    return {"run the report", report.file,
            "its SQL has a parameter without a name; write :NAME for it, and `-- @param NAME text: "
            "MEANING` above the SQL"};
  }
  return {"run the report", report.file,
          "its SQL has the parameter " + name + ", which is not declared; write `-- @param " +
              name.substr(1) + " text: MEANING` above it (only :name can be declared)"};
}

// Binds what the report declares; false where the SQL has no such parameter.
bool bind_one(ReadOnlyQuery& query, const std::string& name, const Value& value) {
  const std::vector<std::string> names = query.parameters();
  const auto found = std::find(names.begin(), names.end(), ":" + name);
  if (found == names.end()) return false;
  query.bind(static_cast<int>(found - names.begin()) + 1, value);
  return true;
}

void require_declared(const ReadOnlyQuery& query, const Report& report) {
  for (const std::string& name : query.parameters()) {
    const auto& declared = report.parameters;
    const bool is_declared = std::any_of(declared.begin(), declared.end(),
                                         [&](const auto& one) { return ":" + one.name == name; });
    if (!is_declared && name != ":now") throw undeclared(report, name);
  }
}

}  // namespace

void find_projects(const sqlite::Database& database, const Report& report,
                   std::vector<ReportValue>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto* text = std::get_if<std::string>(&values[i]);
    const bool is_project = report.parameters[i].type == ReportParameter::Type::project;
    if (is_project && text != nullptr) *text = find_project(database, *text);
  }
}

void bind_report(ReadOnlyQuery& query, const Report& report, const std::vector<ReportValue>& values,
                 Timestamp now) {
  require_declared(query, report);
  bind_one(query, "now", now.ms);  // which a report need not use
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ReportParameter& parameter = report.parameters[i];
    if (!bind_one(query, parameter.name, sql_value(values[i]))) {
      throw Error("run the report", report.file,
                  "its SQL does not use :" + parameter.name + ", which is declared");
    }
  }
}

}  // namespace tain::query
