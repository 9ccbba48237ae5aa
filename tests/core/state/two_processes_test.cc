#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/sanitized.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::run_in_processes;
using testing::SessionTest;

class TwoProcessesTest : public SessionTest {
 protected:
  static void increment(Session& session, const std::string& key) {
    session.env[key] = session.env.value(key, 0) + 1;
  }
};

TEST_F(TwoProcessesTest, ThousandsOfUpdatesEachLoseNone) {
  constexpr int kUpdates = testing::kSanitized ? 1'000 : 10'000;
  create();
  ASSERT_TRUE(run_in_processes(2, [&](int process) {
    auto manager = open();
    for (int i = 0; i < kUpdates; ++i) {
      manager.update([&](Session& session) {
        increment(session, "both");
        increment(session, process == 0 ? "first" : "second");
      });
    }
  }));
  EXPECT_EQ(on_disk()["env"]["both"], 2 * kUpdates);
  EXPECT_EQ(on_disk()["env"]["first"], kUpdates);
  EXPECT_EQ(on_disk()["env"]["second"], kUpdates);
}

TEST_F(TwoProcessesTest, SavesThatConflictAndTryAgainLoseNone) {
  constexpr int kSaves = 500;
  create();
  ASSERT_TRUE(run_in_processes(2, [&](int) {
    auto manager = open();
    for (int saved = 0; saved < kSaves;) {
      increment(manager.state(), "both");
      try {
        manager.save();
        ++saved;
      } catch (const ConflictError&) {
        manager.reload();
      }
    }
  }));
  EXPECT_EQ(on_disk()["env"]["both"], 2 * kSaves);
}

TEST_F(TwoProcessesTest, OnlyOneOfThemCreatesASession) {
  constexpr int kRounds = 50;
  ASSERT_TRUE(run_in_processes(2, [&](int process) {
    for (int i = 0; i < kRounds; ++i) {
      const std::string id = "s" + std::to_string(i);
      try {
        SessionStateManager::create(root_.path(), {.topic = std::to_string(process), .id = id},
                                    options())
            .append_event({.type = "created", .message = std::to_string(process)});
      } catch (const AlreadyExistsError&) {
      }
    }
  }));
  for (int i = 0; i < kRounds; ++i) {
    const auto directory = session_directory(root_.path(), "s" + std::to_string(i));
    std::istringstream lines(testing::read(events_file(directory)));
    std::vector<std::string> winners;
    for (std::string line; std::getline(lines, line);) {
      winners.push_back(Json::parse(line)["message"]);
    }
    EXPECT_THAT(winners, ::testing::ElementsAre(
                             SessionStateManager::open(directory, options()).state().topic));
  }
}

TEST_F(TwoProcessesTest, ThreadsOfOneProcessLoseNoneEither) {
  constexpr int kUpdates = 500;
  create();
  const auto work = [this] {
    auto manager = open();
    for (int i = 0; i < kUpdates; ++i) {
      manager.update([](Session& session) { increment(session, "both"); });
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(on_disk()["env"]["both"], 2 * kUpdates);
}

TEST_F(TwoProcessesTest, UsageOfOneRunAddsUpAcrossProcesses) {
  constexpr int kTurns = 500;
  create().start_agent_run({.agent_type = "build", .id = "r1"});
  ASSERT_TRUE(run_in_processes(2, [&](int) {
    auto manager = open();
    for (int i = 0; i < kTurns; ++i) manager.add_agent_run_usage("r1", {.input_tokens = 3});
  }));
  EXPECT_EQ(open().agent_run("r1").usage.input_tokens, 2 * kTurns * 3);
}

}  // namespace
}  // namespace tain
