#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema.h"

namespace tain::mirror {

/// One column's value; monostate is NULL.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// One row of an entity table, without the file_id and project_key that the writer adds.
struct Row {
  const Table* table;
  std::vector<Value> values;  ///< in the order of table->columns

  Value& operator[](std::string_view column) { return values[table->index_of(column)]; }
};

/// What is valid in a file, but odd enough that a person may want to know. `place` is a JSON
/// pointer.
struct Anomaly {
  std::string kind;
  std::string place;
  std::string detail;
};

inline bool is_null(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

}  // namespace tain::mirror
