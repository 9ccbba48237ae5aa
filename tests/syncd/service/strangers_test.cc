// Who may speak at the sockets, and how much.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstring>
#include <functional>

#include "core/fs/file_system.h"
#include "syncd/service/control_server.h"
#include "syncd/service/notification_receiver.h"
#include "tests/support/in_a_child.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

using testing::drop_root;
using testing::run_in_a_child;
namespace fs = std::filesystem;

// The server runs in this process; whoever speaks to it, in another.
class Strangers : public ::testing::Test {
 protected:
  bool in_another_process(const std::function<void()>& work) {
    return run_in_a_child(work, [this] { io_.run_for(std::chrono::milliseconds(2)); });
  }
  static UniqueFd connect(const fs::path& socket, int type) {
    UniqueFd fd(FileSystem::real(), ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
    return {FileSystem::real(), -1};
  }
  // Everything that comes back for `bytes`.
  std::string say(const std::string& bytes) const {
    const UniqueFd fd = connect(socket, SOCK_STREAM);
    EXPECT_GE(fd.get(), 0) << "reached";
    ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd.get(), SHUT_WR);
    std::string heard;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(fd.get(), buffer, sizeof(buffer), 0)) > 0;) {
      heard.append(buffer, static_cast<std::size_t>(size));
    }
    return heard;
  }
  // A request of `size` bytes with its newline.
  static std::string request_of(std::size_t size) {
    const std::string begin = R"({"command":"x","padding":")";
    return begin + std::string(size - begin.size() - 3, 'x') + "\"}\n";
  }

  testing::TempDir directory;
  const fs::path socket = directory / "run" / "tain.sock";
  const std::string done = "{\"ok\":true}\n";
  int answered = 0;

 private:
  boost::asio::io_context io_{1};
  ControlServer server_{io_, socket, [this](const Json&, const ControlServer::Reply& reply) {
                          ++answered;
                          reply({{"ok", true}});
                        }};
  NotificationReceiver receiver_{io_, socket.string() + ".notify", [](const std::string&) {}};
};

TEST_F(Strangers, CannotReachTheSockets) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to begin as root, to become a stranger";
  const auto are_shut_out = [&] {
    return in_another_process([&] {
      drop_root();
      EXPECT_LT(connect(socket, SOCK_STREAM).get(), 0);
      EXPECT_LT(connect(socket.string() + ".notify", SOCK_DGRAM).get(), 0);
    });
  };
  fs::permissions(directory.path(), fs::perms::all);
  EXPECT_TRUE(are_shut_out()) << "by the directory";
  fs::permissions(socket.parent_path(), fs::perms::all);
  EXPECT_TRUE(are_shut_out()) << "and by the sockets";
}

TEST_F(Strangers, AreNotHeardEvenWhereTheyCanReachTheSocket) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to begin as root, to become a stranger";
  for (const fs::path& path : {directory.path(), socket.parent_path(), socket}) {
    fs::permissions(path, fs::perms::all);
  }
  EXPECT_TRUE(in_another_process([&] {
    drop_root();
    EXPECT_EQ(say("{\"command\":\"x\"}\n"), "") << "hung up on, without a word";
  }));
  EXPECT_TRUE(in_another_process([&] { EXPECT_EQ(say("{\"command\":\"x\"}\n"), done); }));
  EXPECT_EQ(answered, 1);
}

TEST_F(Strangers, ARequestMayHaveSixtyFourKibibytesAndNoByteMore) {
  EXPECT_TRUE(in_another_process([&] {
    EXPECT_EQ(say(request_of(65'536)), done);
    EXPECT_EQ(say(request_of(65'537)),
              "{\"ok\":false,\"error\":\"a request may have 65536 bytes at most\"}\n");
  }));
  EXPECT_EQ(answered, 1);
}

// Deep nesting costs a parser that recurses its stack; many keys, one that compares each with all.
TEST_F(Strangers, ARequestMayBeAsOddAsItLikes) {
  std::string keys = R"({"command":"x")";
  for (int i = 0; keys.size() < 60'000; ++i) keys += ",\"" + std::to_string(i) + "\":0";
  std::string nested = R"({"command":"x","path":)";
  nested += std::string(32'000, '[') + std::string(32'000, ']') + "}\n";
  EXPECT_TRUE(in_another_process([&] {
    EXPECT_EQ(say(keys + "}\n"), done);
    EXPECT_EQ(say(nested), done);
    EXPECT_EQ(say("{\"command\":\"\\u0000\",\"command\":\"\\ud83d\\ude00\"}\n"), done);
    EXPECT_NE(say(std::string(65'000, '[') + "\n").find("\"ok\":false"), std::string::npos);
  }));
  EXPECT_EQ(answered, 3);
}

}  // namespace
}  // namespace tain::syncd
