#pragma once

#include <string>
#include <utility>

#include "syncd/layout/json_tree.h"
#include "syncd/sync/reader.h"

namespace tain::testing {

namespace detail {
struct Parsing {
  explicit Parsing(std::string text) : bytes(std::move(text), syncd::JsonParser::padding()) {}
  syncd::PaddedBytes bytes;
  syncd::JsonParser parser;
};
}  // namespace detail

/// A text, parsed, and all that the result refers to.
struct ParsedText : private detail::Parsing, public syncd::JsonResult {
  explicit ParsedText(std::string given)
      : Parsing(std::move(given)), syncd::JsonResult(parser.parse(bytes.view())) {}
};

}  // namespace tain::testing
