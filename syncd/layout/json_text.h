#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tain::syncd {

// What JsonParser does to text itself, because simdjson refuses what we take, or does not look.

/// Why, and at which byte, a text is not a JSON document.
struct JsonFault {
  std::size_t offset = 0;
  std::string reason;
};

/// What a token is by the grammar of numbers (RFC 8259 §6).
struct NumberSyntax {
  bool valid = false;
  bool integral = false;  ///< neither a fraction nor an exponent
};
NumberSyntax check_number(std::string_view token);

/// The value of a string whose content begins at `rest` and ends with its closing quote; a
/// surrogate without its other half becomes U+FFFD. Nothing where an escape is none.
std::optional<std::string> unescape_leniently(std::string_view rest);

/// The fault of `text`, which is known to have one: by nlohmann, which says where and why, or else
/// the one that was found already.
JsonFault diagnose(std::string_view text, const JsonFault& found);

}  // namespace tain::syncd
