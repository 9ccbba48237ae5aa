#include "syncd/sync/scanner.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/sync_harness.h"
#include "tests/support/unprivileged.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

class RecordingWatcher final : public Watcher {
 public:
  bool watch(const std::string& directory) override {
    watched.push_back(directory);
    return works;
  }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return 0; }
  std::string trouble() const override { return {}; }
  std::vector<std::string> watched;
  bool works = true;
};

class ScannerTest : public ::testing::Test {
 protected:
  ScannerTest() : harness({.watcher = &watcher}), scanner(harness.layouts(), watcher, pruned) {
    harness.settle();
    watcher.watched.clear();
  }
  ScanResult scan(const std::string& below = "") {
    return scanner.scan(harness.root(), path(below), harness.writer().ledger(),
                        [] { return false; });
  }
  std::string path(const std::string& relative) const {
    return relative.empty() ? harness.root().string() : (harness.root() / relative).string();
  }
  // Until its times lie behind the clock, so that the ledger takes it for settled.
  void settle_times() {
    while (harness.select("SELECT count(*) FROM files WHERE racy") != "0") harness.scan();
  }

  const std::set<std::string, std::less<>> pruned = Scanner::default_pruned();
  RecordingWatcher watcher;
  SyncHarness harness;
  Scanner scanner;
};

TEST_F(ScannerTest, FindsWhatIsNewChangedAndVanished) {
  harness.write(kStatePath, state_json("s1", "old"));
  harness.write("p/.tain/project.json", R"({"id": "p", "name": "p"})");
  EXPECT_THAT(scan().changed, UnorderedElementsAre(path(kStatePath), path("p/.tain/project.json")));
  harness.scan();
  settle_times();
  EXPECT_THAT(scan().changed, IsEmpty()) << "nothing changed";
  harness.write(kStatePath, state_json("s1", "other"));
  fs::remove(path("p/.tain/project.json"));
  const ScanResult found = scan();
  EXPECT_THAT(found.changed, ElementsAre(path(kStatePath)));
  EXPECT_THAT(found.vanished, ElementsAre(path("p/.tain/project.json")));
  EXPECT_EQ(found.files, 1);
}

TEST_F(ScannerTest, SeesAReplacedFileOfTheSameSizeAndTime) {
  harness.write(kStatePath, state_json("s1", "aaa"));
  harness.scan();
  settle_times();
  struct stat before = {};
  ASSERT_EQ(::stat(path(kStatePath).c_str(), &before), 0);
  harness.write("new", state_json("s1", "bbb"));
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("new").c_str(), times, 0), 0);
  fs::rename(path("new"), path(kStatePath));
  EXPECT_THAT(scan().changed, ElementsAre(path(kStatePath)));
}

TEST_F(ScannerTest, SeesAClockThatWasSetBack) {
  harness.write(kStatePath, state_json("s1", "a"));
  harness.scan();
  settle_times();
  const timespec old[2] = {{.tv_sec = 5, .tv_nsec = 1}, {.tv_sec = 5, .tv_nsec = 1}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path(kStatePath).c_str(), old, 0), 0);
  EXPECT_THAT(scan().changed, ElementsAre(path(kStatePath)));
}

TEST_F(ScannerTest, MarksARacilyCleanFileAgainUntilItIsSettled) {
  harness.write(kStatePath, state_json("s1", "a"));
  harness.scan();
  ASSERT_EQ(harness.select("SELECT racy FROM files"), "1");
  EXPECT_THAT(scan().changed, ElementsAre(path(kStatePath)));
  settle_times();
  EXPECT_THAT(scan().changed, IsEmpty());
}

TEST_F(ScannerTest, PrunesOutsideOfStateTreesButNotInside) {
  harness.write("node_modules/x/.tain/sessions/a/state.json", state_json("a", "a"));
  harness.write("p/.tain/sessions/build/state.json", state_json("b", "b"));
  harness.write("p/agents/sessions/target/state.json", state_json("c", "c"));
  EXPECT_THAT(scan().changed, UnorderedElementsAre(path("p/.tain/sessions/build/state.json"),
                                                   path("p/agents/sessions/target/state.json")));
}

TEST_F(ScannerTest, ReachesWhatAWalkWouldComeTo) {
  const auto reaches = [&](const std::string& relative) {
    return scanner.reaches(harness.root().string(), path(relative));
  };
  EXPECT_TRUE(reaches("a.json"));
  EXPECT_TRUE(reaches("p/.tain/sessions/build/state.json"));
  EXPECT_TRUE(reaches("p/agents/sessions/vendor/x.json"));
  EXPECT_FALSE(reaches("vendor/.tain/project.json"));
  EXPECT_FALSE(reaches("p/node_modules/.tain/sessions/s/state.json"));
  EXPECT_FALSE(reaches("node_modules/"));
  EXPECT_TRUE(reaches("node_modules")) << "as a file's name it is passed by nobody";
}

TEST_F(ScannerTest, WatchesEveryDirectoryThatItReadsAndNoOther) {
  harness.write(kStatePath, state_json("s1", "a"));
  fs::create_directories(path("node_modules/deep"));
  scan();
  EXPECT_THAT(watcher.watched, ElementsAre(path(""), path("p"), path("p/.tain"),
                                           path("p/.tain/sessions"), path("p/.tain/sessions/s1")));
}

