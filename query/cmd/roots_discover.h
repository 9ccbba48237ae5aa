#pragma once

#include "command.h"

namespace tain::query {

/// Adds `discover` to the family `tain roots`.
void add_roots_discover(CLI::App& family, Commands& commands);

}  // namespace tain::query
