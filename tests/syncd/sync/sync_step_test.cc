#include "syncd/sync/sync_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/error.h"
#include "tests/support/sync_harness.h"
#include "tests/support/unprivileged.h"

namespace tain::syncd {
namespace {

using testing::event_json;
using testing::kAllTopics;
using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

class SyncStepTest : public ::testing::Test {
 protected:
  fs::path path(const std::string& relative) const { return harness.root() / relative; }
  void mark(const std::string& relative) {
    harness.dirty().mark(path(relative).string(), Scope::file);
  }
  SyncHarness harness;
};

TEST_F(SyncStepTest, ABatchIsOneTransactionOfAllThatIsDirty) {
  harness.settle();
  harness.write("p/.tain/sessions/s1/state.json", state_json("s1", "one"));
  harness.write("p/.tain/sessions/s2/state.json", state_json("s2", "two"));
  mark("p/.tain/sessions/s1/state.json");
  mark("p/.tain/sessions/s2/state.json");
  EXPECT_TRUE(harness.step().run());
  EXPECT_EQ(harness.select(kAllTopics), "one two");
  EXPECT_FALSE(harness.step().run());
}

TEST_F(SyncStepTest, WhatIsAsItWasWritesNothing) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.scan();
  const auto state = harness.root() / kStatePath;
  const auto frames = [&] { return fs::file_size(harness.mirror().string() + "-wal"); };
  // Until it is so old that nobody has to look again.
  while (harness.select("SELECT count(*) FROM files WHERE racy") != "0") harness.sync(state);
  harness.sync(state);  // how many wait is said anew, too
  const auto before = frames();
  harness.clock().advance(60'000);
  harness.sync(state);
  EXPECT_EQ(frames(), before);
  harness.write(kStatePath, state_json("s1", "two"));
  harness.sync(state);
  EXPECT_GT(frames(), before) << "else nothing would be seen here";
}

TEST_F(SyncStepTest, ARowWhoseColumnsChangeInManyWaysIsAlwaysTheFilesRow) {
  const std::vector<std::string> fields = {"topic",  "description",   "summary",
                                           "status", "current_phase", "error_message"};
  for (unsigned changed = 0; changed < 1U << fields.size(); ++changed) {
    Json state = Json::parse(state_json("s1", "one"));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if ((changed >> i & 1U) != 0) state[fields[i]] = "changed " + std::to_string(changed);
    }
    harness.write(kStatePath, state.dump());
    harness.scan();
    ASSERT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror({harness.root().string()}))
        << "round " << changed;
  }
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions WHERE status = 'changed 63'"), "1");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions_search('changed')"), "1");
}

TEST_F(SyncStepTest, ARenameIsAddedBeforeItIsRemoved) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.scan();
  const std::string key = harness.select("SELECT project_key FROM sessions");
  fs::rename(path("p/.tain/sessions/s1"), path("p/.tain/sessions/s2"));
  mark(kStatePath);
  mark("p/.tain/sessions/s2/state.json");
  EXPECT_TRUE(harness.step().run());
  EXPECT_EQ(harness.select("SELECT project_key FROM sessions"), key)
      << "the project was never without files";
  EXPECT_EQ(harness.select("SELECT change FROM change_feed ORDER BY seq"), "upsert\ndelete");
}

TEST_F(SyncStepTest, ARenamedProjectIsOneProjectAtItsNewPlace) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.scan();
  fs::rename(path("p"), path("q"));
  harness.scan();
  EXPECT_EQ(harness.select("SELECT root FROM projects"), path("q").string());
  EXPECT_EQ(harness.select(kAllTopics), "one");
}

TEST_F(SyncStepTest, AMissingRootKeepsItsRowsAndSaysSo) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.scan();
  fs::rename(harness.root(), harness.outside() / "elsewhere");
  mark(kStatePath);
  harness.settle();
  EXPECT_EQ(harness.select(kAllTopics), "one");
  EXPECT_EQ(harness.select("SELECT state, reason FROM roots"),
            "unavailable|No such file or directory");
  EXPECT_EQ(harness.select("SELECT kind FROM anomalies"), "unavailable root");
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "one");
  fs::rename(harness.outside() / "elsewhere", harness.root());
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state, reason FROM roots"), "available|");
  fs::remove(path(kStatePath));
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "");
}

