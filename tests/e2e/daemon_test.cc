// The real daemon and real files, as a user has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::Finished;
using ::testing::HasSubstr;
using testing::milliseconds;
using testing::run_tain_syncd;
using testing::tain_syncd;
namespace fs = std::filesystem;

constexpr const char* kTopics =
    "SELECT group_concat(topic) FROM (SELECT topic FROM sessions ORDER BY topic)";

// Durability matters to no reader of these tests, and fsync would be most of their time.
const StateOptions kFast = {.durability = Durability::none};

SessionOptions silent() {
  return {{kFast, SyncNotifier(fs::path())}};
}

// Everything in a tree that a writer could have touched.
std::map<std::string, std::string> listing(const fs::path& tree) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    struct stat status = {};
    ::lstat(entry.path().c_str(), &status);
    found[entry.path()] = std::to_string(status.st_ino) + " " + std::to_string(status.st_size) +
                          " " + std::to_string(status.st_mtim.tv_sec) + "." +
                          std::to_string(status.st_mtim.tv_nsec) + " " +
                          std::to_string(status.st_ctim.tv_nsec);
  }
  return found;
}

class DaemonTest : public ::testing::Test {
 protected:
  static SessionStateManager new_session(const fs::path& project, const std::string& topic) {
    return SessionStateManager::create(project, {.topic = topic}, silent());
  }
  DaemonFixture daemon;
};

TEST_F(DaemonTest, EverySaveIsARowAfterAFlush) {
  daemon.start();
  SessionStateManager session = new_session(daemon.root() / "p", "0");
  for (int i = 1; i <= 500; ++i) {
    session.state().topic = std::to_string(i);
    session.save();
    daemon.flush();
    ASSERT_EQ(daemon.select(kTopics), std::to_string(i));
  }
}

TEST_F(DaemonTest, EveryEventIsARowAfterAFlush) {
  daemon.start();
  SessionStateManager session = new_session(daemon.root() / "p", "t");
  for (int i = 1; i <= 200; ++i) {
    session.append_event({.type = "log"});
    daemon.flush();
    ASSERT_EQ(daemon.select("SELECT count(*) FROM events"), std::to_string(i));
  }
}

TEST_F(DaemonTest, ASaveIsSeenByItsNotificationToo) {
  daemon.start();
  SessionStateManager session = SessionStateManager::create(
      daemon.root() / "p", {.topic = "told"}, {{kFast, SyncNotifier(daemon.socket())}});
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "told");
}

TEST_F(DaemonTest, WhatWasThereBeforeTheStartIsThereAfterAFlush) {
  for (int i = 0; i < 50; ++i) {
    new_session(daemon.root() / ("p" + std::to_string(i)), "t");
  }
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions"), "50");
}

