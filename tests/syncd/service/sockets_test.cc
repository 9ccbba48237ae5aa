#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <thread>

#include "core/error.h"
#include "core/fs/file_system.h"
#include "core/notify/sync_notifier.h"
#include "syncd/service/control_client.h"
#include "syncd/service/control_server.h"
#include "syncd/service/notification_receiver.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempDir;
namespace fs = std::filesystem;
namespace asio = boost::asio;

constexpr std::chrono::milliseconds kPatience(20'000);

sockaddr_un address_of(const fs::path& socket) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

UniqueFd open_socket(int type) {
  return {FileSystem::real(), ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
}

// What a call that must throw says.
template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

// A server that echoes, on a thread of its own.
class ControlServerTest : public ::testing::Test {
 protected:
  ControlServerTest()
      : server_(io_, socket,
                [](const Json& request, const ControlServer::Reply& reply) {
                  reply({{"ok", true}, {"echo", request}});
                }),
        thread_([this] { io_.run(); }) {}
  ~ControlServerTest() override {
    io_.stop();
    thread_.join();
  }

  // Sends `bytes` as they are and returns the first line that comes back.
  std::string send_raw(const std::string& bytes) const {
    const UniqueFd fd = open_socket(SOCK_STREAM);
    const sockaddr_un address = address_of(socket);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string line;
    char c = 0;
    pollfd watched = {.fd = fd.get(), .events = POLLIN, .revents = 0};
    while (::poll(&watched, 1, 20'000) > 0 && ::recv(fd.get(), &c, 1, 0) == 1 && c != '\n') {
      line += c;
    }
    return line;
  }

  TempDir directory;
  const fs::path socket = directory / "run" / "tain.sock";

 private:
  asio::io_context io_{1};
  ControlServer server_;
  std::thread thread_;
};

TEST_F(ControlServerTest, AnswersEachRequestWithALine) {
  const Json answer = ask_daemon(socket, {{"command", "hello"}}, kPatience);
  EXPECT_EQ(answer["echo"]["command"], "hello");
}

TEST_F(ControlServerTest, IsForItsUserOnly) {
  using enum fs::perms;
  EXPECT_EQ(fs::status(socket).permissions(), owner_read | owner_write);
  EXPECT_EQ(fs::status(socket.parent_path()).permissions(), owner_all);
}

TEST_F(ControlServerTest, WhatIsNoCommandIsAnsweredWithAnError) {
  for (const char* request : {"{\n", "\n", "[]\n", "{}\n", "{\"command\": 7}\n", "\xff\xfe\n"}) {
    const Json answer = Json::parse(send_raw(request));
    EXPECT_EQ(answer["ok"], false) << request;
    EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("command")) << request;
  }
}

TEST_F(ControlServerTest, ARequestWithoutEndIsAnsweredWithAnError) {
  const Json answer = Json::parse(send_raw(std::string(70'000, 'x')));
  EXPECT_EQ(answer["ok"], false);
  EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("65536 bytes"));
}

TEST_F(ControlServerTest, AClientThatHangsUpDisturbsNobody) {
  for (int i = 0; i < 10; ++i) {
    const UniqueFd fd = open_socket(SOCK_STREAM);
    const sockaddr_un address = address_of(socket);
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::send(fd.get(), "{\"comm", 6, MSG_NOSIGNAL), 6);
  }
  EXPECT_TRUE(ask_daemon(socket, {{"command", "x"}}, kPatience)["ok"]);
}

TEST_F(ControlServerTest, ASecondServerIsRefusedAndTheFirstGoesOn) {
  asio::io_context io;
  EXPECT_THAT(message_of([&] { const ControlServer second(io, socket, {}); }),
              HasSubstr("another daemon listens there"));
  EXPECT_TRUE(ask_daemon(socket, {{"command", "x"}}, kPatience)["ok"]);
}

// A client that says what it likes.
class RawClient {
 public:
  explicit RawClient(const fs::path& socket) : fd_(open_socket(SOCK_STREAM)) {
    const sockaddr_un address = address_of(socket);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
  }
  // Whoever was turned away may find nobody there to hear it.
  void send(const std::string& bytes) const {
    ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Up to the next newline, or the end.
  std::string line() const {
    std::string text;
    char c = 0;
    pollfd watched = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    while (::poll(&watched, 1, 20'000) > 0 && ::recv(fd_.get(), &c, 1, 0) == 1 && c != '\n') {
      text += c;
    }
    return text;
  }

 private:
  UniqueFd fd_;
};

// Two clients at once, ten requests in a tenth of a second; the handler keeps those who ask it to
// wait.
class LimitedServerTest : public ::testing::Test {
 protected:
  LimitedServerTest()
      : server_(io_, socket,
                [this](const Json& request, const ControlServer::Reply& reply) {
                  if (request["command"] == "wait") return kept_.push_back(reply);
                  reply({{"ok", true}});
                },
                {.connections = 2, .requests = 10, .window = std::chrono::milliseconds(100)}),
        thread_([this] { io_.run(); }) {}
  ~LimitedServerTest() override {
    io_.stop();
    thread_.join();
  }
  TempDir directory;
  const fs::path socket = directory / "tain.sock";

 private:
  asio::io_context io_{1};
  std::vector<ControlServer::Reply> kept_;
  ControlServer server_;
  std::thread thread_;
};

TEST_F(LimitedServerTest, MoreClientsThanThereArePlacesForAreTurnedAway) {
  const RawClient first(socket);
  const RawClient second(socket);
  first.send("{\"command\": \"wait\"}\n");
  second.send("{\"command\": \"x\"}\n");
  EXPECT_EQ(second.line(), R"({"ok":true})") << "both have been let in";
  const RawClient third(socket);
  EXPECT_THAT(third.line(), HasSubstr("too many clients"));
}

TEST_F(LimitedServerTest, AClientThatHangsUpWhileItWaitsFreesItsPlace) {
  for (int i = 0; i < 20; ++i) {
    const RawClient waiting(socket);
    waiting.send("{\"command\": \"wait\"}\n");
    // Its request has been handed over when a later one of another client is answered.
    const RawClient other(socket);
    other.send("{\"command\": \"x\"}\n");
    std::string answer = other.line();
    while (answer.find("too many") != std::string::npos) {  // the last ones are leaving just now
      const RawClient again(socket);
      again.send("{\"command\": \"x\"}\n");
      answer = again.line();
    }
    EXPECT_EQ(answer, R"({"ok":true})");
  }
}

TEST_F(LimitedServerTest, RequestsThatComeTooFastAreAnsweredLater) {
  const RawClient client(socket);
  const auto begin = std::chrono::steady_clock::now();
  std::string requests;
  for (int i = 0; i < 35; ++i) requests += "{\"command\": \"x\"}\n";
  client.send(requests);
  for (int i = 0; i < 35; ++i) ASSERT_EQ(client.line(), R"({"ok":true})") << i;
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200))
      << "the last five belong to the fourth tenth of a second";
}

// Requests of clients that ask and hang up, ten in each tenth of a second; the test turns the loop.
class HungUpTest : public ::testing::Test {
 protected:
  void ask_and_hang_up() {
    { RawClient(socket).send("{\"command\": \"x\"}\n"); }
    io.poll();
    io.restart();
  }
  TempDir directory;
  const fs::path socket = directory / "tain.sock";
  asio::io_context io{1};
  std::vector<ControlServer::Reply> replies;
  ControlServer server{
      io,
      socket,
      [this](const Json& /*request*/, ControlServer::Reply reply) {
        replies.push_back(std::move(reply));
      },
      {.connections = 64, .requests = 10, .window = std::chrono::milliseconds(100)}};
};

TEST_F(HungUpTest, WhatCameTooFastIsForgottenWithItsClient) {
  for (int i = 0; i < 200; ++i) ask_and_hang_up();
  const std::size_t heard = replies.size();
  EXPECT_GE(heard, 10);
  io.run_for(std::chrono::milliseconds(300));
  EXPECT_EQ(replies.size(), heard) << "nobody waits for the others";
}

TEST_F(HungUpTest, WhoeverKeepsARequestKnowsThatNobodyWaitsForIt) {
  auto client = std::make_unique<RawClient>(socket);
  client->send("{\"command\": \"x\"}\n");
  while (replies.empty()) io.run_one();
  io.poll();
  EXPECT_TRUE(replies[0].is_awaited());
  client.reset();
  while (replies[0].is_awaited()) io.run_one();
  EXPECT_NO_THROW(replies[0]({{"ok", true}})) << "it goes nowhere";
}

class Sockets : public ::testing::Test {
 protected:
  TempDir directory;
  const fs::path socket = directory / "tain.sock";
  asio::io_context io;
};

TEST_F(Sockets, ASocketThatNobodyListensAtAnyMoreIsReplacedAndRemovedAtTheEnd) {
  const UniqueFd dead = open_socket(SOCK_STREAM);
  const sockaddr_un address = address_of(socket);
  ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  { const ControlServer server(io, socket, {}); }
  EXPECT_FALSE(fs::exists(socket));
}

TEST_F(Sockets, ASocketThatWasRemovedOrReplacedIsMadeAgain) {
  ControlServer server(io, socket, [](const Json& /*request*/, const ControlServer::Reply& reply) {
    reply({{"ok", true}});
  });
  std::promise<std::string> heard;
  NotificationReceiver receiver(io, directory / "tain.sock.notify",
                                [&](const std::string& path) { heard.set_value(path); });
  EXPECT_FALSE(server.restore());
  EXPECT_FALSE(receiver.restore());
  fs::remove(socket);
  fs::remove(directory / "tain.sock.notify");
  EXPECT_TRUE(server.restore());
  EXPECT_TRUE(receiver.restore());
  std::thread serving([&] { io.run(); });
  EXPECT_TRUE(ask_daemon(socket, {{"command", "x"}}, kPatience)["ok"]);
  EXPECT_TRUE(SyncNotifier(socket).notify("/a"));
  EXPECT_EQ(heard.get_future().get(), "/a");
  io.stop();
  serving.join();
}

TEST_F(Sockets, AnotherDaemonsSocketInThePlaceOfOursIsItsOwn) {
  auto first = std::make_unique<ControlServer>(io, socket, ControlServer::Handler());
  fs::remove(socket);
  const ControlServer second(io, socket, {});
  EXPECT_THAT(message_of([&] { first->restore(); }), HasSubstr("another daemon listens there"));
  first.reset();
  EXPECT_TRUE(fs::exists(socket));
}

TEST_F(Sockets, ADirectoryThatOthersMayWriteToIsRefused) {
  const fs::path open = directory / "open";
  fs::create_directory(open);
  fs::permissions(open, fs::perms::all);
  EXPECT_THAT(message_of([&] { const ControlServer server(io, open / "s", {}); }),
              HasSubstr("chmod 700"));
  fs::permissions(open, fs::perms::all | fs::perms::sticky_bit);
  EXPECT_NO_THROW(ControlServer(io, open / "s", {})) << "as in /tmp";
}

// Between the look and listen() a socket looks dead; nobody else may look at it then.
TEST_F(Sockets, OneDaemonAtATimeMakesItsSocket) {
  const UniqueFd other(FileSystem::real(),
                       ::open(socket.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  {
    const DirectoryLock lock = SocketFile(socket).prepare(SOCK_STREAM);
    EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  }
  const ControlServer server(io, socket, {});
  EXPECT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0) << "and keeps it no longer than that";
}

TEST_F(Sockets, AFileInTheWayIsNotRemoved) {
  testing::write(socket, "precious");
  EXPECT_THROW(ControlServer(io, socket, {}), IoError);
  EXPECT_EQ(testing::read(socket), "precious");
  EXPECT_THROW(NotificationReceiver(io, socket, {}), IoError);
  EXPECT_EQ(testing::read(socket), "precious");
}

TEST_F(Sockets, APathThatIsTooLongForASocketIsNamed) {
  const fs::path deep = directory / std::string(120, 'x');
  EXPECT_THAT(message_of([&] { const ControlServer server(io, deep, {}); }),
              HasSubstr("107 bytes"));
  EXPECT_THAT(message_of([&] { const NotificationReceiver receiver(io, deep, {}); }),
              HasSubstr("107 bytes"));
}

TEST_F(Sockets, ADaemonThatIsNotThereIsNotFound) {
  EXPECT_THAT(message_of([&] {
                ask_daemon(socket, {{"command", "status"}}, kPatience);
              }),
              HasSubstr("no daemon listens there"));
}

TEST_F(Sockets, AnAnswerThatDoesNotComeHasAnEnd) {
  const ControlServer server(io, socket, {});  // nobody runs its io_context
  EXPECT_THAT(message_of([&] {
                ask_daemon(socket, {{"command", "status"}}, std::chrono::milliseconds(10));
              }),
              HasSubstr("did not answer within 10 ms"));
}

class NotificationReceiverTest : public Sockets {
 protected:
  std::vector<std::string> heard;
  const fs::path notifications = directory / "tain.sock.notify";
  NotificationReceiver receiver{io, notifications,
                                [this](const std::string& path) { heard.push_back(path); }};
  const SyncNotifier notifier{socket};
};

TEST_F(NotificationReceiverTest, HearsWhichDirectoryChanged) {
  EXPECT_TRUE(notifier.notify("/a/b"));
  EXPECT_TRUE(notifier.notify("/c"));
  receiver.drain();
  EXPECT_THAT(heard, ElementsAre("/a/b", "/c"));
}

TEST_F(NotificationReceiverTest, HearsAsSoonAsItsContextRuns) {
  EXPECT_TRUE(notifier.notify("/a/b"));
  while (heard.empty()) io.run_one();
  EXPECT_THAT(heard, ElementsAre("/a/b"));
}

TEST_F(NotificationReceiverTest, WhatIsNoPathIsNotHeard) {
  const UniqueFd fd = open_socket(SOCK_DGRAM);
  const sockaddr_un address = address_of(notifications);
  for (const std::string_view datagram : {"", "relative", "\n"}) {
    ::sendto(fd.get(), datagram.data(), datagram.size(), 0,
             reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  receiver.drain();
  EXPECT_THAT(heard, ElementsAre());
}

TEST_F(NotificationReceiverTest, IsForItsUserOnly) {
  EXPECT_EQ(fs::status(notifications).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(NotificationReceiverTest, ASecondReceiverIsRefusedAndTheFirstGoesOnHearing) {
  asio::io_context other;
  EXPECT_THAT(message_of([&] { const NotificationReceiver second(other, notifications, {}); }),
              HasSubstr("another daemon listens there"));
  EXPECT_TRUE(notifier.notify("/a"));
  receiver.drain();
  EXPECT_THAT(heard, ElementsAre("/a"));
}

TEST_F(NotificationReceiverTest, AFullBufferDropsAndDoesNotBlock) {
  int sent = 0;
  while (notifier.notify("/a") && sent < 100'000) ++sent;
  EXPECT_LT(sent, 100'000);
  receiver.drain();
  EXPECT_EQ(heard.size(), static_cast<std::size_t>(sent));
  EXPECT_TRUE(notifier.notify("/a"));
}

}  // namespace
}  // namespace tain::syncd
