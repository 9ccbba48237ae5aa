#include "control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/error.h"
#include "core/fs/file_system.h"

namespace tain::syncd {
namespace {

using SteadyClock = std::chrono::steady_clock;

UniqueFd connect_to(const std::filesystem::path& path, std::chrono::milliseconds timeout) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof(address.sun_path)) {
    throw Error("connect to", path, "the path of a socket may have 107 bytes at most");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  UniqueFd fd(FileSystem::real(), ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) throw IoError("connect to", path, errno);
  // Also for connecting and sending: a daemon that hangs accepts neither once its queues are full.
  const timeval limit = {.tv_sec = timeout.count() / 1000,
                         .tv_usec = timeout.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return fd;
  }
  if (errno != ENOENT && errno != ECONNREFUSED) throw IoError("connect to", path, errno);
  throw NotFoundError("connect to", path,
                      "no daemon listens there; start one with `tain-syncd run`, or name another "
                      "with --socket");
}

void send_line(int fd, const std::string& line, const std::filesystem::path& path) {
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      throw IoError("write to", path, errno);
    }
  }
}

bool wait_readable(int fd, SteadyClock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) return false;
    pollfd watched = {.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, static_cast<int>(left.count())) > 0) return true;
  }
}

bool wait_for_answer(int fd, SteadyClock::time_point deadline, const Meanwhile& meanwhile) {
  while (!wait_readable(fd, std::min(deadline, SteadyClock::now() + meanwhile.every))) {
    if (SteadyClock::now() >= deadline) return false;
    meanwhile.look();
  }
  return true;
}

std::string receive_line(int fd, const std::filesystem::path& path,
                         std::chrono::milliseconds timeout, const Meanwhile& meanwhile) {
  const SteadyClock::time_point deadline = SteadyClock::now() + timeout;
  std::string line;
  char buffer[4096];
  while (!line.ends_with('\n')) {
    if (!wait_for_answer(fd, deadline, meanwhile)) {
      throw Error("ask", path,
                  "the daemon did not answer within " + std::to_string(timeout.count()) + " ms");
    }
    const ssize_t got = ::recv(fd, buffer, sizeof(buffer), 0);
    if (got > 0) {
      line.append(buffer, static_cast<std::size_t>(got));
    } else if (got == 0) {
      throw Error("ask", path, "the daemon closed the connection without an answer");
    } else if (errno != EINTR) {
      throw IoError("read from", path, errno);
    }
  }
  return line;
}

// JSON is UTF-8; a path need not be.
std::string to_line(const Json& request, const std::filesystem::path& socket) {
  try {
    return request.dump() + "\n";
  } catch (const Json::exception&) {
    throw Error("ask", socket,
                "what is not UTF-8 cannot be told to the daemon; ask about the directory above, or "
                "about all roots");
  }
}

}  // namespace

Json ask_daemon(const std::filesystem::path& socket, const Json& request,
                std::chrono::milliseconds timeout) {
  return ask_daemon(socket, request, timeout, {.every = timeout, .look = [] {}});
}

Json ask_daemon(const std::filesystem::path& socket, const Json& request,
                std::chrono::milliseconds timeout, const Meanwhile& meanwhile) {
  const std::string line = to_line(request, socket);
  const UniqueFd fd = connect_to(socket, timeout);
  send_line(fd.get(), line, socket);
  Json answer = Json::parse(receive_line(fd.get(), socket, timeout, meanwhile), nullptr, false);
  const bool well_formed = answer.is_object() && answer.contains("ok") && answer["ok"].is_boolean();
  if (!well_formed) throw Error("ask", socket, "the answer is not one of a daemon of Tain");
  if (answer["ok"].get<bool>()) return answer;
  const Json why = answer.contains("error") ? answer["error"] : Json();
  throw Error("ask", socket,
              why.is_string() ? why.get<std::string>() : "it failed without a reason");
}

}  // namespace tain::syncd