TEST_F(DaemonTest, ProjectsThatAreMadeMovedAndRemovedWhileItRunsAreFollowed) {
  daemon.start();
  for (int i = 0; i < 20; ++i) {
    const fs::path project = daemon.root() / "deep/er" / ("p" + std::to_string(i));
    create_project(project, {.name = "P"}, kFast);
    SessionStateManager session = new_session(project, "a");
    daemon.flush();
    ASSERT_EQ(daemon.select("SELECT root FROM projects"), project.string());
    const fs::path moved = daemon.root() / "moved" / ("q" + std::to_string(i));
    fs::create_directories(moved.parent_path());
    fs::rename(project, moved);
    daemon.flush();
    ASSERT_EQ(daemon.select("SELECT root FROM projects"), moved.string());
    SessionStateManager again = SessionStateManager::open(
        moved / ".tain/sessions" / session.directory().filename(), silent());
    again.state().topic = "b";
    again.save();
    daemon.flush();
    ASSERT_EQ(daemon.select(kTopics), "b") << "events flow under the new name";
    fs::remove_all(moved);
    daemon.flush();
    ASSERT_EQ(daemon.select("SELECT count(*) FROM files"), "0");
    ASSERT_EQ(daemon.select("SELECT count(*) FROM projects"), "0");
  }
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(DaemonTest, AKillInTheMiddleOfABurstLosesNothing) {
  for (int round = 0; round < 5; ++round) {
    daemon.start();
    SessionStateManager session =
        new_session(daemon.root() / ("p" + std::to_string(round)), "begun");
    for (int i = 0; i < 300; ++i) {
      session.append_event({.type = "log"});
      if (i % 10 == 0) {
        session.state().topic = std::to_string(i);
        session.save();
      }
      if (i == 40 * (round + 1)) daemon.kill();
    }
  }
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM events"), "1500");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(DaemonTest, SigtermLeavesWithinASecondAndRemovesTheSockets) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  EXPECT_TRUE(fs::exists(daemon.socket()));
  EXPECT_TRUE(fs::exists(daemon.socket().string() + ".notify"));
  daemon.process().send(SIGTERM);
  EXPECT_TRUE(daemon.process().ends_within(milliseconds(1000)));
  EXPECT_EQ(daemon.process().wait(), 0) << daemon.log();
  EXPECT_TRUE(fs::is_empty(daemon.socket().parent_path()));
}

TEST_F(DaemonTest, SigtermInTheMiddleOfABurstLeavesACleanMirror) {
  daemon.start();
  for (int i = 0; i < 200; ++i) new_session(daemon.root() / ("p" + std::to_string(i)), "t");
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  EXPECT_EQ(daemon.select("PRAGMA integrity_check"), "ok");
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions"), "200");
}

TEST_F(DaemonTest, SigtermLeavesWithinASecondAlsoWhenTheMirrorIsLocked) {
  daemon.start();
  daemon.flush();
  sqlite::Database other(daemon.db(), sqlite::Database::Mode::read_write);
  other.run("BEGIN IMMEDIATE");
  new_session(daemon.root() / "p", "t");
  while (daemon.ask({{"command", "status"}})["pending"] == 0) {
  }
  daemon.process().send(SIGTERM);
  EXPECT_TRUE(daemon.process().ends_within(milliseconds(1000)));
  EXPECT_EQ(daemon.process().wait(), 0) << daemon.log();
  other.run("ROLLBACK");
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "t");
}

TEST_F(DaemonTest, TheShutdownCommandIsAnsweredAndDone) {
  daemon.start();
  EXPECT_EQ(daemon.ask({{"command", "shutdown"}})["ok"], true);
  EXPECT_EQ(daemon.process().wait(), 0);
}

TEST_F(DaemonTest, AMirrorThatIsDeletedComesBack) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  daemon.flush();
  for (int i = 0; i < 10; ++i) {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(daemon.db().string() + suffix);
    daemon.flush();
    ASSERT_EQ(daemon.select(kTopics), "t");
  }
}

TEST_F(DaemonTest, AMirrorThatIsNoDatabaseAnyMoreIsSetAsideAtTheNextStart) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  EXPECT_EQ(daemon.stop(), 0);
  testing::write(daemon.db(), std::string(10'000, 'x'));
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "t");
  EXPECT_THAT(daemon.log(), HasSubstr("set aside"));
}

TEST_F(DaemonTest, BadFilesAreRecordedAndTheDaemonGoesOn) {
  daemon.start();
  SessionStateManager good = new_session(daemon.root() / "p", "good");
  testing::write(daemon.root() / "p/.tain/sessions/bad/state.json", "{\"topic\": ");
  testing::write(daemon.root() / "p/.tain/sessions/bad/events.jsonl", "garbage\n");
  testing::write(daemon.root() / "p/.tain/sessions/empty/state.json", "");
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sync_errors"), "3");
  EXPECT_EQ(daemon.select(kTopics), "good");
  testing::write(daemon.root() / "p/.tain/sessions/bad/state.json", R"({"topic": "mended"})");
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sync_errors"), "2");
  EXPECT_EQ(daemon.select(kTopics), "good,mended");
}

