#include "progress.h"

#include <future>
#include <optional>

#include "core/error.h"
#include "daemon_status.h"
#include "syncd/service/control_client.h"

namespace tain::query {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

// Nothing where the daemon is too busy to say it.
std::optional<DaemonStatus> status_at(const std::filesystem::path& socket) {
  try {
    return ask_daemon_status(socket);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void show(const DaemonStatus& before, const std::optional<DaemonStatus>& now,
          syncd::ProgressReport& progress) {
  if (!now || !now->files_mirrored || !now->pending) return;
  const std::int64_t done = *now->files_mirrored - before.files_mirrored.value_or(0);
  progress.show(done, done + *now->pending);
}

}  // namespace

syncd::ProgressReport progress_on(const Io& io) {
  using Place = syncd::ProgressReport::Place;
  std::ostream& err = io.err;
  if (io.err_is_terminal) {
    return {Place::terminal, [&err](const std::string& text) { err << text << std::flush; }};
  }
  return {Place::log, [&err](const std::string& text) { err << "tain: " << text << std::endl; }};
}

// The daemon answers at the end; meanwhile its status says how far it is.
Json ask_with_progress(const std::filesystem::path& socket, const Json& request,
                       std::chrono::milliseconds timeout, const Io& io) {
  syncd::ProgressReport progress = progress_on(io);
  const std::optional<DaemonStatus> before = status_at(socket);
  std::future<Json> answer =
      std::async(std::launch::async, [&] { return syncd::ask_daemon(socket, request, timeout); });
  while (answer.wait_for(kBetweenLooks) == std::future_status::timeout) {
    if (before) show(*before, status_at(socket), progress);
  }
  progress.clear();
  return answer.get();
}

}  // namespace tain::query
