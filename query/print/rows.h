#pragma once

#include "io.h"
#include "printer.h"
#include "query/sql/read_only.h"

namespace tain::query {

/// Steps through `query` and prints its rows. Nothing is written before the first step, with which
/// most statements that fail do so. On a terminal, a table is made to fit.
void print_rows(ReadOnlyQuery& query, Format format, const Io& io);

}  // namespace tain::query
