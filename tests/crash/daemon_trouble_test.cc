// The real daemon, in trouble: killed again and again, a rival beside it, its mirror damaged or
// locked under it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using ::testing::HasSubstr;
using testing::milliseconds;
using testing::Process;
using testing::select;
using testing::tain_syncd;
namespace fs = std::filesystem;

constexpr milliseconds kLongEnough(60'000);

class DaemonTroubleTest : public ::testing::Test {
 protected:
  static SessionStateManager new_session(const fs::path& project, const std::string& topic) {
    return SessionStateManager::create(
        project, {.topic = topic},
        {{StateOptions{.durability = Durability::none}, SyncNotifier(fs::path())}});
  }
  Json status() const { return daemon.ask({{"command", "status"}}); }

  // Another daemon over the same tree.
  std::vector<std::string> rival(const fs::path& db, const fs::path& socket) const {
    return {tain_syncd(), "run",       "--root",   daemon.root().string(),
            "--db",       db.string(), "--socket", socket.string()};
  }
  fs::path rival_log() const { return daemon.directory() / "rival"; }

  // Starts the daemon and its rival at the same moment; true when one of them, and only one, is
  // refused, and the other one serves.
  bool one_of_two_survives(const std::vector<std::string>& arguments) {
    Process other(arguments, rival_log(), rival_log());
    try {
      daemon.start();                      // returns when one of them answers
    } catch (const std::runtime_error&) {  // it was refused at once
    }
    const pid_t survivor = pid_that_answers(other);
    Process& winner = survivor == other.pid() ? other : daemon.process();
    Process& loser = survivor == other.pid() ? daemon.process() : other;
    if (!loser.ends_within(kLongEnough) || loser.wait() != 1) return false;
    if (pid_that_answers(other) != winner.pid()) return false;
    winner.send(SIGTERM);
    return winner.wait() == 0;
  }
  // 0 when both have ended.
  pid_t pid_that_answers(const Process& other) {
    while (daemon.process().is_running() || other.is_running()) {
      try {
        return status()["pid"].get<pid_t>();
      } catch (const NotFoundError&) {  // nobody listens yet
      }
    }
    return 0;
  }

  DaemonFixture daemon;
};

TEST_F(DaemonTroubleTest, KilledAtRandomMomentsItLosesNothing) {
  std::mt19937 random(20260216);
  int sessions = 0;
  for (int round = 0; round < 12; ++round) {
    daemon.start();
    SessionStateManager session = new_session(daemon.root() / "p", std::to_string(round));
    const int moment = std::uniform_int_distribution(0, 150)(random);
    for (int i = 0; i < 150; ++i) {
      if (i % 3 == 0) session.append_event({.type = "log", .message = std::string(200, 'x')});
      if (i % 7 == 0) new_session(daemon.root() / "q", std::to_string(++sessions));
      if (i % 11 == 0) session.set_goals({.high_level = {std::to_string(i)}});
      if (i % 50 == 49) fs::remove_all(daemon.root() / "q");
      if (i == moment) daemon.kill();
    }
    if (moment == 150) daemon.kill();
    ASSERT_EQ(daemon.select("PRAGMA integrity_check"), "ok");
  }
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM events"), std::to_string(12 * 50));
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(DaemonTroubleTest, OfTwoThatStartAtTheSameMomentExactlyOneSurvives) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(one_of_two_survives(rival(daemon.db(), daemon.socket())))
        << daemon.log() << testing::read(rival_log());
  }
}

// Else one would remove the other's socket as a dead one, and nobody could reach that any more.
TEST_F(DaemonTroubleTest, OfTwoThatWantTheSameSocketExactlyOneSurvives) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(one_of_two_survives(rival(daemon.directory() / "other.db", daemon.socket())))
        << daemon.log() << testing::read(rival_log());
  }
}

TEST_F(DaemonTroubleTest, WhoseLockFileIsRemovedLeavesTheMirrorToTheOneThatTookIt) {
  SessionStateManager session = new_session(daemon.root() / "p", "t");
  daemon.start();
  daemon.flush();
  fs::remove(daemon.db().string() + ".lock");
  const fs::path socket = daemon.directory() / "run" / "rival.sock";
  Process other(rival(daemon.db(), socket), rival_log(), rival_log());
  // Whichever of them noticed first, the other one ends.
  while (daemon.process().is_running() && other.is_running()) {
    session.append_event({.type = "log"});
  }
  Process& loser = daemon.process().is_running() ? other : daemon.process();
  const fs::path& left = daemon.process().is_running() ? daemon.socket() : socket;
  EXPECT_EQ(loser.wait(), 1);
  EXPECT_THAT(daemon.log() + testing::read(rival_log()), HasSubstr("writes this mirror"));
  syncd::ask_daemon(left, {{"command", "flush"}}, kLongEnough);
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(DaemonTroubleTest, AMirrorThatIsRemovedWithItsDirectoryComesBack) {
  daemon.start();
  daemon.flush();
  fs::remove_all(daemon.db().parent_path());
  daemon.flush();
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(DaemonTroubleTest, AMirrorThatOnlyItsReadersFindDamagedIsBuiltAnewWhenStatusFindsItSo) {
  new_session(daemon.root() / "p", "t");
  daemon.start();
  daemon.flush();
  sqlite::Database(daemon.db(), sqlite::Database::Mode::read_write)
      .run("PRAGMA wal_checkpoint(TRUNCATE)");
  daemon.flush();
  const auto page =
      std::stol(daemon.select("SELECT rootpage FROM sqlite_schema WHERE name = 'roots'"));
  std::fstream(daemon.db(), std::ios::in | std::ios::out | std::ios::binary)
          .seekp((page - 1) * 4096)
      << std::string(4096, '\xee');
  // The loop may have found it first; either way the daemon lives, and is well again.
  const Json damaged = status();
  EXPECT_THAT(daemon.log() + damaged["last_error"].dump(),
              ::testing::AnyOf(HasSubstr("malformed"), HasSubstr("damaged")));
  daemon.flush();
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
  EXPECT_EQ(status()["last_error"], nullptr);
  EXPECT_THAT(daemon.log(), HasSubstr("set aside"));
}

TEST_F(DaemonTroubleTest, AnotherProgramsLockIsToldInTheStatusAndOutlasted) {
  daemon.start();
  daemon.flush();
  sqlite::Database other(daemon.db(), sqlite::Database::Mode::read_write);
  other.run("BEGIN EXCLUSIVE");
  for (int i = 0; i < 50; ++i) new_session(daemon.root() / "p", std::to_string(i));
  Json told = status();
  while (told["last_error"].is_null()) told = status();
  EXPECT_THAT(told["last_error"].get<std::string>(), HasSubstr("another program holds a lock"));
  EXPECT_GT(told["pending"], 0);
  EXPECT_GT(told["lag_ms"], 0);
  other.run("ROLLBACK");
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sessions"), "50");
  EXPECT_EQ(status()["last_error"], nullptr);
}

}  // namespace
}  // namespace tain
