#include "cells.h"

#include <set>

#include "core/json/time.h"

namespace tain::query {
namespace {

const Json* follow(const Json& entity, const std::vector<std::string>& path) {
  const Json* value = &entity;
  for (const std::string& key : path) {
    const auto found = value->find(key);
    if (found == value->end()) return nullptr;
    value = &*found;
  }
  return value;
}

std::int64_t count_different(const Json& list) {
  return static_cast<std::int64_t>(std::set<Json>(list.begin(), list.end()).size());
}

}  // namespace

Cell cell_of(const Json& entity, const Column& column) {
  const Json* value = column.path.empty() ? nullptr : follow(entity, column.path);
  if (value == nullptr || value->is_null()) return {};
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::word:
      return value->get<std::string>();
    case ColumnType::integer:
      return value->get<std::int64_t>();
    case ColumnType::real:
      return value->get<double>();
    case ColumnType::boolean:
      return std::int64_t{value->get<bool>()};
    case ColumnType::time:
      return parse_time(value->get_ref<const std::string&>()).value().ms;
    case ColumnType::count:
      return count_different(*value);
    case ColumnType::json:
      return dump_line(*value);
  }
  return {};
}

}  // namespace tain::query
