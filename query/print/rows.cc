#include "rows.h"

namespace tain::query {
namespace {

constexpr std::size_t kWidestCellOnTerminal = 80;

}  // namespace

void print_rows(ReadOnlyQuery& query, Format format, std::ostream& out, bool is_terminal) {
  PrintOptions options;
  if (is_terminal) options.widest_cell = kWidestCellOnTerminal;
  const auto printer = make_printer(format, out, options);
  bool has_row = query.step();
  printer->begin(query.columns());
  for (std::vector<Value> values; has_row; has_row = query.step()) {
    query.read(values);
    printer->row(values);
  }
  printer->end();
}

}  // namespace tain::query
