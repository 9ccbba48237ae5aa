#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace tain::query {

/// Runs `tain` with the arguments that follow its name, and returns the exit status. Never throws:
/// what failed stands on `io.err`, one line, `tain: …`.
int run(const std::vector<std::string>& arguments, const Io& io);

}  // namespace tain::query
