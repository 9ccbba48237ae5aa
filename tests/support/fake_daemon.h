#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/json/document.h"

namespace tain::testing {

/// The daemon's end of the control socket: answers every request, each on a thread of its own, with
/// what the test's function returns for it.
class FakeDaemon {
 public:
  /// `answer` runs on the daemon's threads.
  FakeDaemon(std::filesystem::path socket, std::function<std::string(const Json&)> answer)
      : socket_(std::move(socket)), answer_(std::move(answer)), listener_(listen_at(socket_)) {
    thread_ = std::thread([this] { serve(); });
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon() {
    ::shutdown(listener_, SHUT_RDWR);  // accept() returns
    thread_.join();
    ::close(listener_);
  }

  const std::filesystem::path& socket() const { return socket_; }
  /// The commands that came, in their order.
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

 private:
  static int listen_at(const std::filesystem::path& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof(address.sun_path)) throw std::runtime_error("long socket");
    std::memcpy(address.sun_path, path.c_str(), path.string().size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(fd, 8) != 0) {
      throw std::runtime_error("listen " + path.string());
    }
    return fd;
  }

  void serve() {
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      clients_.emplace_back([this, client] {
        serve_one(client);
        ::close(client);
      });
    }
  }

  void serve_one(int client) {
    std::string line;
    for (char c = 0; ::read(client, &c, 1) == 1 && c != '\n';) line += c;
    const Json request = Json::parse(line);
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(request.value("command", ""));
    }
    const std::string answer = answer_(request) + "\n";
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  const std::filesystem::path socket_;
  const std::function<std::string(const Json&)> answer_;
  const int listener_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;  // guarded by mutex_
  std::vector<std::jthread> clients_;  // of thread_
  std::thread thread_;
};

}  // namespace tain::testing
