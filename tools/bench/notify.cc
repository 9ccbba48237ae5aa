// What telling the daemon costs the one who saves, in every state that a daemon may be in; in turns
// with the one system call that it takes at least.
//
//   bench_notify SOCKET DIR --calls N [--stop PID | --fill PID]

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "core/fs/file_system.h"
#include "core/fs/paths.h"
#include "core/notify/sync_notifier.h"
#include "program.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

struct Options {
  fs::path socket;
  fs::path directory;
  int calls = 1'000;
  pid_t stop = 0;
  pid_t fill = 0;
};

constexpr std::int64_t kPauseNs = 500'000;
constexpr std::int64_t kTimeToDrainNs = 20'000'000;

// How many datagrams the kernel keeps for a reader that takes none.
int queue_length() {
  int length = 10;
  std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> length;
  return length;
}

// The floor: a datagram from a socket that is kept, to an address that is ready.
class BareSender {
 public:
  explicit BareSender(const fs::path& control_socket)
      : fd_(tain::FileSystem::real(), ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const std::string path = tain::notification_socket(control_socket).string();
    if (fd_.get() < 0 || path.size() >= sizeof(address_.sun_path)) {
      throw std::runtime_error("no socket to " + path);
    }
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, path.size());
  }
  void send(std::string_view message) const {
    ::sendto(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address_), sizeof(address_));
  }

 private:
  tain::UniqueFd fd_;
  sockaddr_un address_ = {};
};

class Caller {
 public:
  explicit Caller(const Options& options)
      : notifier_(options.socket),
        bare_(options.socket),
        directory_(fs::absolute(options.directory)),
        calls_(options.calls) {}

  // Not one call after the other: an agent comes from other work.
  void call(int times) {
    for (int i = 0; i < times && !is_done(); ++i) {
      tain::bench::wait_until_ns(tain::bench::now_ns() + kPauseNs);
      bool handed_over = false;
      ns_.push_back(tain::bench::time_ns([&] { handed_over = notifier_.notify(directory_); }));
      delivered_ += handed_over ? 1 : 0;
      tain::bench::wait_until_ns(tain::bench::now_ns() + kPauseNs);
      bare_ns_.push_back(tain::bench::time_ns([&] { bare_.send(directory_.native()); }));
    }
  }
  void fill() const {
    while (notifier_.notify(directory_)) {
    }
  }
  bool is_done() const { return ns_.size() >= static_cast<std::size_t>(calls_); }
  Json result() const {
    Json json = {{"notify", tain::bench::summary_of(ns_)},
                 {"floor", tain::bench::summary_of(bare_ns_)}};
    json["delivered"] = delivered_;
    return json;
  }

 private:
  tain::SyncNotifier notifier_;
  BareSender bare_;
  fs::path directory_;
  int calls_;
  std::vector<std::int64_t> ns_;
  std::vector<std::int64_t> bare_ns_;
  int delivered_ = 0;
};

// The queue is short, so the daemon is stopped again and again, and goes on in between.
void call_while_stopped(Caller& caller, pid_t daemon) {
  while (!caller.is_done()) {
    ::kill(daemon, SIGSTOP);
    caller.call(std::max(1, queue_length() / 2 - 1));  // two datagrams each
    ::kill(daemon, SIGCONT);
    tain::bench::wait_until_ns(tain::bench::now_ns() + kTimeToDrainNs);
  }
}

void call_while_full(Caller& caller, pid_t daemon, int calls) {
  ::kill(daemon, SIGSTOP);
  caller.fill();
  caller.call(calls);
  ::kill(daemon, SIGCONT);
}

Json measure(const Options& options) {
  Caller caller(options);
  if (options.stop > 0) {
    call_while_stopped(caller, options.stop);
  } else if (options.fill > 0) {
    call_while_full(caller, options.fill, options.calls);
  } else {
    caller.call(options.calls);
  }
  return caller.result();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("socket", options.socket, "the daemon's control socket")->required();
    app.add_option("directory", options.directory, "that is said to have changed")->required();
    app.add_option("--calls", options.calls)->check(CLI::PositiveNumber);
    app.add_option("--stop", options.stop, "the daemon, which is stopped meanwhile");
    app.add_option("--fill", options.fill, "the same, its queue full");
  };
  return tain::bench::run_program(argc, argv, "Times the notification of a save", add_options,
                                  [&] { return measure(options); });
}
