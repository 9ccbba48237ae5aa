#pragma once

#include <chrono>
#include <filesystem>

#include "command.h"
#include "core/json/document.h"
#include "syncd/sync/progress_report.h"

namespace tain::query {

/// Says on standard error how far a long piece of work is.
syncd::ProgressReport progress_on(const Io& io);

/// Asks the daemon at `socket` for something that takes long and shows meanwhile how far it is.
/// Throws as ask_daemon.
Json ask_with_progress(const std::filesystem::path& socket, const Json& request,
                       std::chrono::milliseconds timeout, const Io& io);

}  // namespace tain::query