TEST_F(DaemonTest, TheWatchedTreeIsNeverWrittenTo) {
  create_project(daemon.root() / "p", {.name = "P"}, kFast);
  SessionStateManager session = new_session(daemon.root() / "p", "t");
  session.append_event({.type = "log"});
  testing::write(daemon.root() / "p/.tain/sessions/bad/state.json", "{");
  const auto before = listing(daemon.root());
  daemon.start();
  daemon.flush();
  daemon.ask({{"command", "sync"}});
  daemon.stop();
  EXPECT_EQ(listing(daemon.root()), before);
}

TEST_F(DaemonTest, ADaemonThatHangsNeitherSlowsNorBreaksASave) {
  daemon.start();
  SessionStateManager session = SessionStateManager::create(
      daemon.root() / "p", {.topic = "0"}, {{kFast, SyncNotifier(daemon.socket())}});
  daemon.flush();
  daemon.process().send(SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 1; i <= 2000; ++i) {  // more than the socket's buffer holds
    session.state().topic = std::to_string(i);
    session.save();
  }
  // Seconds are what a save that waits would take, each; this machine may be busy.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  daemon.process().send(SIGCONT);
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "2000");
}

TEST_F(DaemonTest, AProjectIsNoticedThatComesWithARenamedRootAndAMissingRootKeepsItsRows) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  daemon.flush();
  fs::rename(daemon.root(), daemon.directory() / "away");
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "t");
  EXPECT_EQ(daemon.select("SELECT state FROM roots"), "unavailable");
  EXPECT_EQ(daemon.ask({{"command", "status"}})["roots"][0]["state"], "unavailable");
  fs::rename(daemon.directory() / "away", daemon.root());
  new_session(daemon.root() / "q", "u");
  daemon.flush();
  EXPECT_EQ(daemon.select(kTopics), "t,u");
  EXPECT_EQ(daemon.select("SELECT state FROM roots"), "available");
}

TEST_F(DaemonTest, SyncOfAPathLooksAtItAndAnswersWhenItIsIn) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  const std::string path = (daemon.root() / "p").string();
  EXPECT_EQ(daemon.ask({{"command", "sync"}, {"path", path}})["ok"], true);
  EXPECT_EQ(daemon.select(kTopics), "t");
  EXPECT_THROW(daemon.ask({{"command", "sync"}, {"path", "/etc"}}), Error);
  EXPECT_THROW(daemon.ask({{"command", "sync"}, {"path", 7}}), Error);
  EXPECT_THROW(daemon.ask({{"command", "dance"}}), Error);
}

TEST_F(DaemonTest, StatusCountsWhatIsThereAndWhatIsMirrored) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  daemon.flush();
  const Json status = daemon.ask({{"command", "status"}});
  EXPECT_EQ(status["pending"], 0);
  EXPECT_EQ(status["last_error"], nullptr);
  const Json& root = status["roots"][0];
  EXPECT_EQ(root["watch_mode"], "inotify");
  EXPECT_EQ(root["files_on_disk"], 1);
  EXPECT_EQ(root["files_mirrored"], 1);
  EXPECT_EQ(root["watches"], 5);
}

TEST_F(DaemonTest, ASecondDaemonIsRefusedAndTheFirstGoesOnHearing) {
  daemon.start();
  const std::string root = daemon.root().string();
  const Finished same = run_tain_syncd(
      {"run", "--root", root, "--db", daemon.db().string(), "--socket", daemon.socket().string()});
  EXPECT_EQ(same.status, 1);
  EXPECT_THAT(same.messages, HasSubstr("another tain-syncd writes this mirror"));
  const Finished other =
      run_tain_syncd({"run", "--root", root, "--db", (daemon.directory() / "other.db").string(),
                      "--socket", daemon.socket().string()});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.messages, HasSubstr("another daemon listens there"));
  EXPECT_TRUE(SyncNotifier(daemon.socket()).notify(root)) << "its sockets are still its own";
  daemon.flush();
}

TEST_F(DaemonTest, LeftoversOfAKilledDaemonAreNoHindrance) {
  daemon.start();
  daemon.kill();
  EXPECT_TRUE(fs::exists(daemon.socket()));
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace tain
