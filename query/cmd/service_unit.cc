#include "service_unit.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/file_lock.h"

namespace tain::query {
namespace fs = std::filesystem;
namespace {

// The daemon says when it is ready, that it is alive, and reloads at SIGHUP. It needs to read the
// roots and to write its mirror and its sockets, and nothing else of what it could gain.
constexpr std::string_view kUnit = R"([Unit]
Description=Tain: mirrors the state files of AI agents into SQLite

[Service]
Type=notify
ExecStart=@command@
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
TimeoutStopSec=10
WatchdogSec=300
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
)";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// What `fd` gives until its end.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Runs a program with its messages in `messages`; its exit status, or nothing when it cannot be
// run.
std::optional<int> run_program(const std::vector<std::string>& words, std::string& messages) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw IoError("run", words.front(), errno);
  const UniqueFd reading(FileSystem::real(), pipe[0]);
  UniqueFd writing(FileSystem::real(), pipe[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  pid_t pid = 0;
  const int failure = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return std::nullopt;
  writing = UniqueFd();
  messages = read_all(reading.get());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string quote_for_unit(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '%' || c == '$') quoted += c;  // specifiers and variables
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string unit_text(const ServiceUnit& unit) {
  std::string command = quote_for_unit(unit.program.string()) + " run";
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) command += std::string(" ") + flag + " " + quote_for_unit(value);
  };
  for (const std::string& root : unit.roots) add("--root", root);
  add("--config", unit.config);
  add("--db", unit.db);
  std::string text(kUnit);
  constexpr std::string_view kPlace = "@command@";
  return text.replace(text.find(kPlace), kPlace.size(), command);
}

fs::path unit_file() {
  fs::path configuration = variable("XDG_CONFIG_HOME");
  if (!configuration.is_absolute()) {
    const fs::path home = variable("HOME");
    if (!home.is_absolute()) {
      throw NotFoundError("find", "$HOME", "neither XDG_CONFIG_HOME nor HOME is set");
    }
    configuration = home / ".config";
  }
  return configuration / "systemd" / "user" / kUnitName;
}

void write_unit(const fs::path& file, const std::string& text) {
  FileSystem& files = FileSystem::real();
  make_directories(files, file.parent_path(), false);
  const DirectoryLock lock(files, file.parent_path());
  replace_file(files, lock, file.filename().string(), text, Durability::file);
}

fs::path find_daemon() {
  constexpr const char* kDaemon = "tain-syncd";
  std::error_code ignored;
  fs::path beside = fs::read_symlink("/proc/self/exe", ignored).parent_path() / kDaemon;
  if (is_program(beside)) return beside;
  std::istringstream path(variable("PATH"));
  for (std::string directory; std::getline(path, directory, ':');) {
    if (is_program(fs::path(directory) / kDaemon)) return fs::absolute(directory) / kDaemon;
  }
  throw NotFoundError("find", kDaemon, "it is neither beside tain nor in the PATH; install it");
}

void run_systemctl(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"systemctl", "--user"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::string messages;
  const std::optional<int> status = run_program(words, messages);
  // An exec that fails in the child looks like 127 on some systems.
  if (!status || *status == 127) {
    throw NotFoundError("run", "systemctl",
                        "there is no systemd here; start `tain-syncd run` in some other way");
  }
  if (*status == 0) return;
  throw Error("run", "systemctl --user " + arguments.front(),
              (messages.empty() ? "exit status " + std::to_string(*status) : messages) +
                  "; where no systemd user manager runs, start `tain-syncd run` in some other way");
}

}  // namespace tain::query
