// Every call that SQLite makes on the mirror's files fails in turn, once or until it is healed: the
// loop lives and says so, and afterwards the mirror equals a fresh one.

#include <gmock/gmock.h>

#include "tests/support/fault_vfs.h"
#include "tests/support/loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::FaultVfs;
using testing::LoopFixture;
using testing::select;
using testing::Trouble;
namespace fs = std::filesystem;

constexpr std::size_t kMostSetAside = 3;

class MirrorFaultsTest : public LoopFixture {
 protected:
  MirrorFaultsTest() {
    write_tree();
    EXPECT_TRUE(start() && settle(1)) << start_error << log();
    stop();
    fs::copy_file(config.db, image());
    for (const auto& change : changes()) change();
    dirty.take(100);
    dirty.done();
    expected_ = fresh_dump();
  }

  fs::path image() const { return directory / "image.db"; }

  // The tree as it was, and a mirror of it (of schema `version`).
  void restore() {
    begin_run();
    write_tree();
    fs::remove_all(config.db.parent_path());
    fs::create_directory(config.db.parent_path());
    fs::copy_file(image(), config.db);
  }

  // The catch-up at a start and all changes, as far as they go.
  void work(int patience) {
    if (!start()) {
      EXPECT_THAT(start_error, ::testing::HasSubstr(config.db.string()));
    }
    if (loop) settle(patience);
    for (const auto& change : changes()) {
      change();
      if (loop) settle(patience);
    }
  }

  // What is to be true when the trouble is over.
  void expect_settled() {
    if (!loop) {
      ASSERT_TRUE(start()) << start_error;
    }
    ASSERT_TRUE(settle(2)) << status.get().last_error;
    EXPECT_EQ(status.get().last_error, "");
    EXPECT_EQ(loop->pause().count(), 0);
    EXPECT_EQ(dirty.size(), 0U);
  }

  // One run with one fault; false when it ended before the fault's turn.
  bool survives_once(Trouble trouble, int nth) {
    vfs.inject(trouble, nth, false);
    work(2);
    expect_settled();
    stop();  // to end is a part of the work
    const bool injected = vfs.injected() > 0;
    vfs.heal();
    EXPECT_EQ(dump(), expected_);
    return injected;
  }

  bool survives_until_healed(Trouble trouble, int nth) {
    vfs.inject(trouble, nth, true);
    work(1);
    const bool injected = vfs.injected() > 0;
    vfs.heal();
    expect_settled();
    EXPECT_EQ(dump(), expected_);
    stop();
    return injected;
  }

  void check_what_was_set_aside(Trouble trouble) const {
    const bool damages = trouble == Trouble::corrupt || trouble == Trouble::not_a_database;
    if (!damages) {
      EXPECT_EQ(set_aside(), 0U) << "a mirror that is not damaged";
    }
    EXPECT_LE(set_aside(), kMostSetAside);
    failed_runs_ += failures > 0 || !start_error.empty() ? 1 : 0;
  }

  // Answers how many runs met the trouble.
  int sweep(Trouble trouble, bool persistent, int step = 1) {
    failed_runs_ = 0;
    for (int runs = 0;; ++runs) {
      const int nth = 1 + runs * step;
      SCOPED_TRACE(::testing::Message() << "call " << nth << (persistent ? " and after" : ""));
      restore();
      start_error.clear();
      const bool injected =
          persistent ? survives_until_healed(trouble, nth) : survives_once(trouble, nth);
      check_what_was_set_aside(trouble);
      if (!injected || HasFailure()) return runs;
    }
  }

  FaultVfs vfs;
  std::string expected_;
  mutable int failed_runs_ = 0;  // of the last sweep: runs in which something was told
};

TEST_F(MirrorFaultsTest, AnIoErrorAtAnyCallDelaysAndLosesNothing) {
  EXPECT_GE(sweep(Trouble::io_error, false), 250);
  EXPECT_GE(failed_runs_, 150);
}

TEST_F(MirrorFaultsTest, IoErrorsFromAnyCallOnDelayAndLoseNothing) {
  const int runs = sweep(Trouble::io_error, true, 2);
  EXPECT_GE(runs, 100);
  EXPECT_GE(failed_runs_, runs * 9 / 10);
}

TEST_F(MirrorFaultsTest, ADiskThatIsFullAtAnyCallDelaysAndLosesNothing) {
  for (const bool persistent : {false, true}) {
    EXPECT_GE(sweep(Trouble::disk_full, persistent), 80);
    EXPECT_GE(failed_runs_, 80);
  }
}

// Once is never seen: SQLite asks again.
TEST_F(MirrorFaultsTest, AMirrorThatIsBusyAtAnyCallDelaysAndLosesNothing) {
  EXPECT_GE(sweep(Trouble::busy, false), 25);
  EXPECT_GE(sweep(Trouble::busy, true), 25);
  EXPECT_GE(failed_runs_, 25);
}

TEST_F(MirrorFaultsTest, AMirrorThatIsDamagedAtAnyCallIsSetAsideAndBuiltAnew) {
  EXPECT_GE(sweep(Trouble::corrupt, false), 60);
  EXPECT_GE(failed_runs_, 40);
  EXPECT_GE(sweep(Trouble::corrupt, true, 3), 20);
  EXPECT_GE(failed_runs_, 20);
  EXPECT_GE(sweep(Trouble::not_a_database, false, 4), 15);
  EXPECT_GE(failed_runs_, 10);
}

TEST_F(MirrorFaultsTest, AMirrorThatIsReadOnlyFromAnyCallOnDelaysAndLosesNothing) {
  EXPECT_GE(sweep(Trouble::read_only, true, 2), 40);
  EXPECT_GE(failed_runs_, 40);
}

TEST_F(MirrorFaultsTest, MemoryThatRunsOutDelaysAndLosesNothing) {
  EXPECT_GE(sweep(Trouble::out_of_memory, false, 5), 50);
  EXPECT_GE(failed_runs_, 30);
}

TEST_F(MirrorFaultsTest, AMirrorThatCannotBeMadeIsMadeAtTheNextStart) {
  const std::string tables = "SELECT count(*) FROM sqlite_schema";
  const std::string all_tables = select(image(), tables);
  for (const Trouble trouble : {Trouble::io_error, Trouble::disk_full}) {
    int failed_starts = 0;
    for (int nth = 1;; nth += 7) {
      SCOPED_TRACE(::testing::Message() << "call " << nth);
      fs::remove_all(config.db.parent_path());
      vfs.inject(trouble, nth, false);
      const bool started = start();
      const bool injected = vfs.injected() > 0;
      vfs.heal();
      stop();
      ASSERT_TRUE(started || start()) << start_error;
      stop();
      EXPECT_EQ(select(config.db, tables), all_tables);
      EXPECT_EQ(integrity(), "ok");
      EXPECT_EQ(set_aside(), 0U);
      if (!injected) break;
      failed_starts += started ? 0 : 1;
    }
    EXPECT_GE(failed_starts, 25);
  }
}

TEST_F(MirrorFaultsTest, AMirrorOfAnotherVersionIsReplacedWholeWhateverFailsOnTheWay) {
  {
    sqlite::Database other(image(), sqlite::Database::Mode::read_write);
    other.run("PRAGMA user_version = 9999");
  }
  for (const bool persistent : {false, true}) {
    EXPECT_GE(sweep(Trouble::io_error, persistent, 25), 20);
    EXPECT_GE(failed_runs_, 15);
  }
}

}  // namespace
}  // namespace tain::syncd
