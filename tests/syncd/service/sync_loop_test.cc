#include "syncd/service/sync_loop.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/loop_fixture.h"
#include "tests/support/sync_loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::kAllTopics;
using testing::kStatePath;
using testing::select;
using testing::state_json;
namespace fs = std::filesystem;

class SyncLoopTest : public testing::SyncLoopFixture {};

TEST_F(SyncLoopTest, TellsHowFarACatchUpIsAndOfNothingAfterIt) {
  for (int i = 0; i < 4500; ++i) {  // more than one batch
    testing::write(directory / "tree/p/.tain/sessions" / std::to_string(i) / "state.json", "{}");
  }
  SyncLoop loop = make();
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  loop.on_catching_up = [&](auto done, auto total) { told.emplace_back(done, total); };
  while (loop.turn() == Turn::worked) {
  }
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told.front().first, 0);  // the scan
  for (const auto& [done, total] : told) {
    EXPECT_GE(total, 4501);  // a slow batch leaves some to the next, which looks again
    EXPECT_LE(done, total);
  }
  told.clear();
  write_topic("two");
  dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
  while (loop.turn() == Turn::worked) {
  }
  EXPECT_TRUE(told.empty());
  loop.rebuild();
  while (loop.turn() == Turn::worked) {
  }
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().first, 0);
  EXPECT_GE(told.front().second, 4501);
}

TEST_F(SyncLoopTest, CatchingUpBringsEverythingIn) {
  SyncLoop loop = make();
  loop.catch_up();
  EXPECT_EQ(select(config.db, kAllTopics), "one");
  EXPECT_EQ(status.get().last_error, "");
}

TEST_F(SyncLoopTest, ABarrierRightAfterTheStartWaitsForTheFirstScan) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "one");
  });
}

TEST_F(SyncLoopTest, AMirrorThatWasDeletedIsBuiltAnewBeforeABarrierIsReached) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    fs::remove(config.db);
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "one");
  });
}

TEST_F(SyncLoopTest, AMirrorThatIsDeletedUnderAReaderDoesNotMeetTheOldOnesJournal) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    const sqlite::Database reader = tain::mirror::open_for_reading(config.db);
    sqlite::Statement reading = reader.prepare("SELECT path FROM files");
    ASSERT_TRUE(reading.step());
    fs::remove(config.db);  // and not its -wal and -shm
    write_topic("two");
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "two");
    EXPECT_EQ(select(config.db, "PRAGMA integrity_check"), "ok");
  });
  EXPECT_EQ(set_aside(), 0);
}

TEST_F(SyncLoopTest, AMirrorThatCannotBeBegunAtOnceIsBegunLater) {
  const fs::path other = directory / "other.db";
  const auto rename_roots = [](const fs::path& mirror, const std::string& from,
                               const std::string& to) {
    sqlite::Database database(mirror, sqlite::Database::Mode::read_write);
    database.run("ALTER TABLE " + from + " RENAME TO " + to);
  };
  { const tain::mirror::MirrorWriter made(other, schema, now); }
  rename_roots(other, "roots", "hidden");
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    fs::rename(other, config.db);
    dirty.wake();
    while (status.get().last_error.empty()) std::this_thread::yield();
    rename_roots(config.db, "hidden", "roots");
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "one");
  });
}

TEST_F(SyncLoopTest, ADatabaseThatFailsIsTriedAgainAndSaysSoMeanwhile) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("ALTER TABLE sessions RENAME TO hidden");
    write_topic("two");
    dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
    while (status.get().last_error.empty()) std::this_thread::yield();
    other.run("ALTER TABLE hidden RENAME TO sessions");
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "two");
    while (!status.get().last_error.empty()) std::this_thread::yield();
  });
}

TEST_F(SyncLoopTest, AMirrorThatBreaksWhileItIsWrittenIsSetAsideAndBuiltAnew) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    {
      sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
      other.run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    damage();
    write_topic("two");
    dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
    flush();
    while (set_aside() == 0) {
      write_topic("three");
      dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
      flush();
    }
    write_topic("four");
    dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "four");
  });
  EXPECT_EQ(set_aside(), 1);
}

TEST_F(SyncLoopTest, AMirrorThatWasBrokenBeforeTheStartIsSetAsideAndBuiltAnew) {
  { make().catch_up(); }
  damage();
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "one");
  });
  EXPECT_EQ(set_aside(), 1);
}

TEST_F(SyncLoopTest, ASingleCatchUpReplacesABrokenMirrorToo) {
  { make().catch_up(); }
  damage();
  SyncLoop loop = make();
  loop.catch_up();
  EXPECT_EQ(select(config.db, kAllTopics), "one");
  EXPECT_EQ(set_aside(), 1);
}

TEST_F(SyncLoopTest, AMirrorOfAnotherVersionIsReplacedWhenTheNewOneIsComplete) {
  { make().catch_up(); }
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("PRAGMA user_version = 9999");
  }
  write_topic("two");
  const sqlite::Database reader(config.db, sqlite::Database::Mode::read_only);
  SyncLoop loop = make();
  loop.catch_up();
  EXPECT_EQ(select(config.db, kAllTopics), "two");
  EXPECT_EQ(select(reader, kAllTopics), "one") << "whoever still reads the old one";
}

