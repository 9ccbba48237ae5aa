#include "rows.h"

namespace tain::query {

void print_rows(ReadOnlyQuery& query, Format format, const Io& io) {
  const auto printer = make_printer(format, io.out, {.terminal = io.terminal});
  bool has_row = query.step();
  printer->begin(query.columns());
  for (std::vector<Value> values; has_row; has_row = query.step()) {
    query.read(values);
    printer->row(values);
  }
  printer->end();
}

}  // namespace tain::query
