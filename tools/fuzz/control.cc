// Any bytes from a client of the control socket: each line has one answer, and the next client is
// heard too.

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstring>

#include "core/fs/file_system.h"
#include "expect.h"
#include "syncd/service/control_server.h"
#include "tests/support/temp_dir.h"

namespace tain::fuzz {
namespace {

class Server {
 public:
  // Sends `request`, hangs up, and returns all that comes back.
  std::string ask(std::string_view request) {
    const UniqueFd client(FileSystem::real(), ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof(address.sun_path) - 1);
    expect(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
           "a server that listens");
    expect(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(request.size()),
           "room for the request");
    ::shutdown(client.get(), SHUT_WR);
    std::string answers;
    for (char buffer[4096];;) {
      io_.poll();
      const ssize_t size = ::recv(client.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (size > 0) answers.append(buffer, static_cast<std::size_t>(size));
      if (size == 0) return answers;
    }
  }

 private:
  testing::TempDir directory_;
  std::filesystem::path socket_ = directory_ / "s";
  boost::asio::io_context io_{1};
  syncd::ControlServer server_{
      io_,
      socket_,
      [](const Json& request, const syncd::ControlServer::Reply& reply) {
        reply(
            {{"ok", true}, {"word", request["command"]}, {"path", request.value("path", Json())}});
      },
      {.connections = 64, .requests = 1'000'000'000}};
};

void try_requests(std::string_view bytes) {
  static Server server;
  std::string answers = server.ask(bytes);
  expect(std::count(answers.begin(), answers.end(), '\n') ==
             std::count(bytes.begin(), bytes.end(), '\n'),
         "an answer for each line");
  while (!answers.empty()) {
    const std::size_t end = answers.find('\n');
    const Json answer = Json::parse(answers.substr(0, end), nullptr, false);
    expect(answer.is_object() && answer.contains("ok"), "an answer that says whether it is done");
    answers.erase(0, end + 1);
  }
}

}  // namespace
}  // namespace tain::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  tain::fuzz::try_requests({reinterpret_cast<const char*>(data), size});
  return 0;
}
