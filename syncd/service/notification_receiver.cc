#include "notification_receiver.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <climits>
#include <system_error>
#include <utility>

#include "control_server.h"
#include "core/error.h"

namespace tain::syncd {
namespace asio = boost::asio;
using asio::local::datagram_protocol;
using boost::system::error_code;

NotificationReceiver::NotificationReceiver(asio::io_context& io,
                                           const std::filesystem::path& socket, Handler handler)
    : path_(socket), handler_(std::move(handler)), socket_(io) {
  const DirectoryLock lock = prepare_socket_path(path_, SOCK_DGRAM);
  try {
    socket_.open();
    ::fchmod(socket_.native_handle(), 0600);
    socket_.bind(datagram_protocol::endpoint(path_.string()));
    socket_.non_blocking(true);
  } catch (const boost::system::system_error& error) {
    throw IoError("listen at", path_, error.code().value());
  }
  wait();
}

NotificationReceiver::~NotificationReceiver() {
  ::unlink(path_.c_str());
}

void NotificationReceiver::wait() {
  socket_.async_wait(datagram_protocol::socket::wait_read, [this](const error_code& error) {
    if (error) return;
    drain();
    wait();
  });
}

void NotificationReceiver::drain() {
  std::array<char, PATH_MAX> buffer{};
  for (;;) {
    error_code error;
    const std::size_t size = socket_.receive(asio::buffer(buffer), 0, error);
    if (error)
      return;  // nothing more, or nothing that can be read: a scan finds what it would have said
    if (size > 0 && buffer.front() == '/') handler_(std::string(buffer.data(), size));
  }
}

}  // namespace tain::syncd
