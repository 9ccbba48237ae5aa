#include "sync_notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <string>

#include "../error.h"
#include "../fs/paths.h"

namespace tain {
namespace {

std::filesystem::path socket_of_this_user() {
  try {
    return default_socket();
  } catch (const NotFoundError&) {
    return {};  // nowhere a daemon of ours could listen
  }
}

bool send(const std::string& socket_path, const std::string& message) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const ssize_t sent = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::close(fd);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace

SyncNotifier::SyncNotifier() : SyncNotifier(socket_of_this_user()) {}

SyncNotifier::SyncNotifier(const std::filesystem::path& control_socket) {
  if (!control_socket.empty()) socket_ = notification_socket(control_socket);
}

bool SyncNotifier::notify(const std::filesystem::path& changed_directory) const noexcept {
  if (socket_.empty()) return false;
  try {
    return send(socket_.string(), std::filesystem::absolute(changed_directory).string());
  } catch (const std::exception&) {
    return false;  // out of memory, or a working directory that is gone: dropped, as any other
                   // failure here
  }
}

}  // namespace tain
