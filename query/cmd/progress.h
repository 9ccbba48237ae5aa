#pragma once

#include "command.h"
#include "syncd/sync/progress_report.h"

namespace tain::query {

/// Says on standard error how far a long piece of work is.
syncd::ProgressReport progress_on(const Io& io);

}  // namespace tain::query
