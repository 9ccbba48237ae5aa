#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/model/vocabulary.h"
#include "terminal.h"

namespace tain::query {

/// Bytes that SQLite holds as a BLOB.
struct Blob {
  std::string_view bytes;
};

/// One value of a row. Text and blobs live until the next row is fetched.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;

/// Writes the rows of one answer, in one format. README.md describes every format; each is a
/// contract with the programs that read it.
///
/// Nothing is written before begin(). A printer that is dropped before end() leaves its output
/// visibly incomplete where the format can show that.
class Printer {
 public:
  virtual ~Printer() = default;
  /// Once, before the rows.
  virtual void begin(const std::vector<std::string>& columns) = 0;
  /// As many values as there are columns.
  virtual void row(std::span<const Value> values) = 0;
  /// Once, after the last row.
  virtual void end() = 0;
};

enum class Format { table, csv, json, jsonl, markdown };

struct PrintOptions {
  /// A table is made to fit it; without one, nothing is cut.
  std::optional<Terminal> terminal = {};
  /// Whether a table ends with the number of its rows.
  bool count_rows = true;
};

/// Writes to `out`, which must outlive the printer.
std::unique_ptr<Printer> make_printer(Format format, std::ostream& out,
                                      const PrintOptions& options = {});

// One of these a file; make_printer() chooses.
std::unique_ptr<Printer> make_table_printer(std::ostream& out, const PrintOptions& options);
std::unique_ptr<Printer> make_csv_printer(std::ostream& out);
std::unique_ptr<Printer> make_json_printer(std::ostream& out);
std::unique_ptr<Printer> make_jsonl_printer(std::ostream& out);
std::unique_ptr<Printer> make_markdown_printer(std::ostream& out);

}  // namespace tain::query

template <>
struct tain::Vocabulary<tain::query::Format> {
  using enum tain::query::Format;
  static constexpr auto words = std::to_array<std::pair<tain::query::Format, std::string_view>>({
      {table, "table"},
      {csv, "csv"},
      {json, "json"},
      {jsonl, "jsonl"},
      {markdown, "markdown"},
  });
};
