// Many processes that save as fast as they can, and what the daemon makes of it: how much waits for
// it, how long it needs once they rest, and whether any update was lost.
//
//   bench_writers ROOT --writers 8 --seconds 60 [--socket SOCKET] [--durable]

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "bench_session.h"
#include "program.h"
#include "syncd/service/control_client.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;
using tain::SessionStateManager;

constexpr std::chrono::minutes kTimeout(10);
constexpr std::int64_t kSecondNs = 1'000'000'000;
// Every so many saves a writer changes the session that all of them share.
constexpr std::int64_t kSharedEvery = 10;

struct Options {
  fs::path root;
  fs::path socket;
  int writers = 8;
  double seconds = 60;
  bool durable = false;
};

struct Counts {
  std::atomic<std::int64_t> saves;
  std::atomic<std::int64_t> shared;
};

// Of all writers, in memory that they share; closed with the process.
Counts* shared_counts(int writers) {
  void* memory = ::mmap(nullptr, sizeof(Counts) * static_cast<std::size_t>(writers),
                        PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return static_cast<Counts*>(memory);
}

std::int64_t count_in(const tain::Session& state) {
  return std::stoll(state.summary.value());
}

void add_one(SessionStateManager& session) {
  session.update([](tain::Session& state) { state.summary = std::to_string(count_in(state) + 1); });
}

void write_until(std::int64_t end, SessionStateManager& own, SessionStateManager& shared,
                 Counts& counts) {
  while (tain::bench::now_ns() < end) {
    add_one(own);
    if (++counts.saves % kSharedEvery != 0) continue;
    add_one(shared);
    ++counts.shared;
  }
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), counts_(shared_counts(options.writers)), shared_(open(0)) {
    for (int i = 0; i < options.writers; ++i) own_.push_back(open(i + 1));
  }

  Json run() {
    if (!options_.socket.empty()) ask("flush");
    const std::int64_t begin = tain::bench::now_ns();
    start(begin + static_cast<std::int64_t>(options_.seconds * kSecondNs));
    Json backlog = watch();
    const auto took = static_cast<double>(tain::bench::now_ns() - begin) / kSecondNs;
    const std::int64_t drain_ns =
        options_.socket.empty() ? 0 : tain::bench::time_ns([this] { ask("flush"); });
    return {{"saves", total(&Counts::saves)},
            {"seconds", took},
            {"lost", lost()},
            {"backlog", std::move(backlog)},
            {"drain_ns", drain_ns}};
  }

 private:
  SessionStateManager open(int number) const {
    auto session = tain::bench::new_session(options_.root / "writers",
                                            100 + static_cast<std::uint64_t>(number),
                                            tain::bench::saving(options_.durable, options_.socket));
    session.state().summary = "0";
    session.save();
    return session;
  }
  Json ask(const char* command) const {
    return tain::syncd::ask_daemon(options_.socket, {{"command", command}}, kTimeout);
  }

  void start(std::int64_t end) {
    for (std::size_t i = 0; i < own_.size(); ++i) {
      const pid_t pid = ::fork();
      if (pid < 0) throw std::runtime_error("fork");
      if (pid == 0) be_writer(i, end);
    }
  }
  [[noreturn]] void be_writer(std::size_t number, std::int64_t end) {
    try {
      write_until(end, own_[number], shared_, counts_[number]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "a writer: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }

  // Asks the daemon once a second what waits for it, until every writer is done.
  Json watch() {
    Json backlog = Json::array();
    std::size_t ended = 0;
    std::int64_t next = tain::bench::now_ns();
    while (ended < own_.size()) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid > 0 && status != 0) throw std::runtime_error("a writer failed");
      if (pid > 0) ++ended;
      if (pid != 0) continue;
      if (!options_.socket.empty() && tain::bench::now_ns() >= next) {
        backlog.push_back(ask("status")["pending"]);
        next += kSecondNs;
      }
      tain::bench::wait_until_ns(tain::bench::now_ns() + 5'000'000);
    }
    return backlog;
  }

  std::int64_t total(std::atomic<std::int64_t> Counts::*what) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < own_.size(); ++i) sum += counts_[i].*what;
    return sum;
  }

  // What was counted, less what the files say.
  std::int64_t lost() {
    shared_.reload();
    std::int64_t kept = count_in(shared_.state());
    for (SessionStateManager& session : own_) {
      session.reload();
      kept += count_in(session.state());
    }
    return total(&Counts::saves) + total(&Counts::shared) - kept;
  }

  const Options& options_;
  Counts* counts_;
  SessionStateManager shared_;
  std::vector<SessionStateManager> own_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("root", options.root)->required();
    app.add_option("--socket", options.socket, "of the daemon that mirrors the root");
    app.add_option("--writers", options.writers)->check(CLI::PositiveNumber);
    app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
    app.add_flag("--durable", options.durable, "fsync, as save() does by itself");
  };
  return tain::bench::run_program(argc, argv, "Saves as fast as can be", add_options,
                                  [&] { return Load(options).run(); });
}