TEST_F(ScannerTest, SaysWhenADirectoryCannotBeWatched) {
  EXPECT_TRUE(scan().all_watched);
  watcher.works = false;
  EXPECT_FALSE(scan().all_watched);
}

TEST_F(ScannerTest, FollowsNoLinkedDirectory) {
  const testing::TempDir outside;
  testing::write(outside / ".tain/sessions/s/state.json", state_json("s", "s"));
  fs::create_directory_symlink(outside.path(), path("link"));
  EXPECT_THAT(scan().changed, IsEmpty());
}

TEST_F(ScannerTest, ASubtreeIsScannedWithoutTheRest) {
  harness.write("p/.tain/sessions/s1/state.json", state_json("s1", "a"));
  harness.write("q/.tain/sessions/s2/state.json", state_json("s2", "a"));
  EXPECT_THAT(scan("p").changed, ElementsAre(path("p/.tain/sessions/s1/state.json")));
  harness.scan();
  fs::remove_all(path("p"));
  fs::remove_all(path("q"));
  EXPECT_THAT(scan("p").vanished, ElementsAre(path("p/.tain/sessions/s1/state.json")));
}

TEST_F(ScannerTest, AScanOfAFileLooksAtThatFileAlsoWhenItIsNew) {
  harness.write(kStatePath, state_json("s1", "a"));
  harness.write("p/.tain/project.json", R"({"id": "p", "name": "p"})");
  EXPECT_THAT(scan(kStatePath).changed, ElementsAre(path(kStatePath)));
}

TEST_F(ScannerTest, AMissingRootLetsNothingBeConcluded) {
  harness.write(kStatePath, state_json("s1", "a"));
  harness.scan();
  fs::remove_all(harness.root());
  const ScanResult found = scan();
  EXPECT_FALSE(found.root_is_there);
  EXPECT_EQ(found.root_trouble, "No such file or directory");
  EXPECT_THAT(found.vanished, IsEmpty());
}

TEST_F(ScannerTest, ARootThatIsAFileIsNotThere) {
  fs::remove_all(harness.root());
  testing::write(harness.root(), "");
  EXPECT_EQ(scan().root_trouble, "not a directory");
}

TEST_F(ScannerTest, AnErrorOfAFileThatIsGoneIsForgotten) {
  auto& writer = harness.writer();
  writer.transact([&] {
    writer.ledger().record_error({path(kStatePath), std::nullopt, "denied"});
  });
  writer.transact([&] { writer.ledger().record_error({path("gone"), std::nullopt, "denied"}); });
  harness.scan();
  EXPECT_EQ(harness.select("SELECT path FROM sync_errors"), "");
}

TEST_F(ScannerTest, AnUnreadableDirectoryKeepsWhatIsBelowItAndIsRecorded) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to begin as root, to become nobody";
  harness.write(kStatePath, state_json("s1", "a"));
  harness.write("p/.tain/project.json", R"({"id": "p", "name": "p"})");
  harness.scan();
  fs::permissions(path("p/.tain/sessions"), fs::perms::none);
  fs::permissions(harness.outside(), fs::perms::all);
  for (const auto& entry : fs::directory_iterator(harness.outside())) {
    ::chmod(entry.path().c_str(), entry.is_directory() ? 0777 : 0666);
  }
  // Nobody scans; the daemon runs as a user whom the kernel refuses.
  ASSERT_EQ(::seteuid(65534), 0);
  harness.scan();
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(harness.select("SELECT session_id FROM sessions"), "s1");
  EXPECT_EQ(harness.select("SELECT path, reason FROM sync_errors"),
            path("p/.tain/sessions") + "|Permission denied");
  fs::permissions(path("p/.tain/sessions"), fs::perms::owner_all);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT path FROM sync_errors"), "");
}

TEST_F(ScannerTest, AScanIsLeftWhenTheProgramIsToStop) {
  for (int i = 0; i < 10; ++i) fs::create_directories(path("d" + std::to_string(i)));
  int left = 3;
  EXPECT_THROW(scanner.scan(harness.root(), path(""), harness.writer().ledger(),
                            [&] { return --left == 0; }),
               ScanStopped);
}

TEST_F(ScannerTest, EveryDirectoryThatIsMetNeedsAWatch) {
  fs::create_directories(path("a/b"));
  fs::create_directories(path("node_modules/c"));
  EXPECT_EQ(scan().directories, 3);
}

TEST_F(ScannerTest, ADirectoryThatMayNotBeReadSaysWhy) {
  harness.write(kStatePath, state_json("s1", "t"));
  harness.scan();
  const testing::Unprivileged unprivileged;
  const fs::path directory = fs::path(path(kStatePath)).parent_path();
  fs::permissions(directory, fs::perms::owner_read);  // it can be listed, and not looked into
  const ScanResult result = scan();
  fs::permissions(directory, fs::perms::owner_all);
  ASSERT_EQ(result.unreadable.size(), 1);
  EXPECT_EQ(result.unreadable[0].path, directory);
  EXPECT_EQ(result.unreadable[0].reason, "Permission denied");
  EXPECT_EQ(result.vanished.size(), 0U) << "what was there may still be";
}

TEST_F(ScannerTest, ACountIsLeftWhenTheProgramIsToStop) {
  harness.write(kStatePath, state_json("s1", "t"));
  EXPECT_EQ(scanner.count_files(path(""), [] { return false; }), 1);
  EXPECT_THROW(scanner.count_files(path(""), [] { return true; }), ScanStopped);
}

}  // namespace
}  // namespace tain::syncd
