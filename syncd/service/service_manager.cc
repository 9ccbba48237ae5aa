#include "service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/fs/file_system.h"

namespace tain::syncd {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

std::optional<std::chrono::microseconds> watchdog_for_us() {
  const std::string pid = variable("WATCHDOG_PID");
  if (!pid.empty() && number(pid) != ::getpid()) return std::nullopt;  // another process'
  const auto interval = number(variable("WATCHDOG_USEC"));
  return interval ? std::optional(std::chrono::microseconds(*interval)) : std::nullopt;
}

}  // namespace

ServiceManager::ServiceManager()
    : socket_(variable("NOTIFY_SOCKET")), watchdog_(watchdog_for_us()) {}

// The manager tells an old READY=1 from a new one by the time.
void ServiceManager::reloading() const {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  send("RELOADING=1\nMONOTONIC_USEC=" +
       std::to_string(time.tv_sec * 1'000'000 + time.tv_nsec / 1000));
}

void ServiceManager::send(const std::string& message) const {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract socket
  const UniqueFd fd(FileSystem::real(), ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  ::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace tain::syncd
