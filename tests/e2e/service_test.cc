// The daemon as a service: what its manager, its administrator and its clients can ask of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <thread>

#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"
#include "tests/support/notify_socket.h"
#include "tests/support/peak_memory.h"
#include "tests/support/sanitized.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using ::testing::HasSubstr;
using testing::kAllTopics;
using testing::milliseconds;
using testing::NotifySocket;
using testing::state_json;
namespace fs = std::filesystem;

class ServiceTest : public ::testing::Test {
 protected:
  // A session's file beneath the root, written in place.
  void write_session(const std::string& project, const std::string& topic) {
    testing::write(state_file(daemon.root() / project), state_json("s1", topic));
  }
  static fs::path state_file(const fs::path& project) {
    return project / ".tain/sessions/s1/state.json";
  }
  void configure(const std::vector<std::string>& roots) {
    testing::write(daemon.config_file(), Json{{"roots", roots}}.dump());
  }
  Json refused_config() { return daemon.ask({{"command", "status"}})["refused_config"]; }
  Json root_status() { return daemon.ask({{"command", "status"}})["roots"][0]; }

  DaemonFixture daemon{R"({"poll_interval_seconds": 1})"};
};

TEST_F(ServiceTest, ItsManagerIsToldThatItIsReadyAliveReloadingAndLeaving) {
  NotifySocket manager;
  daemon.environment = {"NOTIFY_SOCKET=" + manager.path(), "WATCHDOG_USEC=100000"};
  daemon.start();
  EXPECT_EQ(manager.receive(), "READY=1");
  EXPECT_EQ(manager.receive("WATCHDOG"), "WATCHDOG=1");
  EXPECT_EQ(manager.receive("WATCHDOG"), "WATCHDOG=1") << "and again";
  EXPECT_EQ(manager.receive("STATUS"), "STATUS=1 roots; up to date");
  daemon.process().send(SIGHUP);
  EXPECT_THAT(manager.receive("RELOADING"), HasSubstr("MONOTONIC_USEC="));
  EXPECT_EQ(manager.receive("READY"), "READY=1");
  daemon.process().send(SIGTERM);
  EXPECT_EQ(manager.receive("STOPPING"), "STOPPING=1");
  EXPECT_EQ(daemon.process().wait(), 0);
}

TEST_F(ServiceTest, AReloadTakesUpNewRootsAndForgetsOldOnes) {
  const fs::path other = daemon.directory() / "other";
  testing::write(state_file(other), state_json("s2", "there"));
  write_session("p", "here");
  daemon.names_root = false;
  configure({daemon.root().string()});
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "here");
  configure({daemon.root().string(), other.string()});
  EXPECT_EQ(daemon.ask({{"command", "reload"}})["ok"], true);
  EXPECT_EQ(daemon.select(kAllTopics), "here there");
  testing::write(state_file(other), state_json("s2", "changed"));
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "changed here") << "and watches them";
  configure({other.string()});
  EXPECT_EQ(daemon.ask({{"command", "reload"}})["ok"], true);
  EXPECT_EQ(daemon.select(kAllTopics), "changed");
}

TEST_F(ServiceTest, AConfigurationThatIsWrongChangesNothing) {
  write_session("p", "here");
  daemon.start();
  testing::write(daemon.config_file(), R"({"rots": []})");
  EXPECT_THROW(daemon.ask({{"command", "reload"}}), Error);
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "here");
  EXPECT_THAT(daemon.log(), HasSubstr("stays as it was"));
}

TEST_F(ServiceTest, AConfigurationThatWasRefusedStandsInTheStatusUntilOneIsRight) {
  const std::string right = testing::read(daemon.config_file());
  daemon.start();
  EXPECT_EQ(refused_config(), nullptr);
  testing::write(daemon.config_file(), R"({"rots": []})");
  EXPECT_THROW(daemon.ask({{"command", "reload"}}), Error);
  EXPECT_THAT(refused_config().dump(), HasSubstr("/rots"));
  testing::write(daemon.config_file(), R"({"prune": 1})");
  EXPECT_THROW(daemon.ask({{"command", "reload"}}), Error);
  EXPECT_THAT(refused_config().dump(), HasSubstr("/prune"));
  testing::write(daemon.config_file(), right);
  daemon.ask({{"command", "reload"}});
  EXPECT_EQ(refused_config(), nullptr);
}

