#pragma once

#include <filesystem>

namespace tain {

/// Tells the mirror daemon, if one listens, which directory changed, so that it need not wait for
/// the kernel or the next scan.
///
/// One datagram to the daemon's socket, sent without blocking: no daemon, a full buffer and a dead
/// socket all drop it, and nothing is lost but time. All notifiers of a process share one
/// descriptor, which no program that it starts inherits. Thread-safe; copies are as good as the
/// original.
class SyncNotifier {
 public:
  /// To the daemon of this user (see default_socket()).
  SyncNotifier();
  /// To the daemon whose control socket this is. Empty: to nobody.
  explicit SyncNotifier(const std::filesystem::path& control_socket);

  /// True when the datagram was handed over. Takes microseconds, whatever the daemon does.
  bool notify(const std::filesystem::path& changed_directory) const noexcept;

 private:
  std::filesystem::path socket_;
};

}  // namespace tain
