// What is said of the age of an answer, when no daemon keeps the mirror up to date.

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "query/cmd/mirror_flags.h"
#include "tests/query/asking.h"

namespace tain::query {
namespace {

class Freshness : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMinute = 60'000;

  // What `tain ls` says `later` after the mirror's last sign of life.
  std::string said(std::int64_t later) {
    Tain tain;
    tain.clock = [later] { return Timestamp{testing::kExampleNow + later}; };
    const Outcome outcome = tain({"ls", "projects", "--format", "csv", "--db", example_.db()});
    EXPECT_EQ(outcome.status, kDone);
    EXPECT_NE(outcome.out.find("atlas"), std::string::npos);
    return outcome.err;
  }

  static std::string as_of_noon(const std::string& age) {
    return "tain: no daemon keeps this mirror up to date; it is as of 2026-10-20T12:00:00.000Z, " +
           age + " ago\n";
  }

  testing::ExampleMirror example_;
};

TEST_F(Freshness, NothingIsSaidWhileADaemonGivesSignsOfLife) {
  EXPECT_EQ(said(0), "");
  EXPECT_EQ(said(2 * kMinute - 1), "");
}

TEST_F(Freshness, WhereADaemonGaveNoSignForTwoMinutesItsProcessIsAnotherProgramsByNow) {
  EXPECT_EQ(said(2 * kMinute), as_of_noon("2 minutes"));
  EXPECT_EQ(said(119 * kMinute), as_of_noon("119 minutes"));
  EXPECT_EQ(said(5 * 60 * kMinute), as_of_noon("5 hours"));
  EXPECT_EQ(said(72 * 60 * kMinute), as_of_noon("3 days"));
}

TEST_F(Freshness, ADaemonThatStoppedIsGoneAtOnce) {
  example_.run("UPDATE daemon SET stopped_at = " + std::to_string(testing::kExampleNow));
  EXPECT_EQ(said(1000), as_of_noon("1 s"));
}

TEST_F(Freshness, AClockThatWasSetBackMakesNoAgeBelowZero) {
  example_.run("UPDATE daemon SET stopped_at = " + std::to_string(testing::kExampleNow));
  EXPECT_EQ(said(-kMinute), as_of_noon("0 s"));
}

TEST_F(Freshness, AMirrorThatNeverSawItsTreesWhollyHasNoAge) {
  example_.run("DELETE FROM daemon; UPDATE roots SET last_full_scan_at = NULL");
  EXPECT_EQ(said(0),
            "tain: no daemon keeps this mirror up to date; it has never seen its trees wholly\n");
}

TEST_F(Freshness, ADaemonThatWasKilledIsGoneAtOnce) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  example_.run("UPDATE daemon SET pid = " + std::to_string(child));
  EXPECT_EQ(said(1000), as_of_noon("1 s"));
}

// It may have a million directories to scan, or hang.
TEST_F(Freshness, ADaemonThatLivesAndGivesNoSignForTwoMinutesIsCalledSilent) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NAME, "tain-syncd");
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, WUNTRACED);
  example_.run("UPDATE daemon SET pid = " + std::to_string(child));
  EXPECT_EQ(said(2 * kMinute - 1), "");
  EXPECT_EQ(said(5 * kMinute), "tain: the daemon of this mirror, process " + std::to_string(child) +
                                   ", is silent; it is as of 2026-10-20T12:00:00.000Z, 5 minutes "
                                   "ago\n");
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(said(5 * kMinute), as_of_noon("5 minutes"));
}

TEST_F(Freshness, WhileTheMirrorIsBuiltItIsSaidThatAnswersAreNotComplete) {
  example_.run("INSERT INTO meta(key, value) VALUES('loading', 1)");
  constexpr const char* kBeingBuilt =
      "tain: the mirror is being built; answers are not complete yet, and searches find nothing\n";
  EXPECT_EQ(said(0), kBeingBuilt);
  EXPECT_EQ(said(180 * kMinute), as_of_noon("3 hours") + kBeingBuilt);
}

TEST_F(Freshness, AllThatACommandReadsIsOfOneMoment) {
  CLI::App app;
  MirrorFlags flags;
  flags.add_to(app);
  app.parse("--db " + example_.db().string(), false);
  std::istringstream in;
  std::ostringstream out;
  const sqlite::Database database = flags.open({.in = in, .out = out, .err = out});
  const auto count = [&] {
    sqlite::Statement rows = database.prepare("SELECT count(*) FROM tasks");
    rows.step();
    return rows.integer(0);
  };
  const std::int64_t before = count();
  EXPECT_GT(before, 0);
  example_.run("DELETE FROM tasks");
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace tain::query
