#pragma once

#include "printer.h"
#include "query/sql/read_only.h"

namespace tain::query {

/// Steps through `query` and prints its rows. Nothing is written before the first step, with which
/// most statements that fail do so. On a terminal, cells of a table are cut.
void print_rows(ReadOnlyQuery& query, Format format, std::ostream& out, bool is_terminal);

}  // namespace tain::query
