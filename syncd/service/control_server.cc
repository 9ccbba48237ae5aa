#include "control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <istream>
#include <string>
#include <utility>

#include "core/error.h"

namespace tain::syncd {
namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t kLongestRequest = 64UL * 1024;
constexpr std::chrono::milliseconds kPause(100);

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

}  // namespace

struct ControlServer::Service {
  Handler handler;
  ControlLimits limits;
  std::size_t connections = 0;
  Steady::time_point window_end{};
  std::size_t requests = 0;  // in this window

  // Whether a request may be looked at now; else it is to ask again at the end of the window.
  // Places are not promised ahead: those of clients that hung up would be taken from the others.
  bool admit() {
    const Steady::time_point now = Steady::now();
    if (now >= window_end) {
      window_end = now + limits.window;
      requests = 0;
    }
    if (requests >= limits.requests) return false;
    ++requests;
    return true;
  }
};

// One client. It lives as long as one of its operations is under way, which is what the shared_ptr
// counts.
class ControlServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(stream_protocol::socket socket, std::shared_ptr<Service> service)
      : service_(std::move(service)),
        socket_(std::move(socket)),
        delay_(socket_.get_executor()),
        buffer_(kLongestRequest) {
    ++service_->connections;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  void start() {
    if (service_->connections > service_->limits.connections) {
      return send(failure("too many clients at once; try again later"), false);
    }
    // A client that hangs up while it waits for its answer frees its place. Until then this
    // operation, and not the reply that somebody keeps, is what keeps us.
    socket_.async_wait(stream_protocol::socket::wait_error,
                       [self = shared_from_this()](const error_code& error) {
                         if (!error) self->close();
                       });
    read();
  }

 private:
  void read() {
    asio::async_read_until(socket_, buffer_, '\n',
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (!error) return self->admit();
                             if (error != asio::error::not_found) return self->close();
                             self->send(failure("a request may have 65536 bytes at most"), false);
                           });
  }

  void admit() {
    if (service_->admit()) return answer();
    if (closed_) return;  // only who waits is worth a timer
    delay_.expires_at(service_->window_end);
    delay_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->closed_) self->admit();
    });
  }

  void answer() {
    std::istream in(&buffer_);
    std::string line;
    std::getline(in, line);
    const Json request = Json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
      return send(failure("expected a JSON object with a \"command\""), true);
    }
    service_->handler(request, {[weak = weak_from_this()](const Json& reply) {
                                  if (const auto self = weak.lock()) self->send(reply, true);
                                },
                                [weak = weak_from_this()] {
                                  const auto self = weak.lock();
                                  return self && !self->closed_;
                                }});
  }

  void send(const Json& reply, bool go_on) {
    if (closed_) return;
    auto line = std::make_shared<std::string>(
        reply.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    asio::async_write(
        socket_, asio::buffer(*line),
        [self = shared_from_this(), line, go_on](const error_code& error, std::size_t) {
          if (error || !go_on) return self->close();
          self->read();
        });
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    --service_->connections;
    delay_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

  std::shared_ptr<Service> service_;
  stream_protocol::socket socket_;
  asio::steady_timer delay_;
  asio::streambuf buffer_;
  bool closed_ = false;
};

ControlServer::ControlServer(asio::io_context& io, const std::filesystem::path& socket,
                             Handler handler, ControlLimits limits)
    : file_(socket),
      service_(std::make_shared<Service>(Service{std::move(handler), limits})),
      acceptor_(io),
      pause_(io) {
  listen();
}

ControlServer::~ControlServer() = default;

void ControlServer::listen() {
  const DirectoryLock lock = file_.prepare(SOCK_STREAM);
  try {
    acceptor_.open();
    // The mode counts from the first moment on: bind() takes it from the descriptor.
    ::fchmod(acceptor_.native_handle(), 0600);
    acceptor_.bind(stream_protocol::endpoint(file_.path().string()));
    file_.bound();
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw IoError("listen at", file_.path(), error.code().value());
  }
  accept();
}

bool ControlServer::restore() {
  if (file_.is_in_place()) return false;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  listen();
  return true;
}

void ControlServer::accept() {
  acceptor_.async_accept([this](const error_code& error, stream_protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) return accept_later();
    if (is_same_user(socket)) std::make_shared<Connection>(std::move(socket), service_)->start();
    accept();
  });
}

// Most often there is no descriptor left. The client still waits, so to try at once would fail at
// once, and never rest.
void ControlServer::accept_later() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](const error_code& error) {
    if (!error) accept();
  });
}

}  // namespace tain::syncd