// One whose log can be read.
class LoggedLoopTest : public testing::LoopFixture {
 protected:
  // Transcripts of versions that no test has seen.
  void write_transcripts(const std::string& name) {
    testing::write(home() / ".claude/projects/-p" / (name + ".jsonl"),
                   R"({"type":"user","sessionId":"s","version":"99.0.1","uuid":"u"})"
                   "\n");
    testing::write(home() / ".codex/sessions/2026/05/13" / ("rollout-" + name + ".jsonl"),
                   R"({"type":"session_meta","payload":{"id":"c","cli_version":"99.0.2"}})"
                   "\n");
  }
  void look_at_everything() {
    dirty.mark(home().string(), Scope::tree);
    EXPECT_TRUE(settle(1));
  }
  fs::path home() const { return directory / "tree"; }
  std::size_t times_logged(const std::string& text) const {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = log().find(text, at)) != std::string::npos; ++at) ++times;
    return times;
  }
};

TEST_F(LoggedLoopTest, ANewerVersionOfAFormatIsToldOnceOfEachLayout) {
  write_transcripts("one");
  write_transcripts("two");
  ASSERT_TRUE(start()) << start_error;
  look_at_everything();
  write_transcripts("three");
  look_at_everything();
  loop->rebuild();
  look_at_everything();
  loop->reconfigure(config);
  write_transcripts("four");
  look_at_everything();
  EXPECT_EQ(times_logged("99.0.1 of claude-code is newer than"), 1U) << log();
  EXPECT_EQ(times_logged("99.0.2 of codex is newer than"), 1U) << log();
  EXPECT_EQ(select(config.db, "SELECT count(*) FROM anomalies WHERE kind = 'newer format'"), "8");
  begin_run();
  ASSERT_TRUE(start()) << start_error;
  look_at_everything();
  EXPECT_EQ(times_logged(" is newer than"), 0U) << "nothing new was read: " << log();
}

TEST_F(SyncLoopTest, OtherRootsAreMirroredWhenTheOrderIsDone) {
  const std::string other = (directory / "other").string();
  testing::write(other + "/" + kStatePath, state_json("s2", "two"));
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    Config both = config;
    both.roots.push_back(other);
    wait_for(loop.reconfigure(both));
    EXPECT_EQ(select(config.db, kAllTopics), "one two");
    Config second = config;
    second.roots = {other};
    wait_for(loop.reconfigure(second));
    EXPECT_EQ(select(config.db, kAllTopics), "two");
    EXPECT_EQ(select(config.db, "SELECT path FROM roots"), other);
  });
}

// A reload beside somebody who keeps the mirror locked: the order is given again until it is done,
// and until then the mirror counts by the prices that it had.
TEST_F(SyncLoopTest, OtherPricesForALockedMirrorAreTakenWhenItIsFree) {
  testing::write(directory / "tree/.claude/projects/p/a.jsonl",
                 R"({"type":"assistant","timestamp":"2026-01-01T10:00:00Z","message":{"id":"m1",)"
                 R"("model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":0,)"
                 R"("output_tokens":100000}}})"
                 "\n");
  testing::write(directory / "prices.json",
                 R"({"models": {"claude-sonnet-4-5": {"input": 0, "output": 2}}})");
  Config cheaper = config;
  cheaper.prices = tain::mirror::PriceTable::with_overrides(directory / "prices.json");
  const auto cost = [&] { return select(config.db, "SELECT round(sum(cost_usd), 2) FROM usage"); };
  SyncLoop loop = make();
  loop.catch_up();
  EXPECT_EQ(cost(), "1.5");
  sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
  other.run("BEGIN IMMEDIATE");
  const std::uint64_t order = loop.reconfigure(cheaper);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(loop.turn(), Turn::failed);
    EXPECT_NE(status.get().last_error, "");
    EXPECT_LT(status.get().orders_done, order);
    EXPECT_EQ(cost(), "1.5");
  }
  other.run("ROLLBACK");
  while (loop.turn() == Turn::worked) {
  }
  EXPECT_EQ(status.get().last_error, "");
  EXPECT_EQ(status.get().orders_done, order);
  EXPECT_EQ(cost(), "0.2");
}

TEST_F(SyncLoopTest, ARebuildServesTheOldMirrorUntilTheNewOneIsComplete) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    const std::string made = select(config.db, "SELECT value FROM meta WHERE key = 'created_at'");
    sqlite::Database(config.db, sqlite::Database::Mode::read_write)
        .run("UPDATE sessions SET topic = 'wrong'");
    const sqlite::Database reader = tain::mirror::open_for_reading(config.db);
    wait_for(loop.rebuild());
    EXPECT_EQ(select(config.db, kAllTopics), "one");
    EXPECT_EQ(select(reader, kAllTopics), "wrong") << "whoever still reads the old one";
    EXPECT_NE(select(config.db, "SELECT value FROM meta WHERE key = 'created_at'"), made);
    write_topic("two");
    dirty.mark((directory / "tree" / kStatePath).string(), Scope::file);
    flush();
    EXPECT_EQ(select(config.db, kAllTopics), "two") << "it goes on with the new one";
  });
  EXPECT_FALSE(fs::exists(config.db.string() + ".new"));
}

}  // namespace
}  // namespace tain::syncd
