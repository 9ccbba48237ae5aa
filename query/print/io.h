#pragma once

#include <istream>
#include <optional>
#include <ostream>

#include "core/json/time.h"
#include "terminal.h"

namespace tain::query {

/// What a command has to do with the world outside.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  std::optional<Terminal> terminal = {};  ///< what `out` goes to, if it is one
  bool err_is_terminal = false;
  Clock clock = now;
};

}  // namespace tain::query
