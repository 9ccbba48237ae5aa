#pragma once

#include <cstddef>
#include <optional>

namespace tain::query {

/// The terminal that an output goes to.
struct Terminal {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool colour = false;  ///< whether it is to be used: see https://no-color.org
};

/// What begins and ends words that stand out; nothing without a terminal that has colours.
struct Style {
  explicit Style(const std::optional<Terminal>& terminal);

  const char* bold = "";
  const char* faint = "";
  const char* red = "";
  const char* plain = "";  ///< ends all of them
};

/// What `fd` is connected to; nothing where that is no terminal.
std::optional<Terminal> terminal_of(int fd);

}  // namespace tain::query
