#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>

#include "core/fs/file_lock.h"
#include "core/json/document.h"

namespace tain::syncd {

/// The control socket: accepts connections of this user, reads a JSON object a line, sends each
/// answer as a line. The protocol's words are in control_client.h. Lives on the io_context's
/// thread.
class ControlServer {
 public:
  using Reply = std::function<void(Json answer)>;
  /// Calls the reply once, now or later, on the io_context's thread.
  using Handler = std::function<void(const Json& request, Reply reply)>;

  /// Listens at `socket` (0600, its directory 0700 when it has to be made). Throws Error when
  /// somebody listens there already, IoError.
  ControlServer(boost::asio::io_context& io, const std::filesystem::path& socket, Handler handler);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  /// Removes the socket.
  ~ControlServer();

 private:
  void accept();

  std::filesystem::path path_;
  Handler handler_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

/// Makes way for a socket of `type` (SOCK_STREAM, SOCK_DGRAM) at `path`: makes its directory, and
/// removes a socket that nobody listens at. Throws Error when somebody does, or where no socket can
/// be.
///
/// The socket is to be bound, and to listen, while the lock is held that is returned: else one that
/// another daemon is just making would be taken for a dead one and removed.
[[nodiscard]] DirectoryLock prepare_socket_path(const std::filesystem::path& path, int type);

}  // namespace tain::syncd
