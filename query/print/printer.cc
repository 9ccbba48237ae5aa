#include "printer.h"

namespace tain::query {

std::unique_ptr<Printer> make_printer(Format format, std::ostream& out,
                                      const PrintOptions& options) {
  switch (format) {
    case Format::table:
      return make_table_printer(out, options);
    case Format::csv:
      return make_csv_printer(out);
    case Format::json:
      return make_json_printer(out);
    case Format::jsonl:
      return make_jsonl_printer(out);
    case Format::markdown:
      return make_markdown_printer(out);
  }
  return nullptr;
}

}  // namespace tain::query
