// Whether a loop is alive, and what the mirror and its readers are told of that.

#include <gtest/gtest.h>
#include <unistd.h>

#include <semaphore>
#include <thread>

#include "tests/support/sync_loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::kStatePath;
using testing::select;

class SyncLoopLife : public testing::SyncLoopFixture {};

TEST_F(SyncLoopLife, TheMirrorSaysWhoWritesItAndWhetherHeIsAlive) {
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

TEST_F(SyncLoopLife, AnIdleLoopGivesSignsOfLife) {
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

TEST_F(SyncLoopLife, WhatWentWrongStaysToBeReadInTheMirror) {
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

TEST_F(SyncLoopLife, ALoopThatWaitsIsAlive) {
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

TEST_F(SyncLoopLife, ALoopThatHangsIsNotAlive) {
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

TEST_F(SyncLoopLife, ALoopThatScansIsAlive) {
  AskingWatcher asking;
  SyncLoop loop(config, layouts, schema, dirty, asking, status);
  asking.loop = &loop;
  EXPECT_EQ(loop.turn(), Turn::worked);
  EXPECT_EQ(asking.alive, std::vector<bool>(5, true)) << "the root, and those above the state file";
}

TEST_F(SyncLoopLife, AStopWhileAMirrorIsFinishedIsPromptAndLeavesTheRestToTheNextStart) {
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

}  // namespace
}  // namespace tain::syncd
