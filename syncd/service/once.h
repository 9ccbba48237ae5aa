#pragma once

#include <ostream>

#include "config.h"

namespace tain::syncd {

/// Brings the mirror up to date, writes a report for a person to `out`, and leaves. True when the
/// mirror shows every root, else why not is logged; bad files, which are recorded, do not make it
/// false. Throws as the daemon does, and Error where the report cannot be written.
bool run_once(const Config& config, std::ostream& out);

}  // namespace tain::syncd
