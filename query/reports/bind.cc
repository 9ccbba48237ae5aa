#include "bind.h"

#include <algorithm>

#include "core/error.h"

namespace tain::query {
namespace {

void require_project(const sqlite::Database& database, const std::string& project) {
  sqlite::Statement find =
      database.prepare("SELECT 1 FROM projects WHERE ?1 IN (id, name) LIMIT 1");
  find.bind(1, project);
  if (find.step()) return;
  throw NotFoundError("find the project", project,
                      "no project in the mirror has this id or name; `tain ls projects` shows what "
                      "there is");
}

Value sql_value(const ReportValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return std::string_view(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

Error undeclared(const Report& report, const std::string& name) {
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
    if (!is_declared && name != ":now") throw undeclared(report, name.empty() ? "?" : name);
  }
}

}  // namespace

void bind_report(const sqlite::Database& database, ReadOnlyQuery& query, const Report& report,
                 const std::vector<ReportValue>& values, Timestamp now) {
  require_declared(query, report);
  bind_one(query, "now", now.ms);  // which a report need not use
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ReportParameter& parameter = report.parameters[i];
    if (!bind_one(query, parameter.name, sql_value(values[i]))) {
      throw Error("run the report", report.file,
                  "its SQL does not use :" + parameter.name + ", which is declared");
    }
    const auto* text = std::get_if<std::string>(&values[i]);
    if (parameter.type == ReportParameter::Type::project && text != nullptr) {
      require_project(database, *text);
    }
  }
}

}  // namespace tain::query
