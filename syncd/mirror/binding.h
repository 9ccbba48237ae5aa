#pragma once

#include <string_view>

#include "row.h"
#include "sqlite/database.h"

namespace tain::mirror {

/// Binds any value.
void bind_value(sqlite::Statement& statement, int parameter, const Value& value);

/// Binds a path: as text, or as a BLOB where it is not UTF-8.
void bind_path(sqlite::Statement& statement, int parameter, std::string_view path);

}  // namespace tain::mirror