// A link stands for the mount point: what it leads to is on another device.
TEST(SyncStepRoots, ARootOnAnotherDeviceWithoutItsFilesIsUnavailable) {
  if (::access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "needs a second file system at /dev/shm";
  std::string name = "/dev/shm/tain-test-XXXXXX";
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const testing::TempDir directory;
  fs::create_directory(directory / "mount-point");
  fs::create_directory_symlink(name, directory / "root");
  testing::write(directory / "root" / kStatePath, state_json("s1", "one"));
  SyncHarness harness({.roots = {(directory / "root").string()}});
  harness.settle();
  const auto lead_to = [&](const fs::path& target) {
    fs::remove(directory / "root");
    fs::create_directory_symlink(target, directory / "root");
  };
  lead_to(directory / "mount-point");
  harness.sync(directory / "root" / kStatePath);
  EXPECT_EQ(harness.select(kAllTopics), "one") << "an event alone concludes nothing";
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "one");
  EXPECT_EQ(harness.select("SELECT state FROM roots"), "unavailable");
  // Somebody goes on working while the disk is away.
  const std::string stray = "q/.tain/sessions/s2/state.json";
  testing::write(directory / "root" / stray, state_json("s2", "stray"));
  harness.sync(directory / "root" / stray);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT topic FROM sessions WHERE session_id = 's1'"), "one");
  EXPECT_EQ(harness.select("SELECT state FROM roots"), "unavailable");
  fs::remove_all(directory / "root" / "q");
  lead_to(name);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state FROM roots"), "available");
  // The same files under another number: a disk that was mounted again.
  fs::copy(name, directory / "mount-point", fs::copy_options::recursive);
  testing::write(directory / "mount-point" / kStatePath, state_json("s1", "two"));
  lead_to(directory / "mount-point");
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "two");
  EXPECT_EQ(harness.select("SELECT state FROM roots"), "available");
  fs::remove_all(name);
}

TEST(SyncStepRoots, ARootThatIsNoLongerConfiguredIsForgottenWithItsFiles) {
  const testing::TempDir directory;
  const std::string a = (directory / "a").string();
  const std::string b = (directory / "b").string();
  testing::write(directory / "a" / kStatePath, state_json("s1", "one"));
  testing::write(directory / "b" / kStatePath, state_json("s2", "two"));
  testing::write(directory / "b/.tain/project.json", "bad");
  {
    SyncHarness both({.roots = {a, b}, .mirror = directory / "m.db"});
    both.settle();
    EXPECT_EQ(both.select(kAllTopics), "one two");
    both.writer().transact([&] {
      both.writer().ledger().record_error({b + "/closed", std::nullopt, "denied"});
    });
  }
  SyncHarness one({.roots = {a}, .mirror = directory / "m.db"});
  EXPECT_EQ(one.select(kAllTopics), "one") << "before anything is scanned";
  one.settle();
  EXPECT_EQ(one.dump(), testing::dump_of_a_fresh_mirror({a}));
}

TEST(SyncStepRoots, WhatLiesInAnotherRootTooStaysWhereItIs) {
  const testing::TempDir directory;
  const std::string parent = directory.path();
  const std::string child = (directory / "child").string();
  const fs::path mirror = directory / "child.db";
  testing::write(directory / "child" / kStatePath, state_json("s1", "one"));
  testing::write(directory / "other" / kStatePath, state_json("s2", "two"));
  const auto file_id = [&](const std::vector<std::string>& roots) {
    SyncHarness harness({.roots = roots, .mirror = mirror});
    const std::string before = harness.select("SELECT file_id FROM sessions WHERE topic = 'one'");
    harness.settle();
    EXPECT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror(roots));
    return std::pair(before, harness.select("SELECT file_id FROM sessions WHERE topic = 'one'"));
  };
  const std::string first = file_id({child}).second;
  EXPECT_EQ(file_id({parent}), std::pair(first, first)) << "readers never miss it";
  EXPECT_EQ(file_id({child}), std::pair(first, first));
}

