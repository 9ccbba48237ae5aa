#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syncd/layout/json_tree.h"
#include "syncd/layout/layout.h"

namespace tain::syncd {

// From text to rows, and nothing else: whoever shows what files hold, in a mirror or without one,
// goes through here, and so shows the same.

/// What became of a text: its rows, or why it has none.
struct Projection {
  std::vector<mirror::Row> rows = {};
  std::string_view text = {};  ///< without what must not be seen; refers to the parser and the text
  Anomalies anomalies = {};
  std::optional<JsonFault> fault = {};
  std::optional<std::string> project_root = {};  ///< of the project that the content names
};

/// The rows of a JSON file. `JsonParser::padding()` bytes behind `text` must be readable.
Projection project_document(JsonParser& parser, const Layouts& layouts, const FileRole& role,
                            std::string_view text);

}  // namespace tain::syncd
