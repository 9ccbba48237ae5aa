#include "pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

namespace tain::query {
namespace {

// What to run, and none where nothing is to be. A pager that there is not, which the shell says,
// takes nothing away from what cat then shows.
std::vector<std::string> pager_command() {
  const char* pager = std::getenv("PAGER");
  if (pager == nullptr) return {"less"};
  const std::string command = pager;
  if (command.empty() || command == "cat") return {};
  return {"sh", "-c", command + "\ncase $? in 126|127) exec cat ;; esac"};
}

// For less: leave what fits on the screen there, do not clear, and show colours, which nobody who
// set options for text has asked for.
void set_less_options() {
  const char* options = std::getenv("LESS");
  const std::string wanted = options == nullptr ? "FRX" : "-R " + std::string(options);
  ::setenv("LESS", wanted.c_str(), 1);
}

std::atomic<pid_t> running_pager = 0;  // none while it is being started
static_assert(std::atomic<pid_t>::is_always_lock_free);

// The pager uses ^C itself; when it has gone, it is for us again.
void on_interrupt(int signal) {
  if (running_pager == 0) return;
  siginfo_t ended = {};
  const int saved = errno;
  const bool is_known =
      ::waitid(P_PID, static_cast<id_t>(running_pager), &ended, WEXITED | WNOHANG | WNOWAIT) == 0;
  if (!is_known || ended.si_pid != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  errno = saved;
}

// Starts it with `input` as its standard input; -1 where that fails.
pid_t start(std::vector<std::string> command, int input) {
  set_less_options();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int failure =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return failure == 0 ? child : -1;
}

// How many lines of a terminal the text takes, or some more.
std::size_t lines_of(std::string_view text, std::size_t columns) {
  const auto ends = std::count(text.begin(), text.end(), '\n');
  return static_cast<std::size_t>(ends) + text.size() / columns;
}

}  // namespace

PagedOutput::~PagedOutput() {
  if (pager_ < 0) return;
  to_pager_ = {};
  while (::waitpid(pager_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void PagedOutput::begin_paging() {
  terminal_.reset();
  std::vector<std::string> command = pager_command();
  int ends[2];
  if (command.empty() || ::pipe2(ends, O_CLOEXEC) != 0) return;
  const UniqueFd input(FileSystem::real(), ends[0]);
  UniqueFd output(FileSystem::real(), ends[1]);
  std::signal(SIGINT, on_interrupt);
  pager_ = start(std::move(command), input.get());
  if (pager_ < 0) {
    std::signal(SIGINT, SIG_DFL);
    return;
  }
  running_pager = pager_;
  to_pager_ = std::move(output);
  redirect(to_pager_.get());
}

PagedOutput::int_type PagedOutput::overflow(int_type c) {
  if (terminal_) begin_paging();
  return OutputBuffer::overflow(c);
}

int PagedOutput::sync() {
  if (terminal_ && lines_of(pending(), terminal_->columns) >= terminal_->rows) begin_paging();
  terminal_.reset();
  return OutputBuffer::sync();
}

}  // namespace tain::query
