#include <algorithm>

#include "core/state/project_store.h"
#include "core/state/task_store.h"
#include "listed_entity.h"

namespace tain::query {
namespace {

bool is_text(const Cell& cell, const std::string& value) {
  const std::string* text = std::get_if<std::string>(&cell);
  return text != nullptr && *text == value;
}

bool list_contains(const Cell& cell, const std::string& value) {
  const std::string* text = std::get_if<std::string>(&cell);
  if (text == nullptr) return false;
  const Json list = Json::parse(*text);
  return std::find(list.begin(), list.end(), Json(value)) != list.end();
}

bool is_active(const Cell& status) {
  return !is_text(status, "completed") && !is_text(status, "failed") &&
         !is_text(status, "cancelled");
}

bool matches(const Cell& cell, const GivenFilter& given) {
  switch (given.filter->how) {
    case ListFilter::How::equals:
      return is_text(cell, given.value);
    case ListFilter::How::equals_or_none:
      return given.value == "none" ? std::holds_alternative<std::monostate>(cell)
                                   : is_text(cell, given.value);
    case ListFilter::How::contains:
      return list_contains(cell, given.value);
    case ListFilter::How::active:
      return is_active(cell);
  }
  return false;
}

}  // namespace

Listing<Cells> list_from_files(const std::filesystem::path& root, const ListedEntity& entity,
                               const std::vector<GivenFilter>& filters, const ListScope& scope,
                               const StateOptions& options) {
  const Project project = open_project(root, options);
  if (scope.project && *scope.project != project.id && *scope.project != project.name) return {};
  Listing<Cells> listing = entity.read_files(root, options);
  std::erase_if(listing.entities, [&](const Cells& row) {
    return !std::all_of(filters.begin(), filters.end(), [&](const GivenFilter& given) {
      return matches(row[entity.index_of(given.filter->column)], given);
    });
  });
  // As SQLite orders them: NULL, numbers, text by its bytes; and so does std::variant.
  std::vector<std::size_t> order;
  for (const std::string_view column : entity.order) order.push_back(entity.index_of(column));
  std::sort(listing.entities.begin(), listing.entities.end(), [&](const Cells& a, const Cells& b) {
    for (const std::size_t column : order) {
      if (a[column] != b[column]) return a[column] < b[column];
    }
    return false;
  });
  for (Cells& row : listing.entities) row.insert(row.begin(), project.name);
  return listing;
}

}  // namespace tain::query
