// What may befall the mirror's files while they are in use: the loop notices, says so, and makes a
// mirror of them again that equals a fresh one.

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tests/support/fault_vfs.h"
#include "tests/support/loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::FaultVfs;
using ::testing::HasSubstr;
using testing::kAllTopics;
using testing::LoopFixture;
using testing::select;
using testing::state_json;
using testing::SyncHarness;
using testing::TempDir;
using testing::Trouble;
namespace fs = std::filesystem;

// The journal is smaller than this again when nobody needs it any more (journal_size_limit).
constexpr std::uintmax_t kLongestJournal = 64UL << 20;

class MirrorTroubleTest : public LoopFixture {
 protected:
  void SetUp() override {
    write_tree();
    EXPECT_TRUE(start() && settle(1)) << start_error;
  }
  fs::path beside(const std::string& suffix) const { return config.db.string() + suffix; }

  // All in the database's own file, nothing in its journal.
  void checkpoint() const {
    sqlite::Database(config.db, sqlite::Database::Mode::read_write)
        .run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  // Bytes that stand where others stood, in the file that the loop has open.
  void overwrite(std::int64_t offset, std::size_t size) const {
    std::fstream file(config.db, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset) << std::string(size, '\xee');
  }
  void expect_equal_to_a_fresh_one(int failures_allowed = 1) {
    for (const auto& change : changes()) change();
    EXPECT_TRUE(settle(failures_allowed + 1)) << status.get().last_error;
    EXPECT_EQ(status.get().last_error, "");
    EXPECT_EQ(dump(), fresh_dump());
    EXPECT_EQ(integrity(), "ok");
  }

  FaultVfs vfs;  // waits for nobody's lock and no disk
};

TEST_F(MirrorTroubleTest, DeletedItIsBuiltAnew) {
  for (const bool with_journals : {false, true}) {
    if (with_journals) {
      for (const char* suffix : {"-wal", "-shm"}) fs::remove(beside(suffix));
    }
    fs::remove(config.db);
    EXPECT_TRUE(settle(1));
    expect_equal_to_a_fresh_one(0);
  }
  EXPECT_EQ(set_aside(), 0U);
}

TEST_F(MirrorTroubleTest, ReplacedByAMirrorOfOtherRootsItBecomesOurs) {
  const TempDir other;
  testing::write(other / "tree/q/.tain/sessions/z/state.json", state_json("z", "theirs"));
  SyncHarness theirs({.roots = {(other / "tree").string()}, .mirror = other / "theirs.db"});
  theirs.settle();
  theirs.writer().database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  fs::copy_file(other / "theirs.db", directory / "copy.db");
  fs::rename(directory / "copy.db", config.db);
  expect_equal_to_a_fresh_one();
}

TEST_F(MirrorTroubleTest, ReplacedByAnOlderCopyOfItselfItIsCaughtUp) {
  checkpoint();
  fs::copy_file(config.db, directory / "copy.db");
  write("sessions/s9/state.json", state_json("s9", "later"));
  changed("sessions/s9/state.json");
  EXPECT_TRUE(settle(1));
  fs::rename(directory / "copy.db", config.db);
  expect_equal_to_a_fresh_one();
  EXPECT_THAT(select(config.db, kAllTopics), HasSubstr("later"));
}

TEST_F(MirrorTroubleTest, ReplacedByADatabaseOfSomebodyElseItIsLeftAloneUntilThatIsGone) {
  {
    sqlite::Database foreign(directory / "foreign.db", sqlite::Database::Mode::read_write);
    foreign.run("CREATE TABLE precious(x); INSERT INTO precious VALUES(42)");
  }
  const std::string bytes = testing::read(directory / "foreign.db");
  fs::rename(directory / "foreign.db", config.db);
  for (const auto& change : changes()) change();
  EXPECT_FALSE(settle(3));
  EXPECT_THAT(status.get().last_error, HasSubstr("not a mirror of Tain"));
  EXPECT_EQ(testing::read(config.db), bytes);
  fs::remove(config.db);
  expect_equal_to_a_fresh_one();
}

TEST_F(MirrorTroubleTest, WithDamagedPagesItIsSetAsideAndBuiltAnew) {
  const auto size = static_cast<std::size_t>(fs::file_size(config.db));
  checkpoint();
  overwrite(4096, static_cast<std::size_t>(fs::file_size(config.db)) - 4096);
  ASSERT_GE(fs::file_size(config.db), size);
  expect_equal_to_a_fresh_one();
  EXPECT_EQ(set_aside(), 1U);
  EXPECT_THAT(log(), HasSubstr("set aside"));
}

// What the loop holds in memory would let it go on for ever, with nobody able to read what it
// writes.
TEST_F(MirrorTroubleTest, OverwrittenOrTruncatedInPlaceItIsSetAsideAndBuiltAnew) {
  const std::vector<std::function<void()>> troubles = {
      [&] { testing::write(config.db, "this is no database"); },
      [&] { testing::write(config.db, std::string(100'000, 'x')); },
      [&] { fs::resize_file(config.db, 0); },
      [&] { fs::resize_file(config.db, 100); },
      [&] { fs::resize_file(config.db, fs::file_size(config.db) / 2); },
      [&] { overwrite(0, 100); },
  };
  for (std::size_t i = 0; i < troubles.size(); ++i) {
    SCOPED_TRACE(i);
    checkpoint();
    EXPECT_TRUE(settle(1));
    troubles[i]();
    EXPECT_TRUE(settle(1)) << "it is noticed without a change in the tree";
    EXPECT_THAT(log(), HasSubstr("set aside"));
    expect_equal_to_a_fresh_one(0);
    EXPECT_GE(set_aside(), 1U);
    EXPECT_LE(set_aside(), 3U) << "they must not fill the disk";
  }
}

// A reader would find journals of its own, and never see again what is written here.
TEST_F(MirrorTroubleTest, WithoutItsJournalsItIsSetAsideAndBuiltAnew) {
  for (const auto& suffixes :
       std::vector<std::vector<std::string>>{{"-wal"}, {"-shm"}, {"-wal", "-shm"}}) {
    SCOPED_TRACE(suffixes.front());
    for (const std::string& suffix : suffixes) ASSERT_TRUE(fs::remove(beside(suffix)));
    EXPECT_TRUE(settle(1));
    expect_equal_to_a_fresh_one(0);
  }
}

TEST_F(MirrorTroubleTest, AJournalThatIsRemovedWhileABatchRunsIsNoticedBeforeItIsCalledDone) {
  write("sessions/s9/state.json", state_json("s9", "later"));
  changed("sessions/s9/state.json");
  const Generation barrier = dirty.barrier();
  fs::remove(beside("-wal"));
  EXPECT_FALSE(dirty.reached(barrier));
  EXPECT_TRUE(settle(1));
  EXPECT_TRUE(dirty.reached(barrier));
  EXPECT_THAT(select(config.db, kAllTopics), HasSubstr("later"));
}

TEST_F(MirrorTroubleTest, DistrustedByAReaderItIsSetAsideAndBuiltAnew) {
  loop->distrust();
  expect_equal_to_a_fresh_one(0);
  EXPECT_EQ(set_aside(), 1U);
  EXPECT_TRUE(settle(1));
  EXPECT_EQ(set_aside(), 1U) << "once";
}

TEST_F(MirrorTroubleTest, ALockOfAnotherProgramDelaysAndLosesNothing) {
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("BEGIN EXCLUSIVE");
    for (const auto& change : changes()) change();
    const std::size_t waiting = dirty.size();
    EXPECT_FALSE(settle(10));
    EXPECT_THAT(status.get().last_error, HasSubstr("another program holds a lock on it"));
    EXPECT_EQ(dirty.size(), waiting) << "nothing is lost, and nothing piles up";
    EXPECT_LE(loop->pause(), std::chrono::seconds(30));
    other.run("ROLLBACK");
  }
  expect_equal_to_a_fresh_one(0);
  EXPECT_EQ(set_aside(), 0U);
}

TEST_F(MirrorTroubleTest, AProgramThatLocksOutAllOthersDelaysTheStartAndLosesNothing) {
  stop();
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    EXPECT_FALSE(start());
    EXPECT_THAT(start_error, HasSubstr("another program holds a lock on it"));
  }
  ASSERT_TRUE(start());
  expect_equal_to_a_fresh_one(0);
}

// SQLite opens such a mirror for reading, if it has a journal, and never again for writing.
TEST_F(MirrorTroubleTest, OpenedWhileItMayNotBeWrittenItIsOpenedAgain) {
  const sqlite::Database keeps_the_journal(config.db, sqlite::Database::Mode::read_only);
  select(keeps_the_journal, kAllTopics);
  stop();
  vfs.inject(Trouble::read_only, 1, true);
  ASSERT_TRUE(start()) << start_error;
  for (const auto& change : changes()) change();
  EXPECT_FALSE(settle(3));
  EXPECT_THAT(status.get().last_error, HasSubstr("readonly"));
  vfs.heal();
  expect_equal_to_a_fresh_one(0);
}

// The journal grows as long as somebody reads from its beginning; it shrinks when they are done.
TEST_F(MirrorTroubleTest, AReaderThatTakesItsTimeDelaysNobodyAndItsJournalIsTruncatedAfterwards) {
  const std::string body(4'000'000, 'x');
  const auto rewrite = [&](int round) {
    write("sessions/s1/plan.json",
          "{\"n\": " + std::to_string(round) + ", \"b\": \"" + body + "\"}");
    changed("sessions/s1/plan.json");
    ASSERT_TRUE(settle(1)) << status.get().last_error;
  };
  {
    const sqlite::Database reader = tain::mirror::open_for_reading(config.db);
    sqlite::Statement reading = reader.prepare("SELECT path FROM files");
    ASSERT_TRUE(reading.step());
    for (int round = 0; round < 18; ++round) rewrite(round);
    EXPECT_GT(fs::file_size(beside("-wal")), kLongestJournal) << "else nothing is tested";
    EXPECT_EQ(select(config.db, "SELECT body ->> 'n' FROM documents WHERE length(body) > 1000000"),
              "17");
  }
  for (int round = 18; round < 20; ++round) rewrite(round);
  EXPECT_LE(fs::file_size(beside("-wal")), kLongestJournal);
  fs::remove(tree() / "sessions/s1/plan.json");
  changed("sessions/s1/plan.json");
  expect_equal_to_a_fresh_one(0);
}

TEST_F(MirrorTroubleTest, AReaderNeverCheckpoints) {
  checkpoint();
  const std::string bytes = testing::read(config.db);
  stop();
  // A loop that is killed leaves a journal, and the reader is the only one who has the mirror open.
  const pid_t child = ::fork();
  if (child == 0) {
    write("sessions/s9/state.json", state_json("s9", "in the journal"));
    ::_exit(start() && settle(1) ? 0 : 1);
  }
  int code = 0;
  ::waitpid(child, &code, 0);
  ASSERT_EQ(code, 0);
  const auto journal = fs::file_size(beside("-wal"));
  EXPECT_GT(journal, 0U);
  EXPECT_THAT(select(config.db, kAllTopics), HasSubstr("in the journal"));
  EXPECT_EQ(fs::file_size(beside("-wal")), journal);
  EXPECT_EQ(testing::read(config.db), bytes);
}

// On a disk of its own, small enough to be filled. Only root may mount one.
class FullDiskTest : public MirrorTroubleTest {
 protected:
  void SetUp() override {
    fs::create_directories(disk());
    if (::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=3m") != 0) {
      GTEST_SKIP() << "no disk can be mounted here: " << std::strerror(errno);
    }
    MirrorTroubleTest::SetUp();
  }
  void TearDown() override {
    MirrorTroubleTest::TearDown();
    ::umount2(disk().c_str(), MNT_DETACH);
  }
  fs::path disk() const { return config.db.parent_path(); }
};

TEST_F(FullDiskTest, WhatHasNoSpaceWaitsUntilThereIsSome) {
  const std::string body(500'000, 'x');
  for (int i = 0; i < 20; ++i) {
    const std::string path = "sessions/s1/plan" + std::to_string(i) + ".json";
    write(path, "{\"body\": \"" + body + "\"}");
    changed(path);
  }
  EXPECT_FALSE(settle(5));
  EXPECT_THAT(status.get().last_error, HasSubstr("free some space"));
  EXPECT_EQ(integrity(), "ok") << "readers go on";
  EXPECT_THAT(select(config.db, kAllTopics), HasSubstr("old"));
  ASSERT_EQ(::mount("tmpfs", disk().c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  expect_equal_to_a_fresh_one(0);
  EXPECT_EQ(set_aside(), 0U);
}

class MirrorLockTest : public MirrorTroubleTest {
 protected:
  void SetUp() override {
    ours.emplace(config.db);
    lock = &*ours;
    MirrorTroubleTest::SetUp();
  }
  std::optional<tain::mirror::WriterLock> ours;
};

TEST_F(MirrorLockTest, ALockFileThatIsRemovedIsMadeAgainAndASecondWriterIsRefused) {
  fs::remove(beside(".lock"));
  expect_equal_to_a_fresh_one();
  EXPECT_TRUE(ours->is_held());
  EXPECT_THROW(tain::mirror::WriterLock{config.db}, Error);
}

TEST_F(MirrorLockTest, WhoFindsItsLockTakenByAnotherNeverWritesAgain) {
  fs::remove(beside(".lock"));
  const tain::mirror::WriterLock theirs(config.db);
  const std::string before = dump();
  for (const auto& change : changes()) change();
  EXPECT_THROW(loop->turn(), tain::mirror::LockLost);
  EXPECT_THROW(loop->run(), tain::mirror::LockLost);
  EXPECT_EQ(dump(), before);
}

// The two transactions exclude each other, so the last moment to look is inside one's own.
TEST_F(MirrorLockTest, ALockThatIsLostBetweenTheLookAndTheTransactionStopsTheTransaction) {
  tain::mirror::MirrorWriter writer(config.db, schema, now, &*ours);
  bool wrote = false;
  fs::remove(beside(".lock"));
  const tain::mirror::WriterLock theirs(config.db);
  EXPECT_THROW(writer.transact([&] { wrote = true; }), Error);
  EXPECT_FALSE(wrote);
  EXPECT_THROW(ours->regain(), tain::mirror::LockLost);
}

TEST_F(MirrorLockTest, WhatAnotherWriterDidMeanwhileIsBuiltUpon) {
  fs::remove(beside(".lock"));
  std::int64_t seq = 0;
  {
    const tain::mirror::WriterLock theirs(config.db);
    tain::mirror::MirrorWriter writer(config.db, schema, now, &theirs);
    writer.transact([&] {  // another configuration: no roots at all
      for (const std::string& path : writer.ledger().retain_roots({})) {
        FileSync::remove(writer, path);
      }
    });
    seq = writer.ledger().seq();
  }
  EXPECT_EQ(select(config.db, "SELECT count(*) FROM files"), "0");
  expect_equal_to_a_fresh_one();
  EXPECT_GT(status.get().seq, seq) << "the feed goes on where the other one left it";
}

}  // namespace
}  // namespace tain::syncd
