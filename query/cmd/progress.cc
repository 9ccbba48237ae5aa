#include "progress.h"

#include <future>
#include <optional>
#include <utility>

#include "core/error.h"
#include "daemon_status.h"
#include "query/print/unicode.h"
#include "syncd/service/control_client.h"

namespace tain::query {
namespace {

constexpr std::chrono::seconds kLong{1};

using Steady = std::chrono::steady_clock;

// A daemon that is busy with an order, or hangs.
class WatchedDaemon {
 public:
  WatchedDaemon(std::filesystem::path socket, const DaemonPatience& patience, const Io& io)
      : socket_(std::move(socket)), patience_(patience), io_(io), progress_(progress_on(io)) {}

  // Throws NotFoundError where none is, and Error where it has been silent for too long.
  void look() {
    if (const auto status = ask()) {
      heard_at_ = Steady::now();
      return show(*status);
    }
    if (Steady::now() - heard_at_ <= patience_.silence) return;
    throw Error("ask", socket_,
                "the daemon has not answered for " + std::to_string(patience_.silence.count()) +
                    " ms; it hangs, or was stopped");
  }

 private:
  // Nothing where the daemon is too busy to say it.
  std::optional<DaemonStatus> ask() {
    try {
      return read_daemon_status(
          syncd::ask_daemon(socket_, {{"command", "status"}}, patience_.status,
                            {.every = patience_.word, .look = [this] { tell(); }}));
    } catch (const NotFoundError&) {
      throw;
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  void tell() {
    if (std::exchange(told_, true)) return;
    progress_.clear();
    io_.err << "tain: waiting for the daemon at " << make_visible(socket_.string()) << std::endl;
  }

  void show(const DaemonStatus& now) {
    if (!before_) before_ = now;
    if (!now.files_mirrored || !now.pending) return;
    const std::int64_t done = *now.files_mirrored - before_->files_mirrored.value_or(0);
    if (done > 0 || *now.pending > 0) progress_.show(done, done + *now.pending);
  }

  const std::filesystem::path socket_;
  const DaemonPatience patience_;
  const Io& io_;
  syncd::ProgressReport progress_;
  std::optional<DaemonStatus> before_;
  Steady::time_point heard_at_ = Steady::now();
  bool told_ = false;
};

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
                       std::chrono::milliseconds timeout, const Io& io,
                       const DaemonPatience& patience) {
  WatchedDaemon daemon(socket, patience, io);
  daemon.look();
  return syncd::ask_daemon(socket, request, timeout,
                           {.every = patience.word, .look = [&] { daemon.look(); }});
}

void tell_what_takes_long(const std::string& what, const Io& io,
                          const std::function<void()>& work) {
  std::future<void> done = std::async(std::launch::async, work);
  if (done.wait_for(kLong) == std::future_status::timeout) {
    io.err << "tain: waiting for " << what << std::endl;
  }
  done.get();
}

}  // namespace tain::query
