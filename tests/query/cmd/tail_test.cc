#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/json/document.h"
#include "query/print/wait_for_more.h"
#include "tests/query/asking.h"
#include "tests/support/sync_harness.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The order in which a scan finds files is the file system's, so the tests give the example one.
class TailTest : public Asking {
 protected:
  static void SetUpTestSuite() {
    Asking::SetUpTestSuite();
    example_->run(
        "UPDATE files SET seq = 1000 + n FROM "
        "(SELECT file_id AS id, row_number() OVER (ORDER BY path) AS n FROM files) "
        "WHERE id = file_id;"
        "INSERT INTO tombstones VALUES ('/home/ann/work/atlas/.tain/tasks/t_old/task.json', "
        "'native', 'task', 1792497600000, 5000)");
  }
};

TEST_F(TailTest, TheLastChangesAreTold) {
  expect_answers("tail", {"tail", "-n", "6"});
  EXPECT_THAT(ask({"tail", "-n", "0"}).out, "");
}

TEST_F(TailTest, WhatChangedSinceASeqIsOneCommand) {
  const Outcome outcome = ask({"tail", "--since", "1050", "--format", "jsonl"});
  EXPECT_EQ(Json::parse(outcome.out.substr(0, outcome.out.find('\n')))["seq"], 1051);
  EXPECT_THAT(outcome.out, HasSubstr(R"("seq":5000)"));
  EXPECT_EQ(ask({"tail", "--since", "5000"}).out, "");
}

TEST_F(TailTest, LinesOfATerminalAreCutAndWhatIsGoneIsRed) {
  const Outcome outcome =
      ask({"tail", "-n", "2"}, Terminal{.columns = 60, .rows = 24, .colour = true});
  EXPECT_THAT(outcome.out, HasSubstr("…\x1b[0m\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[31m  task"));
}

TEST_F(TailTest, MisusesAreMisuses) {
  EXPECT_EQ(ask({"tail", "-f", "--format", "json"}).status, kMisused);
  EXPECT_EQ(ask({"tail", "--last", "-1"}).status, kMisused);
  EXPECT_EQ(ask({"tail", "--since", "yesterday"}).status, kMisused);
}

// Follows a mirror; at each wait, the next of `steps` happens, and behind the last it ends.
class FollowTest : public ::testing::Test {
 protected:
  FollowTest() {
    write("first");
    tree_.scan();
  }

  void write(const std::string& topic) {
    tree_.write(testing::kStatePath, testing::state_json("s1", topic));
  }

  Outcome follow(const std::vector<std::function<void()>>& steps,
                 const std::string& format = "jsonl") {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    std::size_t step = 0;
    const auto wait = [&](std::chrono::milliseconds) {
      if (step == steps.size()) return false;
      steps[step++]();
      return true;
    };
    const int status =
        run({"tail", "-f", "-n", "0", "--format", format, "--db", tree_.mirror().string()},
            {.in = in, .out = out, .err = err, .wait = wait});
    return {status, out.str(), err.str()};
  }

  static std::vector<std::string> texts(const Outcome& outcome) {
    std::vector<std::string> found;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) found.push_back(Json::parse(line)["text"]);
    return found;
  }

  testing::SyncHarness tree_;
};

TEST_F(FollowTest, EachCommitIsToldOnce) {
  const Outcome outcome = follow({[&] {
                                    write("second");
                                    tree_.scan();
                                  },
                                  [] {},
                                  [&] {
                                    write("third");
                                    tree_.scan();
                                  },
                                  [] {}});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(texts(outcome), ElementsAre(HasSubstr("second"), HasSubstr("third")));
}

TEST_F(FollowTest, WhatWasToldIsThereBeforeTheNextWait) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  std::string told;
  int waits = 0;
  const auto wait = [&](std::chrono::milliseconds) {
    told = out.str();
    return waits++ < 0;
  };
  run({"tail", "-f", "--db", tree_.mirror().string()},
      {.in = in, .out = out, .err = err, .wait = wait});
  EXPECT_THAT(told, HasSubstr("first"));
}

TEST_F(FollowTest, AMirrorThatIsBuiltAnewIsFollowed) {
  const Outcome outcome = follow({[&] {
                                    tree_.clock().advance(1000);
                                    tree_.writer().begin_rebuild("is built for a test");
                                    tree_.step().begin();
                                    tree_.settle();
                                    tree_.writer().finish_rebuild();
                                  },
                                  [&] {
                                    write("second");
                                    tree_.scan();
                                  },
                                  [] {}});
  EXPECT_THAT(texts(outcome), ElementsAre(HasSubstr("first"), HasSubstr("second")));
  EXPECT_THAT(outcome.err, HasSubstr("built anew"));
}

TEST_F(FollowTest, AMirrorThatIsGoneIsWaitedFor) {
  const std::string aside = tree_.mirror().string() + ".aside";
  const Outcome outcome = follow({[&] { std::filesystem::rename(tree_.mirror(), aside); }, [] {},
                                  [&] { std::filesystem::rename(aside, tree_.mirror()); },
                                  [&] {
                                    write("second");
                                    tree_.scan();
                                  },
                                  [] {}});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(texts(outcome), ElementsAre(HasSubstr("second")));
  EXPECT_THAT(outcome.err, HasSubstr("; waiting\n"));
}

TEST_F(FollowTest, AnOlderMirrorInItsPlaceIsToldFromItsBeginning) {
  const std::string older = tree_.mirror().string() + ".older";
  sqlite::Database(tree_.mirror(), sqlite::Database::Mode::read_write)
      .run("VACUUM INTO '" + older + "'");
  write("second");
  tree_.scan();
  const Outcome outcome = follow({[&] {
                                    for (const char* beside : {"-wal", "-shm"}) {
                                      std::filesystem::remove(tree_.mirror().string() + beside);
                                    }
                                    std::filesystem::rename(older, tree_.mirror());
                                  },
                                  [] {}, [] {}});
  EXPECT_THAT(texts(outcome), ElementsAre(HasSubstr("first")));
}

class WaitForMoreTest : public ::testing::Test {
 protected:
  WaitForMoreTest() { EXPECT_EQ(::pipe(ends_), 0); }
  ~WaitForMoreTest() override {
    ::close(ends_[1]);
    if (is_read_) ::close(ends_[0]);
  }
  int ends_[2] = {-1, -1};
  bool is_read_ = true;
};

TEST_F(WaitForMoreTest, ItGoesOnWhileSomebodyReads) {
  const WaitForMore wait(ends_[1]);
  EXPECT_TRUE(wait(std::chrono::milliseconds(1)));
}

TEST_F(WaitForMoreTest, AClosedPipeEndsItAtOnce) {
  const WaitForMore wait(ends_[1]);
  ::close(ends_[0]);
  is_read_ = false;
  EXPECT_FALSE(wait(std::chrono::hours(1)));
}

TEST_F(WaitForMoreTest, AnInterruptEndsIt) {
  const WaitForMore wait(ends_[1]);
  ::kill(::getpid(), SIGINT);
  EXPECT_FALSE(wait(std::chrono::hours(1)));
}

TEST_F(WaitForMoreTest, ASignalEndsAProcessWhoseOutputNobodyTakes) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const WaitForMore wait(ends_[1]);
    const std::string much(1 << 16, 'x');
    bool is_told = ::write(ready[1], "r", 1) == 1;
    while (is_told) is_told = ::write(ends_[1], much.data(), much.size()) > 0 || errno == EINTR;
    ::_exit(0);
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGTERM);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace tain::query