TEST_F(ServiceTest, ARebuildIsWithTheConfigurationAsItIsNow) {
  const fs::path other = daemon.directory() / "other";
  testing::write(state_file(other), state_json("s2", "there"));
  write_session("p", "here");
  daemon.names_root = false;
  configure({daemon.root().string()});
  daemon.start();
  configure({daemon.root().string(), other.string()});
  daemon.ask({{"command", "rebuild"}});
  EXPECT_EQ(daemon.select(kAllTopics), "here there");
  testing::write(daemon.config_file(), R"({"rots": []})");
  EXPECT_THROW(daemon.ask({{"command", "rebuild"}}), Error);
  EXPECT_THAT(refused_config().dump(), HasSubstr("/rots"));
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "here there");
}

TEST_F(ServiceTest, AProjectThatIsOpenedIsInTheMirrorWhenTheAnswerComesAndStaysAtAReload) {
  const fs::path outside = daemon.directory() / "outside";
  testing::write(state_file(outside), state_json("s2", "opened"));
  daemon.start();
  EXPECT_EQ(daemon.ask({{"command", "open_project"}, {"path", outside.string()}})["ok"], true);
  EXPECT_EQ(daemon.select(kAllTopics), "opened");
  testing::write(state_file(outside), state_json("s2", "watched"));
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "watched");
  daemon.ask({{"command", "reload"}});
  EXPECT_EQ(daemon.select(kAllTopics), "watched");
  write_session("p", "below a root");
  daemon.ask({{"command", "open_project"}, {"path", (daemon.root() / "p").string()}});
  EXPECT_EQ(daemon.select(kAllTopics), "below a root watched");
}

TEST_F(ServiceTest, AProjectThatNoScanWouldFindIsNotOpened) {
  const fs::path pruned = daemon.root() / "build" / "p";
  testing::write(state_file(pruned), state_json("s1", "never seen"));
  daemon.start();
  EXPECT_THROW(daemon.ask({{"command", "open_project"}, {"path", pruned.string()}}), Error);
}

TEST_F(ServiceTest, WhatIsNoProjectsDirectoryIsNotOpened) {
  daemon.start();
  for (const Json& path : {Json("relative"), Json("/absent"), Json("/etc/passwd"), Json("/"),
                           Json(""), Json(7), Json(nullptr)}) {
    EXPECT_THROW(daemon.ask({{"command", "open_project"}, {"path", path}}), Error) << path;
  }
  EXPECT_THROW(daemon.ask({{"command", "open_project"}}), Error);
}

TEST_F(ServiceTest, ARebuildMakesGoodWhatSomebodyDidToTheMirror) {
  write_session("p", "true");
  daemon.start();
  daemon.flush();
  sqlite::Database(daemon.db(), sqlite::Database::Mode::read_write)
      .run("UPDATE sessions SET topic = 'forged'");
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "forged") << "the file has not changed";
  daemon.ask({{"command", "rebuild"}});
  EXPECT_EQ(daemon.select(kAllTopics), "true");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(ServiceTest, AFlushDuringARebuildWaitsForTheNewMirror) {
  daemon.start();
  for (int i = 0; i < 300; ++i) write_session("p" + std::to_string(i), "before");
  daemon.flush();
  for (int round = 0; round < 5; ++round) {
    std::thread rebuilding([&] { daemon.ask({{"command", "rebuild"}}); });
    const std::string topic = "round " + std::to_string(round);
    write_session("p7", topic);
    daemon.flush();
    EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions WHERE topic = '" + topic + "'"), "1");
    EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions"), "300");
    rebuilding.join();
  }
}

TEST_F(ServiceTest, SocketsThatWereRemovedAreMadeAgain) {
  write_session("p", "t");
  daemon.start();
  for (const char* suffix : {"", ".notify"}) fs::remove(daemon.socket().string() + suffix);
  daemon.wait_for_answer();
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "t");
  EXPECT_TRUE(SyncNotifier(daemon.socket()).notify(daemon.root()));
}

