#include "conditions.h"

namespace tain::query {

void Conditions::of_project(const std::optional<std::string>& project) {
  if (!project) return;
  add("? IN (p.id, p.name)", *project);
}

void Conditions::equal(std::string_view column, const std::optional<std::string>& value) {
  if (value) add("t." + std::string(column) + " = ?", *value);
}

void Conditions::equal(std::string_view column, const std::optional<bool>& value) {
  if (value) add("t." + std::string(column) + " = ?", std::int64_t{*value});
}

void Conditions::since(std::string_view column, const std::optional<Timestamp>& begin) {
  if (begin) add("t." + std::string(column) + " >= ?", begin->ms);
}

void Conditions::before(std::string_view column, const std::optional<Timestamp>& end) {
  if (end) add("t." + std::string(column) + " < ?", end->ms);
}

void Conditions::holds(const std::string& condition, const std::optional<bool>& value) {
  if (value) add("(" + condition + ") = ?", std::int64_t{*value});
}

void Conditions::linked(std::string_view table, std::string_view column,
                        const std::optional<std::string>& value) {
  if (!value) return;
  add("t.file_id IN (SELECT file_id FROM " + std::string(table) + " WHERE " + std::string(column) +
          " = ?)",
      *value);
}

void Conditions::add(const std::string& condition, Parameter parameter) {
  where_ += (where_.empty() ? " WHERE " : " AND ") + condition;
  parameters_.push_back(std::move(parameter));
}

}  // namespace tain::query
