#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "core/fs/file_system.h"
#include "temp_dir.h"

namespace tain::testing {

/// The socket at which a service manager listens for its services' notifications.
class NotifySocket {
 public:
  NotifySocket() : fd_(FileSystem::real(), ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("bind " + path());
    }
  }

  std::string path() const { return (directory_ / "notify").string(); }
  /// The next message, waiting for it; "nothing" after a minute.
  std::string receive() {
    pollfd watched = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, 60'000) <= 0) return "nothing";
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  /// The next message that begins with `head`; others before it are dropped.
  std::string receive(const std::string& head) {
    std::string message = receive();
    while (!message.starts_with(head) && message != "nothing") message = receive();
    return message;
  }
  /// How many messages wait.
  int received() const {
    pollfd watched = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0);
  }

 private:
  TempDir directory_;
  UniqueFd fd_;
};

}  // namespace tain::testing
