#include "syncd/sync/reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <set>

#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

using testing::TempDir;
using testing::write;
namespace fs = std::filesystem;

constexpr int kNobody = 65534;

// Runs `check` in a child that may not do everything; true when it returned true.
template <class Check>
bool holds_without_privileges(const Check& check) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool dropped = ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
    ::_exit(dropped && check() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class ReaderTest : public ::testing::Test {
 protected:
  OpenResult open(std::string_view relative) const {
    return open_beneath(root.path().string(), relative);
  }
  bool is_missing(std::string_view relative) const {
    return std::holds_alternative<Missing>(open(relative));
  }
  TempDir root;
};

TEST_F(ReaderTest, OpensARegularFileAtAnyDepthAndSaysItsVersion) {
  write(root / "a/b/c.json", "12345");
  const OpenResult opened = open("a/b/c.json");
  const auto* file = std::get_if<OpenFile>(&opened);
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(read_at(file->fd.get(), 0, 5, ""), "12345");
  EXPECT_EQ(file->version.size, 5);
  EXPECT_EQ(file->version, current_version(file->fd.get(), ""));
}

TEST_F(ReaderTest, WhatIsNotThereIsMissing) {
  write(root / "file.json", "{}");
  EXPECT_TRUE(is_missing("absent.json"));
  EXPECT_TRUE(is_missing("absent/absent.json"));
  EXPECT_TRUE(is_missing("file.json/below.json")) << "below a file there is nothing";
}

TEST_F(ReaderTest, FollowsNoSymbolicLinkAtTheEnd) {
  write(root / "real.json", "{}");
  fs::create_symlink("real.json", root / "link.json");
  EXPECT_TRUE(is_missing("link.json"));
}

TEST_F(ReaderTest, FollowsNoSymbolicLinkInTheMiddle) {
  const TempDir outside;
  write(outside / "secret.json", "{}");
  fs::create_directory_symlink(outside.path(), root / "door");
  EXPECT_TRUE(is_missing("door/secret.json"));
}

TEST_F(ReaderTest, TheRootItselfMayBeALink) {
  write(root / "tree/a.json", "{}");
  fs::create_directory_symlink(root / "tree", root / "link");
  EXPECT_TRUE(std::holds_alternative<OpenFile>(open_beneath((root / "link").string(), "a.json")));
}

TEST_F(ReaderTest, DoesNotWaitAtAFifoWithoutAWriter) {
  ASSERT_EQ(::mkfifo((root / "pipe.json").c_str(), 0600), 0);
  EXPECT_TRUE(is_missing("pipe.json"));
}

TEST_F(ReaderTest, DirectoriesSocketsAndDevicesAreNoFiles) {
  fs::create_directory(root / "dir.json");
  EXPECT_TRUE(is_missing("dir.json"));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (root / "socket.json").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_TRUE(is_missing("socket.json"));
  ::close(fd);
  EXPECT_TRUE(std::holds_alternative<Missing>(open_beneath("/dev", "null")));
}

TEST_F(ReaderTest, WhatMayNotBeReadIsUnreadableAndNotMissing) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to begin as root, to become nobody";
  write(root / "locked.json", "{}");
  write(root / "closed/inner.json", "{}");
  fs::permissions(root.path(), fs::perms::all);
  fs::permissions(root / "locked.json", fs::perms::none);
  fs::permissions(root / "closed", fs::perms::none);
  EXPECT_TRUE(holds_without_privileges([&] {
    return std::holds_alternative<Unreadable>(open("locked.json")) &&
           std::holds_alternative<Unreadable>(open("closed/inner.json")) &&
           is_missing("absent.json");
  }));
}

TEST_F(ReaderTest, AFileThatChangedJustNowIsRacyAndAnOldOneIsNot) {
  write(root / "a.json", "{}");
  EXPECT_TRUE(std::get<OpenFile>(open("a.json")).racy);
  const timespec old[2] = {{.tv_sec = 1, .tv_nsec = 1}, {.tv_sec = 1, .tv_nsec = 1}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root / "a.json").c_str(), old, 0), 0);
  EXPECT_TRUE(std::get<OpenFile>(open("a.json")).racy) << "its ctime is new";
  // The file's times come from the kernel's coarse clock; after some ticks they lie behind it.
  const auto settled = [&] { return !std::get<OpenFile>(open("a.json")).racy; };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!settled() && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_TRUE(settled());
}

TEST_F(ReaderTest, ReadsFewerBytesAtTheEndOfAFile) {
  write(root / "a.json", "12345");
  const OpenResult opened = open("a.json");
  const int fd = std::get<OpenFile>(opened).fd.get();
  EXPECT_EQ(read_at(fd, 3, 100, ""), "45");
  EXPECT_EQ(read_at(fd, 100, 100, ""), "");
}

TEST(Checksum, TellsContentsApartWhereverTheyDiffer) {
  EXPECT_NE(checksum("a", checksum("b")), checksum("b", checksum("a")));
  std::set<std::int64_t> seen;
  for (std::size_t size = 0; size < 40; ++size) {
    EXPECT_TRUE(seen.insert(checksum(std::string(size, '\0'))).second) << size;
    for (std::size_t place = 0; place < size; ++place) {
      std::string text(size, '\0');
      text[place] = '\x80';
      EXPECT_TRUE(seen.insert(checksum(text)).second) << place << " of " << size;
    }
  }
}

}  // namespace
}  // namespace tain::syncd
