#include "wait_for_more.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "core/error.h"

namespace tain::query {
namespace {

UniqueFd take_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  const int fd = ::signalfd(-1, &ending, SFD_CLOEXEC);
  if (fd < 0) throw IoError("wait", {}, errno);
  return {FileSystem::real(), fd};
}

}  // namespace

WaitForMore::WaitForMore(int fd) : fd_(fd), signals_(take_signals()) {}

bool WaitForMore::operator()(std::chrono::milliseconds time) const {
  // Nothing is asked of the output; that its other end is closed is always told.
  std::array<pollfd, 2> watched{pollfd{signals_.get(), POLLIN, 0}, pollfd{fd_, 0, 0}};
  const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(time.count()));
  return ready == 0 || (ready < 0 && errno == EINTR);
}

}  // namespace tain::query
