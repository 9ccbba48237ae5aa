#include "notification_receiver.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <climits>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace tain::syncd {
namespace asio = boost::asio;
using asio::local::datagram_protocol;
using boost::system::error_code;

NotificationReceiver::NotificationReceiver(asio::io_context& io,
                                           const std::filesystem::path& socket, Handler handler)
    : file_(socket), handler_(std::move(handler)), socket_(io) {
  listen();
}

void NotificationReceiver::listen() {
  const DirectoryLock lock = file_.prepare(SOCK_DGRAM);
  try {
    socket_.open();
    ::fchmod(socket_.native_handle(), 0600);
    socket_.bind(datagram_protocol::endpoint(file_.path().string()));
    file_.bound();
    socket_.non_blocking(true);
  } catch (const boost::system::system_error& error) {
    throw IoError("listen at", file_.path(), error.code().value());
  }
  wait();
}

bool NotificationReceiver::restore() {
  if (file_.is_in_place()) return false;
  drain();
  error_code ignored;
  socket_.close(ignored);
  listen();
  return true;
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
