#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "syncd/layout/json_tree.h"
#include "syncd/layout/layout.h"
#include "syncd/layout/line_mapping.h"

namespace tain::syncd {

// From text to rows, and nothing else: whoever shows what files hold, in a mirror or without one,
// goes through here, and so shows the same.

/// What became of a text: its rows, or why it has none.
struct Projection {
  std::vector<mirror::Row> rows = {};
  Anomalies anomalies = {};
  std::optional<JsonFault> fault = {};
};

/// The rows of a JSON file. `JsonParser::padding()` bytes behind `text` must be readable.
Projection project_document(JsonParser& parser, const Layouts& layouts, const FileRole& role,
                            std::string_view text);

/// The rows of lines of logs. Used by one thread at a time.
class LineProjector {
 public:
  /// A text longer than `max_body` bytes, and a line longer than `max_line`, stay in the file.
  LineProjector(const mirror::Schema& schema, std::size_t max_body, std::size_t max_line);

  std::size_t max_line() const { return max_line_; }
  /// The row of the line that begins at byte `offset` of its file; none where it is blank.
  /// `complete`: a newline ends it. A fault's reason says where the trouble is.
  Projection project(const FileRole& role, std::string_view line, std::int64_t offset,
                     bool complete);

  static constexpr std::string_view kTooLong = "longer than a line may be; it is left in the file";

 private:
  LineMapping mapping_;
  JsonParser parser_;
  std::size_t max_line_;
};

}  // namespace tain::syncd
