#pragma once

#include <string>

namespace tain::mirror {

/// All parts, one behind the other. For the text of views, whose parts all stand in this folder: a
/// value never becomes part of SQL.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string text;
  (text.append(parts), ...);
  return text;
}

}  // namespace tain::mirror
