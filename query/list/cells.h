#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/json/document.h"
#include "core/model/codec.h"
#include "core/model/columns.h"

namespace tain::query {

/// One value of a listed row, as the mirror's column holds it.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;
using Cells = std::vector<Cell>;

/// What `column` of the mirror holds for an entity whose JSON is `entity`, as core writes it.
Cell cell_of(const Json& entity, const Column& column);

/// The row of an entity that was read from its file.
template <Described E>
Cells cells_of(const E& entity, const std::vector<Column>& columns) {
  const Json json = Codec<E>::encode(entity);
  Cells cells;
  cells.reserve(columns.size());
  for (const Column& column : columns) cells.push_back(cell_of(json, column));
  return cells;
}

}  // namespace tain::query
