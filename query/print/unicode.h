#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tain::query {

/// The front of a text, decoded as UTF-8 (Unicode, table 3-7).
struct CodePoint {
  char32_t value = 0;  ///< U+FFFD where the bytes are ill-formed
  std::size_t size = 1;
  bool is_valid = false;
};

/// `text` is not empty. Ill-formed bytes are taken as the longest piece that could have begun a
/// character, as browsers do (Unicode, section 3.9).
CodePoint front_of(std::string_view text);

bool is_utf8(std::string_view bytes);

/// `bytes` with a U+FFFD for each ill-formed piece.
std::string to_utf8(std::string_view bytes);

/// `bytes` as UTF-8 in which nothing can act on a terminal: control characters as `\n`, `\t`, `\r`,
/// `\x1b`, and those that reorder or break lines (such as U+202E) as `\u202e`.
std::string make_visible(std::string_view bytes);

/// The same, but for the ends of lines and tabs, which stay: a text of many lines.
std::string make_visible_lines(std::string_view bytes);

/// How many columns of a terminal the visible text takes, by the C library's tables for UTF-8,
/// whatever the process's locale.
std::size_t display_width(std::string_view visible);

/// The longest beginning of the visible text that leaves room for a `…` in `width` columns, and the
/// `…`; all of it where it fits.
std::string cut_to_width(std::string visible, std::size_t width);

}  // namespace tain::query
