#include "core/notify/sync_notifier.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "core/fs/paths.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::SessionTest;
using testing::TempDir;

// The daemon's end: a datagram socket that nobody reads unless the test does.
class Listener {
 public:
  explicit Listener(const std::filesystem::path& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("bind " + path.string());
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(fd_); }

  int fd() const { return fd_; }
  /// What has arrived, or nothing.
  std::string receive() const {
    char buffer[4096];
    const ssize_t size = ::recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

bool is_datagram_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
}

class SyncNotifierTest : public SessionTest {
 protected:
  SessionStateManager create_notifying() {
    SessionOptions with = options();
    with.notifier = notifier_;
    return SessionStateManager::create(root_.path(), {.topic = "topic", .id = "s1"}, with);
  }

  const TempDir runtime_;
  const std::filesystem::path control_ = runtime_ / "tain.sock";
  const std::filesystem::path socket_ = notification_socket(control_);
  const SyncNotifier notifier_{control_};
};

TEST_F(SyncNotifierTest, ASaveSendsTheSessionsAbsoluteDirectory) {
  const Listener daemon(socket_);
  auto manager = create_notifying();
  EXPECT_EQ(daemon.receive(), session().string());
  EXPECT_EQ(daemon.receive(), "");
  manager.set_status(SessionStatus::paused);
  EXPECT_EQ(daemon.receive(), session().string());
  manager.append_event({.type = "log"});
  EXPECT_EQ(daemon.receive(), session().string());
}

TEST_F(SyncNotifierTest, ARelativeDirectoryIsMadeAbsolute) {
  const Listener daemon(socket_);
  EXPECT_TRUE(notifier_.notify("some/where"));
  EXPECT_EQ(daemon.receive(), (std::filesystem::current_path() / "some/where").string());
}

TEST_F(SyncNotifierTest, WithoutADaemonItSaysNoAndSavesGoOn) {
  EXPECT_FALSE(notifier_.notify("/s"));
  create_notifying().set_status(SessionStatus::paused);
  EXPECT_EQ(on_disk()["status"], "paused");
}

TEST_F(SyncNotifierTest, ASocketThatADeadDaemonLeftIsNoOnes) {
  { const Listener daemon(socket_); }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  EXPECT_FALSE(notifier_.notify("/s"));
  create_notifying().set_status(SessionStatus::paused);
  EXPECT_EQ(on_disk()["status"], "paused");
}

// Nobody reads, so a send that could block would hang this test.
TEST_F(SyncNotifierTest, AFullBufferDropsTheDatagramAndSavesGoOn) {
  const Listener daemon(socket_);
  int sent = 0;
  while (notifier_.notify("/s")) ASSERT_LT(++sent, 1'000'000);
  EXPECT_GT(sent, 0);
  create_notifying().set_status(SessionStatus::paused);
  EXPECT_EQ(on_disk()["status"], "paused");
  EXPECT_FALSE(notifier_.notify("/s"));
}

TEST_F(SyncNotifierTest, AFileThatIsNoSocketIsNoOnes) {
  testing::write(socket_, "a file");
  EXPECT_FALSE(notifier_.notify("/s"));
}

TEST_F(SyncNotifierTest, APathTooLongForASocketIsNoOnes) {
  EXPECT_FALSE(SyncNotifier(runtime_ / std::string(200, 'x')).notify("/s"));
}

// As a daemon does that closes all descriptors, and opens others.
TEST_F(SyncNotifierTest, ADescriptorThatWasClosedAndGivenToAnotherIsNotWrittenTo) {
  const Listener daemon(socket_);
  ASSERT_TRUE(notifier_.notify("/first"));
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others), 0);
  std::vector<int> taken;
  for (int fd = 0; fd < 256; ++fd) {
    if (fd == daemon.fd() || !is_datagram_socket(fd)) continue;
    ASSERT_EQ(::dup2(others[0], fd), fd);
    taken.push_back(fd);
  }
  EXPECT_EQ(taken.size(), 1U);
  EXPECT_TRUE(notifier_.notify("/second"));
  char byte = 0;
  EXPECT_EQ(::recv(others[1], &byte, 1, 0), -1) << "it went to somebody else";
  for (const int fd : taken) ::close(fd);
  for (const int fd : others) ::close(fd);
  EXPECT_EQ(daemon.receive(), "/first");
  EXPECT_EQ(daemon.receive(), "/second");
}

TEST_F(SyncNotifierTest, AnEmptySocketMeansNobody) {
  EXPECT_FALSE(SyncNotifier(std::filesystem::path()).notify("/s"));
}

}  // namespace
}  // namespace tain
