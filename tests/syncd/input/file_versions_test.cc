// Rewrites that leave as little as possible to tell a file's versions apart.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::kAllTopics;
using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

struct stat inspect(const fs::path& file) {
  struct stat status = {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
  return status;
}

void set_mtime(const fs::path& file, const timespec& time) {
  const timespec times[2] = {time, time};
  EXPECT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0) << file;
}

class FileVersions : public ::testing::Test {
 protected:
  fs::path file() const { return harness.root() / kStatePath; }
  void hold(const std::string& topic) { harness.write(kStatePath, state_json("s1", topic)); }
  void expect_shown(const std::string& topic) {
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), topic);
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
  // Until its times lie behind the clock, so that the ledger takes it for settled.
  void settle_times() {
    while (harness.select("SELECT count(*) FROM files WHERE racy") != "0") harness.scan();
  }
  SyncHarness harness;
};

TEST_F(FileVersions, ARewriteOfTheSameSizeWithinOneTickOfTheClockIsSeen) {
  for (int i = 100; i < 300; ++i) {
    hold(std::to_string(i));
    harness.scan();
    hold(std::to_string(i + 500));
    harness.scan();
    ASSERT_EQ(harness.select(kAllTopics), std::to_string(i + 500));
  }
}

TEST_F(FileVersions, ARewriteOfTheSameSizeWithItsOldTimesIsSeen) {
  hold("aaa");
  expect_shown("aaa");
  settle_times();
  const timespec before = inspect(file()).st_mtim;
  hold("bbb");
  set_mtime(file(), before);
  expect_shown("bbb");
}

TEST_F(FileVersions, FilesOfThePastAndOfTheFutureAreSeenLikeAnyOther) {
  int version = 100;
  // Before 1970, the beginning, beyond 32 bits, beyond the nanoseconds that 64 bits hold, never.
  for (const std::int64_t second : {-1'000'000'000L, 0L, 5'000'000'000L, 15'000'000'000L,
                                    std::numeric_limits<std::int64_t>::max()}) {
    for (int rewrite = 0; rewrite < 2; ++rewrite) {
      hold(std::to_string(++version));
      set_mtime(file(), {.tv_sec = second, .tv_nsec = 7});
      expect_shown(std::to_string(version));
    }
  }
}

TEST(FileVersion, OfAnyTimeThatAFileSystemCanSayIsAnother) {
  struct stat status = {};
  status.st_mtim = {.tv_sec = std::numeric_limits<std::int64_t>::max(), .tv_nsec = 999'999'999};
  const FileVersion latest = mirror::version_of(status);
  status.st_mtim = {.tv_sec = std::numeric_limits<std::int64_t>::min(), .tv_nsec = 0};
  const FileVersion earliest = mirror::version_of(status);
  status.st_mtim = {.tv_sec = 15'000'000'000, .tv_nsec = 0};
  EXPECT_NE(latest, earliest);
  EXPECT_NE(latest, mirror::version_of(status));
}

TEST_F(FileVersions, AFileThatTakesTheInodeTimeAndSizeOfADeletedOneIsSeen) {
  hold("aaa");
  expect_shown("aaa");
  settle_times();
  const struct stat before = inspect(file());
  for (int attempt = 0; attempt < 200; ++attempt) {
    fs::remove(file());
    hold("bbb");
    if (inspect(file()).st_ino == before.st_ino) break;
  }
  if (inspect(file()).st_ino != before.st_ino) {
    GTEST_SKIP() << "this file system does not give an inode's number again so soon";
  }
  set_mtime(file(), before.st_mtim);
  expect_shown("bbb");
}

TEST_F(FileVersions, AFileThatIsRenamedOverAnotherAndBackIsSeenEachTime) {
  hold("aaa");
  expect_shown("aaa");
  harness.write("kept", state_json("s1", "bbb"));
  const fs::path kept = harness.root() / "kept";
  fs::rename(file(), harness.root() / "aside");
  fs::rename(kept, file());
  expect_shown("bbb");
  fs::rename(file(), kept);
  fs::rename(harness.root() / "aside", file());  // the very inode that was there first
  expect_shown("aaa");
}

TEST_F(FileVersions, ALogThatTakesTheInodeOfADeletedOneIsReadAnew) {
  const std::string log = "p/.tain/sessions/s1/events.jsonl";
  harness.write(log, testing::event_json("a1") + "\n");
  harness.scan();
  settle_times();
  for (int attempt = 0; attempt < 200; ++attempt) {
    const ino_t before = inspect(harness.root() / log).st_ino;
    fs::remove(harness.root() / log);
    harness.write(log, testing::event_json("b1") + "\n" + testing::event_json("b2") + "\n");
    if (inspect(harness.root() / log).st_ino == before) break;
  }
  harness.scan();
  EXPECT_EQ(harness.select("SELECT group_concat(id, ' ') FROM events"), "b1 b2");
}

TEST_F(FileVersions, TheClockOfTheDaemonMayBeSetBackWhileItRuns) {
  hold("aaa");
  expect_shown("aaa");
  const std::int64_t seq = std::stoll(harness.select("SELECT max(seq) FROM files"));
  harness.clock().advance(-365LL * 86'400 * 1000);
  hold("bbb");
  expect_shown("bbb");
  EXPECT_GT(std::stoll(harness.select("SELECT max(seq) FROM files")), seq)
      << "the feed goes on all the same";
  harness.clock().advance(2LL * 365 * 86'400 * 1000);
  hold("ccc");
  expect_shown("ccc");
}

}  // namespace
}  // namespace tain::syncd