TEST_F(SyncStepTest, AShortageOfDescriptorsIsNoFaultOfTheFileOrDirectory) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.settle();
  harness.write(kStatePath, state_json("s1", "two"));
  // UndefinedBehaviorSanitizer needs descriptors of its own to look at a class for the first time.
  EXPECT_THROW(throw IoError("open", "nothing", EMFILE), IoError);
  rlimit usual = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit none = {.rlim_cur = 0, .rlim_max = usual.rlim_max};
  for (const Scope scope : {Scope::file, Scope::tree}) {
    const fs::path path = scope == Scope::file ? harness.root() / kStatePath : harness.root();
    harness.dirty().mark(path.string(), scope);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    EXPECT_THROW(harness.step().run(), IoError);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
    EXPECT_GT(harness.dirty().size(), 0U);
  }
  harness.settle();
  EXPECT_EQ(harness.select(kAllTopics), "two");
}

TEST_F(SyncStepTest, WhatTheDatabaseRefusesStaysDirty) {
  harness.settle();
  harness.write(kStatePath, state_json("s1", "one"));
  mark(kStatePath);
  const Generation barrier = harness.dirty().barrier();
  sqlite3_busy_timeout(harness.writer().database().handle(), 0);
  sqlite::Database other(harness.mirror(), sqlite::Database::Mode::read_write);
  other.run("BEGIN IMMEDIATE");
  EXPECT_THROW(harness.step().run(), sqlite::DatabaseError);
  EXPECT_THROW(harness.step().run(), sqlite::DatabaseError);
  EXPECT_FALSE(harness.dirty().reached(barrier));
  other.run("ROLLBACK");
  harness.settle();
  EXPECT_TRUE(harness.dirty().reached(barrier));
  EXPECT_EQ(harness.select(kAllTopics), "one");
}

TEST_F(SyncStepTest, ABatchThatFailsLeavesNothingBehind) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.settle();
  const std::string before = harness.dump();
  const std::int64_t seq = harness.writer().ledger().seq();
  harness.write("p/.tain/sessions/s2/state.json", state_json("s2", "two"));
  harness.write("p/.tain/sessions/s2/events.jsonl", event_json("e1") + "\n");
  mark("p/.tain/sessions/s2/state.json");
  mark("p/.tain/sessions/s2/events.jsonl");
  harness.writer().database().run("ALTER TABLE events RENAME TO hidden");
  EXPECT_THROW(harness.step().run(), sqlite::DatabaseError);
  harness.writer().database().run("ALTER TABLE hidden RENAME TO events");
  EXPECT_EQ(harness.dump(), before);
  EXPECT_EQ(harness.writer().ledger().seq(), seq);
  harness.settle();
  EXPECT_EQ(harness.select(kAllTopics), "one two");
  EXPECT_EQ(harness.select("SELECT id FROM events"), "e1");
}

TEST_F(SyncStepTest, ABarrierDoesNotPassABatchThatWentIntoADeletedMirror) {
  harness.settle();
  harness.write(kStatePath, state_json("s1", "one"));
  mark(kStatePath);
  const Generation barrier = harness.dirty().barrier();
  fs::remove(harness.mirror());
  EXPECT_THROW(harness.step().run(), Error);
  EXPECT_FALSE(harness.dirty().reached(barrier));
  harness.writer().reopen(false);
  harness.step().begin();
  while (!harness.dirty().reached(barrier)) ASSERT_TRUE(harness.step().run());
  EXPECT_EQ(harness.select(kAllTopics), "one");
}

TEST_F(SyncStepTest, ABarrierBeforeTheFirstScanWaitsForWhatItFinds) {
  harness.settle();
  harness.write(kStatePath, state_json("s1", "one"));
  const Generation barrier = harness.dirty().barrier();
  harness.step().begin();  // as after a start, or when the mirror was deleted
  while (!harness.dirty().reached(barrier)) ASSERT_TRUE(harness.step().run());
  EXPECT_EQ(harness.select(kAllTopics), "one");
}

