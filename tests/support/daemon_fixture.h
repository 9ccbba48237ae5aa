#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/fs/file_system.h"
#include "mirror_dump.h"
#include "syncd/service/control_client.h"
#include "temp_dir.h"

namespace tain::testing {

using std::chrono::milliseconds;

/// A real program. Killed with the test, whatever happens to the test.
class Process {
 public:
  /// Starts `arguments` (the program first) with its output in `output` and its messages in
  /// `messages`, and with `environment` (NAME=value) added.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& output,
          const std::filesystem::path& messages, const std::vector<std::string>& environment = {}) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
      ::dup2(::open(output.c_str(), kFlags, 0600), STDOUT_FILENO);
      ::dup2(::open(messages.c_str(), kFlags, 0600), STDERR_FILENO);
      for (const std::string& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    exited_ = UniqueFd(FileSystem::real(), static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    send(SIGKILL);
    reap();
  }

  pid_t pid() const { return pid_; }
  /// Readable when the program has ended.
  int exited_fd() const { return exited_.get(); }
  void send(int signal) const { ::kill(pid_, signal); }
  bool is_running() const { return !ends_within(milliseconds(0)); }
  bool ends_within(milliseconds limit) const {
    pollfd watched = {.fd = exited_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
  }
  /// Waits for the end; the exit status, or 128 and the signal.
  int wait() {
    if (!ends_within(milliseconds(60'000))) throw std::runtime_error("the program does not end");
    return reap();
  }

 private:
  int reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  pid_t pid_ = -1;
  UniqueFd exited_;
};

inline std::string tain_syncd() {
  return std::string(TAIN_BIN_DIR) + "/tain-syncd";
}

/// A finished run of tain-syncd.
struct Finished {
  int status;
  std::string output;
  std::string messages;
};

inline Finished run_tain_syncd(std::vector<std::string> arguments,
                               const std::vector<std::string>& environment = {}) {
  const TempDir directory;
  arguments.insert(arguments.begin(), tain_syncd());
  Process process(arguments, directory / "out", directory / "err", environment);
  const int status = process.wait();
  return {status, read(directory / "out"), read(directory / "err")};
}

/// The real daemon over a tree of its own.
class DaemonFixture {
 public:
  explicit DaemonFixture(std::string config = {}) {
    std::filesystem::create_directories(root());
    if (!config.empty()) write(config_file(), config);
    has_config_ = !config.empty();
  }

  DaemonFixture(const DaemonFixture&) = delete;
  DaemonFixture& operator=(const DaemonFixture&) = delete;
  /// Fails the test when a sanitizer had something to say about the daemon.
  ~DaemonFixture() {
    process_.reset();
    for (const char* said : {"Sanitizer", "runtime error"}) {
      EXPECT_EQ(log().find(said), std::string::npos) << log();
    }
  }

  std::filesystem::path directory() const { return directory_.path(); }
  std::filesystem::path root() const { return directory_ / "tree"; }
  std::filesystem::path db() const { return directory_ / "mirror" / "mirror.db"; }
  std::filesystem::path socket() const { return directory_ / "run" / "tain.sock"; }
  std::string log() const { return read(directory_ / "err"); }
  Process& process() { return *process_; }

  /// Words before the daemon's own: a program that starts it, such as unshare(1).
  std::vector<std::string> starter = {};
  /// NAME=value, for the daemon.
  std::vector<std::string> environment = {};
  /// Without, the roots are the configuration's.
  bool names_root = true;

  std::filesystem::path config_file() const { return directory_ / "config.json"; }

  /// Starts the daemon and waits until it answers.
  void start() {
    std::filesystem::create_directories(socket().parent_path());
    std::vector<std::string> arguments = starter;
    arguments.insert(arguments.end(),
                     {tain_syncd(), "run", "--db", db().string(), "--socket", socket().string()});
    if (names_root) arguments.insert(arguments.end(), {"--root", root().string()});
    if (has_config_) arguments.insert(arguments.end(), {"--config", config_file().string()});
    process_.emplace(arguments, directory_ / "out", directory_ / "err", environment);
    wait_for_answer();
  }

  /// Waits until the daemon answers at its socket.
  void wait_for_answer() {
    const UniqueFd changes(FileSystem::real(), ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    ::inotify_add_watch(changes.get(), socket().parent_path().c_str(), IN_CREATE | IN_DELETE);
    while (!answers()) {
      // The socket appears before it listens, so the wait for its appearance has an end too.
      pollfd watched[] = {{.fd = changes.get(), .events = POLLIN, .revents = 0},
                          {.fd = process_->exited_fd(), .events = POLLIN, .revents = 0}};
      ::poll(watched, 2, 20);
      if (watched[1].revents != 0) throw std::runtime_error("the daemon ended: " + log());
      char events[4096];
      while (::read(changes.get(), events, sizeof(events)) > 0) {
      }
    }
  }

  Json ask(const Json& request) const {
    return syncd::ask_daemon(socket(), request, milliseconds(60'000));
  }
  /// After this, all that was saved before is in the mirror.
  void flush() const { ask({{"command", "flush"}}); }
  /// SIGTERM; the exit status.
  int stop() {
    process_->send(SIGTERM);
    return process_->wait();
  }
  /// kill -9, as a power cut of the program.
  void kill() {
    process_->send(SIGKILL);
    process_->wait();
  }

  std::string select(std::string_view sql) const { return testing::select(db(), sql); }
  std::string dump() const { return dump_mirror(db()); }
  /// What `tain-syncd once` makes of the tree as it is now.
  std::string fresh_dump() const {
    const TempDir other;
    const Finished once =
        run_tain_syncd({"once", "--root", root().string(), "--db", (other / "m.db").string()});
    if (once.status != 0) throw std::runtime_error("once: " + once.messages);
    return dump_mirror(other / "m.db");
  }

 private:
  bool answers() const {
    try {
      return syncd::ask_daemon(socket(), {{"command", "status"}}, milliseconds(60'000))["ok"];
    } catch (const NotFoundError&) {
      return false;  // nobody listens there yet
    }
  }

  TempDir directory_;
  bool has_config_ = false;
  std::optional<Process> process_;
};

}  // namespace tain::testing
