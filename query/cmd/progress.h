#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "command.h"
#include "core/json/document.h"
#include "syncd/sync/progress_report.h"

namespace tain::query {

/// Says on standard error how far a long piece of work is.
syncd::ProgressReport progress_on(const Io& io);

/// How a daemon that does not answer is waited for.
struct DaemonPatience {
  std::chrono::milliseconds word{1000};       ///< until somebody is told, and between looks at it
  std::chrono::milliseconds status{5000};     ///< for an answer that says how far it is
  std::chrono::milliseconds silence{10'000};  ///< without any answer, until it is given up
};

/// Asks the daemon at `socket` for something that takes long and shows meanwhile how far it is, or
/// that it is waited for. Throws as ask_daemon, and Error when the daemon says nothing at all for
/// the time that `patience` allows.
Json ask_with_progress(const std::filesystem::path& socket, const Json& request,
                       std::chrono::milliseconds timeout, const Io& io,
                       const DaemonPatience& patience = {});

/// Calls `work`, on another thread; when that takes longer than a second, says on standard error
/// that `what` is waited for. Throws what `work` throws.
void tell_what_takes_long(const std::string& what, const Io& io, const std::function<void()>& work);

}  // namespace tain::query
