#include "syncd/service/sync_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <semaphore>
#include <sstream>
#include <thread>

#include "tests/support/loop_fixture.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::kAllTopics;
using testing::kStatePath;
using testing::select;
using testing::state_json;
using testing::TempDir;
namespace fs = std::filesystem;

class SyncLoopTest : public ::testing::Test {
 protected:
  SyncLoopTest() {
    config.roots = {(directory / "tree").string()};
    config.db = directory / "m.db";
    config.pruned = Scanner::default_pruned();
    write_topic("one");
  }
  void write_topic(const std::string& topic) {
    testing::write(directory / "tree" / kStatePath, state_json("s1", topic));
  }
  // Overwrites the page of the roots and that of the sessions, which nobody looks at when a mirror
  // is opened.
  void damage() const {
    std::istringstream pages(select(
        config.db, "SELECT rootpage FROM sqlite_schema WHERE name IN ('roots', 'sessions')"));
    std::fstream file(config.db, std::ios::in | std::ios::out | std::ios::binary);
    for (std::int64_t page = 0; pages >> page;) {
      file.seekp((page - 1) * 4096) << std::string(4096, '\xee');
    }
  }
  std::size_t set_aside() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      count += entry.path().string().find(".corrupt-") != std::string::npos ? 1 : 0;
    }
    return count;
  }
  SyncLoop make() { return {config, layouts, schema, dirty, watcher, status}; }
  // Runs the loop on a thread of its own while `work` is done.
  template <class Work>
  void while_running(SyncLoop& loop, const Work& work) {
    const std::jthread thread([&] { loop.run(); });
    const std::unique_ptr<DirtySet, void (*)(DirtySet*)> closed_before_the_join(
        &dirty, [](DirtySet* open) { open->close(); });
    work();
  }
  void flush() {
    const Generation barrier = dirty.barrier();
    while (!dirty.reached(barrier)) std::this_thread::yield();
  }

  void wait_for(std::uint64_t order) {
    flush();
    while (status.get().orders_done < order) std::this_thread::yield();
  }
  void write_long_body() {
    testing::write(directory / "tree/p/.tain/sessions/s1/events.jsonl",
                   R"({"id": "a", "body": ")" + std::string(100, 'x') + "\"}\n");
  }

  TempDir directory;
  Config config;
  const tain::mirror::Schema schema;
  const Layouts layouts{schema};
  DirtySet dirty;
  NoWatcher watcher;
  SharedStatus status;
};

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

TEST_F(SyncLoopTest, TheMirrorSaysWhoWritesItAndWhetherHeIsAlive) {
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    EXPECT_EQ(select(config.db, "SELECT pid, stopped_at IS NULL, batches > 0 FROM daemon"),
              std::to_string(::getpid()) + "|1|1");
    EXPECT_EQ(select(config.db, "SELECT daemon FROM freshness"), "running");
  });
  EXPECT_EQ(select(config.db, "SELECT stopped_at >= alive_at FROM daemon"), "1");
  EXPECT_EQ(select(config.db, "SELECT daemon, files_on_disk, files_mirrored FROM freshness"),
            "stopped|1|1");
  sqlite::Database(config.db, sqlite::Database::Mode::read_write)
      .run("UPDATE daemon SET stopped_at = NULL, alive_at = alive_at - 121000");
  EXPECT_EQ(select(config.db, "SELECT daemon FROM freshness"), "silent");
}

TEST_F(SyncLoopTest, AnIdleLoopGivesSignsOfLife) {
  config.heartbeat_interval = std::chrono::milliseconds(0);
  SyncLoop loop = make();
  while_running(loop, [&] {
    flush();
    sqlite::Database(config.db, sqlite::Database::Mode::read_write)
        .run("UPDATE daemon SET alive_at = 0");
    dirty.wake();
    while (select(config.db, "SELECT alive_at FROM daemon") == "0") std::this_thread::yield();
    EXPECT_EQ(select(config.db, "SELECT alive_at > 1700000000000 FROM daemon"), "1");
  });
}

TEST_F(SyncLoopTest, WhatWentWrongStaysToBeReadInTheMirror) {
  config.heartbeat_interval = std::chrono::milliseconds(0);
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
    dirty.wake();
    while (select(config.db, "SELECT last_error IS NULL FROM daemon") == "1") {
      std::this_thread::yield();
    }
    EXPECT_NE(select(config.db, "SELECT last_error FROM daemon").find("sessions"),
              std::string::npos);
  });
}

TEST_F(SyncLoopTest, ALoopThatWaitsIsAlive) {
  SyncLoop loop = make();
  EXPECT_FALSE(loop.is_alive()) << "nobody runs it";
  while_running(loop, [&] {
    flush();
    // Of two calls in a row only the first can have seen it get on: idle is alive, too.
    while (!loop.is_alive() || !loop.is_alive()) std::this_thread::yield();
  });
}

// Hangs in watch() until it is let go, as a dead network mount does.
class HangingWatcher final : public Watcher {
 public:
  bool watch(const std::string& /*directory*/) override {
    hanging_.release();
    go_.acquire();
    go_.release();
    return true;
  }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return 0; }
  std::string trouble() const override { return {}; }

  void wait_until_it_hangs() { hanging_.acquire(); }
  void let_go() { go_.release(); }

 private:
  std::counting_semaphore<> hanging_{0};
  std::counting_semaphore<> go_{0};
};

