#include "control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <istream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/fs/file_system.h"

namespace tain::syncd {
namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr std::size_t kLongestRequest = 64UL * 1024;

bool is_same_user(stream_protocol::socket& socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return false;
  return peer.uid == ::geteuid();
}

Json failure(const std::string& why) {
  return {{"ok", false}, {"error", why}};
}

// One client. It lives as long as one of its operations is under way, which is what the shared_ptr
// counts.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(stream_protocol::socket socket, const ControlServer::Handler& handler)
      : socket_(std::move(socket)), handler_(handler), buffer_(kLongestRequest) {}

  void read() {
    asio::async_read_until(socket_, buffer_, '\n',
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (!error) return self->answer();
                             if (error != asio::error::not_found) return;  // it hung up
                             self->send(failure("a request may have 65536 bytes at most"), false);
                           });
  }

 private:
  void answer() {
    std::istream in(&buffer_);
    std::string line;
    std::getline(in, line);
    const Json request = Json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
      return send(failure("expected a JSON object with a \"command\""), true);
    }
    handler_(request, [self = shared_from_this()](const Json& reply) { self->send(reply, true); });
  }

  void send(const Json& reply, bool go_on) {
    auto line = std::make_shared<std::string>(
        reply.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    asio::async_write(
        socket_, asio::buffer(*line),
        [self = shared_from_this(), line, go_on](const error_code& error, std::size_t) {
          if (!error && go_on) self->read();
        });
  }

  stream_protocol::socket socket_;
  const ControlServer::Handler& handler_;
  asio::streambuf buffer_;
};

bool somebody_listens(const std::filesystem::path& path, int type) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof(address.sun_path)) {
    throw Error(
        "listen at", path,
        "the path of a socket may have 107 bytes at most; name a shorter one with --socket");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  const UniqueFd probe(FileSystem::real(),
                       ::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // EAGAIN: it listens, but its queue is full.
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
             0 ||
         errno == EAGAIN;
}

}  // namespace

DirectoryLock prepare_socket_path(const std::filesystem::path& path, int type) {
  std::error_code failure;
  if (std::filesystem::create_directories(path.parent_path(), failure)) {
    std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, failure);
  }
  DirectoryLock lock(FileSystem::real(), path.parent_path());
  if (somebody_listens(path, type)) {
    throw Error("listen at", path,
                "another daemon listens there; name another socket with --socket");
  }
  if (std::filesystem::is_socket(path, failure)) std::filesystem::remove(path, failure);
  return lock;
}

ControlServer::ControlServer(asio::io_context& io, const std::filesystem::path& socket,
                             Handler handler)
    : path_(socket), handler_(std::move(handler)), acceptor_(io) {
  const DirectoryLock lock = prepare_socket_path(path_, SOCK_STREAM);
  try {
    acceptor_.open();
    // The mode counts from the first moment on: bind() takes it from the descriptor.
    ::fchmod(acceptor_.native_handle(), 0600);
    acceptor_.bind(stream_protocol::endpoint(path_.string()));
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw IoError("listen at", path_, error.code().value());
  }
  accept();
}

ControlServer::~ControlServer() {
  ::unlink(path_.c_str());
}

void ControlServer::accept() {
  acceptor_.async_accept([this](const error_code& error, stream_protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error && is_same_user(socket)) {
      std::make_shared<Connection>(std::move(socket), handler_)->read();
    }
    accept();
  });
}

}  // namespace tain::syncd