TEST_F(ServiceTest, StatusTellsOfEachRootWhatAHealthCheckHasToKnow) {
  write_session("p", "t");
  daemon.start();
  daemon.flush();
  const Json status = daemon.ask({{"command", "status"}});
  EXPECT_GT(status["watch_limit"].get<std::int64_t>(), 0);
  const Json root = status["roots"][0];
  EXPECT_EQ(root["watches_needed"], 5);
  EXPECT_EQ(root["watches"], 5);
  EXPECT_EQ(root["watch_trouble"], nullptr);
  EXPECT_EQ(root["pending"], 0);
  EXPECT_EQ(root["lag_ms"], 0);
  EXPECT_EQ(root["last_event_at"], nullptr) << "nothing has happened since the start";
  EXPECT_GT(root["last_full_scan_at"].get<std::int64_t>(), 0);
  write_session("p", "u");
  daemon.flush();
  EXPECT_GT(root_status()["last_event_at"].get<std::int64_t>(), 0);
}

TEST_F(ServiceTest, APolledRootIsFreshAfterEachFlushAndSaysHowItIsWatched) {
  testing::write(daemon.config_file(), R"({"watch": "polling"})");
  daemon.start();
  for (int i = 0; i < 20; ++i) {
    write_session("p", std::to_string(i));
    daemon.flush();
    ASSERT_EQ(daemon.select(kAllTopics), std::to_string(i));
  }
  EXPECT_EQ(root_status()["watch_mode"], "polling");
  EXPECT_THAT(daemon.log(), HasSubstr("0 of"));
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(ServiceTest, ASaveThatReturnedBeforeAFlushWasSentIsAlwaysVisibleAfterIt) {
  daemon.start();
  SessionOptions options;
  options.durability = Durability::none;
  options.notifier = SyncNotifier(fs::path());
  SessionStateManager session =
      SessionStateManager::create(daemon.root() / "p", {.topic = "0"}, options);
  const sqlite::Database mirror = [&] {
    daemon.flush();
    return mirror::open_for_reading(daemon.db());
  }();
  sqlite::Statement topic = mirror.prepare("SELECT topic FROM sessions");
  for (int i = 1; i <= 10'000; ++i) {
    session.state().topic = std::to_string(i);
    session.save();
    daemon.flush();
    ASSERT_TRUE(topic.step());
    ASSERT_EQ(topic.text(0), std::to_string(i));
    topic.reset();
  }
}

TEST_F(ServiceTest, SigtermLeavesWithinASecondWithAFullBacklog) {
  for (int i = 0; i < 20'000; ++i) {
    const fs::path session =
        daemon.root() / "p/.tain/sessions" / ("s" + std::to_string(i)) / "state.json";
    testing::write(session, state_json("s" + std::to_string(i), "t"));
  }
  daemon.start();
  daemon.process().send(SIGTERM);
  EXPECT_TRUE(daemon.process().ends_within(milliseconds(1000)));
  EXPECT_EQ(daemon.process().wait(), 0) << daemon.log();
  EXPECT_EQ(daemon.select("PRAGMA integrity_check"), "ok");
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions"), "20000");
}

// A locked mirror lets no flush be answered.
TEST_F(ServiceTest, AFloodOfFlushesWhoseClientsHangUpCostsNoMemory) {
  if (testing::kSanitized) GTEST_SKIP() << "measures memory";
  daemon.start();
  daemon.flush();
  sqlite::Database other(daemon.db(), sqlite::Database::Mode::read_write);
  other.run("BEGIN EXCLUSIVE");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, daemon.socket().c_str(), sizeof(address.sun_path) - 1);
  const std::size_t before = testing::peak_memory(daemon.process().pid());
  constexpr std::string_view kFlush = "{\"command\":\"flush\"}\n";
  for (int i = 0; i < 60'000; ++i) {
    const UniqueFd client(FileSystem::real(), ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    ::send(client.get(), kFlush.data(), kFlush.size(), MSG_NOSIGNAL);
  }
  daemon.ask({{"command", "status"}});  // all of them have been taken
  EXPECT_LT(testing::peak_memory(daemon.process().pid()) - before, 10) << "MiB";
  other.run("ROLLBACK");
  daemon.flush();
}

}  // namespace
}  // namespace tain