TEST_F(SyncStepTest, MarksOutsideOfTheRootsAndOfNoLayoutAreNothing) {
  harness.dirty().mark("/etc/passwd", Scope::file);
  harness.dirty().mark("/etc", Scope::tree);
  harness.write("p/notes.txt", "hello");
  mark("p/notes.txt");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
}

TEST_F(SyncStepTest, AFileBelowAPrunedDirectoryIsNotMirroredByAnEventEither) {
  const std::string pruned = "node_modules/x/.tain/sessions/s1/state.json";
  harness.write(pruned, state_json("s1", "one"));
  mark(pruned);
  harness.settle();
  EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
}

TEST_F(SyncStepTest, ABadDocumentKeepsItsLastGoodRowsUntilItIsGoodAgain) {
  harness.write(kStatePath, state_json("s1", "good"));
  harness.scan();
  harness.write(kStatePath, "{\"topic\": ");
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "good");
  EXPECT_EQ(harness.select("SELECT state FROM files"), "stale");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  const std::string seq = harness.select("SELECT seq FROM files");
  harness.scan();
  EXPECT_EQ(harness.select("SELECT seq FROM files"), seq) << "still as bad: no change of the feed";
  harness.write(kStatePath, state_json("s1", "good"));
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state FROM files"), "current");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(SyncStepTest, AFileThatNeverWasGoodIsBadAndGoesWithoutATrace) {
  harness.write(kStatePath, "no JSON");
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state FROM files"), "bad");
  fs::remove(path(kStatePath));
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  EXPECT_EQ(harness.select("SELECT count(*) FROM projects"), "0");
}

TEST_F(SyncStepTest, AFileThatNeverWasGoodShowsNothingOfWhatItWasBefore) {
  constexpr SyncLimits kSmall = {.max_document = 20};
  SyncHarness small({.limits = kSmall});
  small.write(kStatePath, "no JSON");
  small.scan();
  small.write(kStatePath, std::string(21, 'x'));
  small.scan();
  EXPECT_EQ(small.select("SELECT state, hash FROM files"), "bad|0");
  EXPECT_EQ(small.dump(), testing::dump_of_a_fresh_mirror({small.root().string()}, kSmall));
}

TEST_F(SyncStepTest, AFileThatNeverWasGoodAndCannotBeOpenedIsLikeOneThatWasNeverRead) {
  harness.write(kStatePath, "no JSON");
  harness.scan();
  ASSERT_EQ(harness.select("SELECT state FROM files"), "bad");
  const testing::Unprivileged unprivileged;
  fs::permissions(path(kStatePath), fs::perms::none);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
  EXPECT_EQ(harness.select("SELECT count(*) FROM projects"), "0");
  EXPECT_EQ(harness.select("SELECT reason FROM sync_errors"), "Permission denied");
  fs::permissions(path(kStatePath), fs::perms::owner_read);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state FROM files"), "bad");
}

TEST_F(SyncStepTest, PathsThatAreNotUtf8AreMirroredAndForgotten) {
  const std::string odd = "p\xff/.tain/sessions/s\xfe/state.json";
  harness.write(odd, state_json("s1", "one"));
  harness.write("p\xff/.tain/sessions/s\xfe/events.jsonl", event_json("e1") + "\nbad\n");
  harness.scan();
  EXPECT_EQ(harness.select("SELECT typeof(path), count(*) FROM files"), "blob|2");
  EXPECT_EQ(harness.select(kAllTopics), "one");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  harness.scan();
  fs::remove_all(path("p\xff"));
  harness.scan();
  for (const char* table : {"files", "projects", "sessions", "events", "sync_errors"}) {
    EXPECT_EQ(harness.select(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

TEST(IsAtOrBelow, ComparesWholeNames) {
  EXPECT_TRUE(is_at_or_below("/a/b", "/a/b"));
  EXPECT_TRUE(is_at_or_below("/a/b/c", "/a/b"));
  EXPECT_FALSE(is_at_or_below("/a/bc", "/a/b"));
  EXPECT_FALSE(is_at_or_below("/a", "/a/b"));
  EXPECT_TRUE(is_at_or_below("/a", "/"));
}

}  // namespace
}  // namespace tain::syncd
