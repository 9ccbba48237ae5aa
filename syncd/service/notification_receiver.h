#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "socket_file.h"

namespace tain::syncd {

/// The socket that save notifications (core's SyncNotifier) arrive at: a datagram is the directory
/// that changed. Lives on the io_context's thread.
class NotificationReceiver {
 public:
  using Handler = std::function<void(const std::string& directory)>;

  /// Throws Error, IoError.
  NotificationReceiver(boost::asio::io_context& io, const std::filesystem::path& socket,
                       Handler handler);
  NotificationReceiver(const NotificationReceiver&) = delete;
  NotificationReceiver& operator=(const NotificationReceiver&) = delete;
  /// Removes the socket.
  ~NotificationReceiver() = default;

  /// Takes all datagrams that have arrived.
  void drain();
  /// Listens anew when the socket was removed or replaced; true when it had to. Throws as the
  /// constructor.
  bool restore();

 private:
  void listen();
  void wait();

  SocketFile file_;
  Handler handler_;
  boost::asio::local::datagram_protocol::socket socket_;
};

}  // namespace tain::syncd
