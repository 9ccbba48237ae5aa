#include "sync_notifier.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
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

// The process's one socket to send from. It has no name and is connected to nobody, so it serves
// every daemon, and all threads at once. To make one for each datagram takes longer than to send
// it.
class SharedSocket {
 public:
  // -1: there is none to be had.
  int get() {
    std::uint64_t kept = kept_.load();
    if (kept != kNone && identity_of(descriptor_of(kept)) == kept) return descriptor_of(kept);
    const int fresh = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fresh < 0) return -1;
    if (kept_.compare_exchange_strong(kept, identity_of(fresh))) return fresh;
    ::close(fresh);  // another thread was faster
    return descriptor_of(kept);
  }

 private:
  static constexpr std::uint64_t kNone = 0;
  static constexpr int kDescriptorBits = 24;

  static int descriptor_of(std::uint64_t kept) {
    return static_cast<int>(kept & ((1U << kDescriptorBits) - 1));
  }
  // The number and what it stands for: a program may close descriptors that are not its own, as
  // daemons do, and what is opened next has this number.
  static std::uint64_t identity_of(int fd) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return kNone;
    return (std::uint64_t{status.st_ino} << kDescriptorBits) | static_cast<std::uint64_t>(fd);
  }

  std::atomic<std::uint64_t> kept_ = kNone;
};

bool send(const std::string& socket_path, const std::string& message) {
  static SharedSocket from;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = from.get();
  if (fd < 0) return false;
  const ssize_t sent = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
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