TEST_F(SyncLoopTest, ALoopThatHangsIsNotAlive) {
  HangingWatcher hanging;
  SyncLoop loop(config, layouts, schema, dirty, hanging, status);
  while_running(loop, [&] {
    hanging.wait_until_it_hangs();
    loop.is_alive();  // it had got on until here
    EXPECT_FALSE(loop.is_alive());
    EXPECT_FALSE(loop.is_alive());
    hanging.let_go();
    flush();
    while (!loop.is_alive()) std::this_thread::yield();
  });
}

// Asks the loop on its own thread, at each directory that is scanned.
class AskingWatcher final : public Watcher {
 public:
  bool watch(const std::string& /*directory*/) override {
    alive.push_back(loop->is_alive());
    return true;
  }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return 0; }
  std::string trouble() const override { return {}; }

  SyncLoop* loop = nullptr;
  std::vector<bool> alive;
};

TEST_F(SyncLoopTest, ALoopThatScansIsAlive) {
  AskingWatcher asking;
  SyncLoop loop(config, layouts, schema, dirty, asking, status);
  asking.loop = &loop;
  EXPECT_EQ(loop.turn(), Turn::worked);
  EXPECT_EQ(asking.alive, std::vector<bool>(5, true)) << "the root, and those above the state file";
}

TEST_F(SyncLoopTest, AStopWhileAMirrorIsFinishedIsPromptAndLeavesTheRestToTheNextStart) {
  constexpr const char* kLoading = "SELECT count(*) FROM meta WHERE key = 'loading'";
  std::string sessions;
  for (int i = 0; i < 2000; ++i) sessions += (i == 0 ? "\"s" : ", \"s") + std::to_string(i) + '"';
  testing::write(directory / "tree/p/.tain/tasks/t1/task.json",
                 R"({"id": "t1", "title": "T", "session_ids": [)" + sessions + "]}");
  {
    SyncLoop loop = make();
    EXPECT_EQ(loop.turn(), Turn::worked);  // the scan
    dirty.close();                         // which no single file asks for
    EXPECT_EQ(loop.turn(), Turn::worked);
    loop.run();
    EXPECT_EQ(select(config.db, "SELECT count(*) FROM task_sessions"), "2000");
    EXPECT_EQ(select(config.db, kLoading), "1");
    EXPECT_EQ(select(config.db, "SELECT stopped_at IS NULL FROM daemon"), "0");
    EXPECT_EQ(status.get().last_failure, "");
  }
  DirtySet open;
  SyncLoop next(config, layouts, schema, open, watcher, status);
  next.catch_up();
  EXPECT_EQ(select(config.db, kLoading), "0");
  EXPECT_EQ(select(config.db, "SELECT count(*) FROM tasks_search WHERE tasks_search MATCH 'T'"),
            "1");
}

constexpr const char* kLeftInFile = "SELECT left_in_file FROM events";

TEST_F(SyncLoopTest, AMirrorOfOtherLimitsIsReplacedWhenTheNewOneIsComplete) {
  write_long_body();
  { make().catch_up(); }
  EXPECT_EQ(select(config.db, kLeftInFile), "");
  config.limits.max_body = 64;
  {
    const sqlite::Database reader(config.db, sqlite::Database::Mode::read_only);
    SyncLoop loop = make();
    while_running(loop, [&] {
      flush();
      while (status.get().rebuilding) std::this_thread::yield();
      EXPECT_EQ(select(config.db, kLeftInFile), R"(["body"])");
      EXPECT_EQ(select(reader, kLeftInFile), "") << "whoever still reads the old one";
    });
  }
  EXPECT_FALSE(fs::exists(config.db.string() + ".new"));
}

TEST_F(SyncLoopTest, AMirrorThatDoesNotSayItsLimitsIsBuiltAnewToo) {
  write_long_body();
  { make().catch_up(); }
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("DELETE FROM meta WHERE key = 'settings'; UPDATE events SET left_in_file = 'x'");
  }
  make().catch_up();
  EXPECT_EQ(select(config.db, kLeftInFile), "");
}

TEST_F(SyncLoopTest, AMirrorOfTheSameLimitsIsKeptWhateverElseWasChanged) {
  { make().catch_up(); }
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("INSERT INTO meta VALUES('mark', 1)");
  }
  config.pruned.insert("p");
  config.limits.log_budget = 7;
  make().catch_up();
  EXPECT_EQ(select(config.db, "SELECT value FROM meta WHERE key = 'mark'"), "1");
  EXPECT_EQ(select(config.db, kAllTopics), "") << "below what is pruned now";
  const auto settings =
      parse_settings(select(config.db, "SELECT value FROM meta WHERE key = 'settings'"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->pruned, config.pruned);
}

TEST_F(SyncLoopTest, AMirrorThatHoldsWhatItMustNotAnyMoreIsBuiltAnew) {
  constexpr const char* kTopicsKept =
      "SELECT (SELECT count(topic) FROM sessions), (SELECT count(*) FROM documents WHERE "
      "body LIKE '%\"topic\": \"%')";
  { make().catch_up(); }
  EXPECT_EQ(select(config.db, kTopicsKept), "1|1");
  config.redaction.drop = {"topic"};
  make().catch_up();
  EXPECT_EQ(select(config.db, kTopicsKept), "0|0");
}

TEST_F(SyncLoopTest, ARebuildThatWasCutShortIsBegunAgain) {
  write_long_body();
  { make().catch_up(); }
  config.limits.max_body = 64;
  {
    const SyncLoop cut_short = make();
    testing::write(config.db.string() + ".new", "half");
  }
  make().catch_up();
  EXPECT_EQ(select(config.db, kLeftInFile), R"(["body"])");
}

}  // namespace
}  // namespace tain::syncd
