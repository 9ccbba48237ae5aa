#include "wait_for_more.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace tain::query {
namespace {

volatile std::sig_atomic_t has_ended = 0;

// SIGALRM ends the process.
void on_end(int /*signal*/) {
  has_ended = 1;
  ::alarm(1);
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// Blocks the signals, so that none comes between the last look and the wait.
class Blocked {
 public:
  Blocked() {
    const sigset_t ending = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
  }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  ~Blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_ = {};
};

}  // namespace

WaitForMore::WaitForMore(int fd) : fd_(fd) {
  has_ended = 0;
  struct sigaction action = {};
  action.sa_handler = on_end;
  ::sigaction(SIGINT, &action, &interrupt_);
  ::sigaction(SIGTERM, &action, &terminate_);
}

WaitForMore::~WaitForMore() {
  ::alarm(0);
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
}

bool WaitForMore::operator()(std::chrono::milliseconds time) const {
  const Blocked blocked;
  if (has_ended != 0) return false;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec limit = {.tv_sec = seconds.count(),
                          .tv_nsec = std::chrono::nanoseconds(time - seconds).count()};
  // Nothing is asked of the output; that its other end is closed is always told.
  pollfd output = {.fd = fd_, .events = 0, .revents = 0};
  const int ready = ::ppoll(&output, 1, &limit, &blocked.before());
  return ready == 0 || (ready < 0 && errno == EINTR && has_ended == 0);
}

}  // namespace tain::query
