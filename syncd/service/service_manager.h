#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tain::syncd {

/// The service manager that started us, if one did: systemd's notification protocol (sd_notify(3)),
/// spoken at the socket that $NOTIFY_SOCKET names. Without one nothing is sent. What cannot be sent
/// is lost: the service goes on.
class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment.
  ServiceManager();

  void ready() const { send("READY=1"); }
  void reloading() const;
  void stopping() const { send("STOPPING=1"); }
  /// A line for people, shown by `systemctl status`.
  void status(std::string_view text) const { send("STATUS=" + std::string(text)); }
  void alive() const { send("WATCHDOG=1"); }
  /// We are killed unless alive() is called more often than this; nothing: nobody watches.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  void send(const std::string& message) const;

  std::string socket_;  // empty: there is no manager
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace tain::syncd
