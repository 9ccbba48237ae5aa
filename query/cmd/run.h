#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace tain::query {

/// Gives `app` all that `tain` can be told; `commands` are what does it.
void make_command_line(CLI::App& app, Commands& commands);

/// Runs `tain` with the arguments that follow its name, and returns the exit status. Never throws:
/// what failed stands on `io.err`, one line, `tain: …`.
int run(const std::vector<std::string>& arguments, const Io& io);

}  // namespace tain::query
