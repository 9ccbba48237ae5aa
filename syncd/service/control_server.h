#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "core/json/document.h"
#include "socket_file.h"

namespace tain::syncd {

/// What clients may ask for, all of them together. Beyond it a connection is refused, a request
/// answered later, or forgotten when its client hangs up before.
struct ControlLimits {
  std::size_t connections = 64;
  std::size_t requests = 5000;  ///< in each `window`
  std::chrono::milliseconds window{1000};
};

/// The control socket: accepts connections of this user, reads a JSON object a line, sends each
/// answer as a line. The protocol's words are in control_client.h. Lives on the io_context's
/// thread.
class ControlServer {
 public:
  /// Sends the answer, once, on the io_context's thread. It may be kept, and costs a connection
  /// nothing then: a client that hangs up is gone, and its answer goes nowhere.
  class Reply {
   public:
    using Send = std::function<void(const Json& answer)>;
    /// `is_awaited` says whether anybody still waits; without, somebody always does.
    Reply(
        Send send, std::function<bool()> is_awaited = [] { return true; })
        : send_(std::move(send)), is_awaited_(std::move(is_awaited)) {}
    void operator()(const Json& answer) const { send_(answer); }
    /// False: whoever keeps the request may forget it.
    bool is_awaited() const { return is_awaited_(); }

   private:
    Send send_;
    std::function<bool()> is_awaited_;
  };
  /// Calls the reply once, now or later, on the io_context's thread.
  using Handler = std::function<void(const Json& request, Reply reply)>;

  /// Listens at `socket` (0600, its directory 0700 when it has to be made). Throws Error when
  /// somebody listens there already, IoError.
  ControlServer(boost::asio::io_context& io, const std::filesystem::path& socket, Handler handler,
                ControlLimits limits = {});
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  /// Removes the socket.
  ~ControlServer();

  /// Listens anew when the socket was removed or replaced; true when it had to. Throws as the
  /// constructor.
  bool restore();

 private:
  class Connection;
  struct Service;

  void listen();
  void accept();
  void accept_later();

  SocketFile file_;
  std::shared_ptr<Service> service_;  // shared with the connections, which may outlive the server
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

}  // namespace tain::syncd
