#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "core/model/agent_run.h"
#include "core/model/session.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::SessionTest;
using testing::snapshot;

// The tables below are written from the domain's description, not from the code.

using Steps = std::set<std::pair<std::string, std::string>>;

const std::map<std::string, Steps> kPhases = {
    {"full",
     {{"spec", "plan"},
      {"plan", "build"},
      {"build", "docs"},
      {"docs", "complete"},
      {"build", "complete"}}},
    {"quick", {{"plan", "build"}, {"build", "complete"}}},
    {"research", {{"spec", "complete"}}},
};
const std::vector<std::string> kPhaseWords = {"spec", "plan", "build", "docs", "complete"};

const Steps kStatuses = {
    {"spawning", "running"}, {"running", "paused"},     {"paused", "running"},
    {"running", "waiting"},  {"waiting", "running"},    {"spawning", "completed"},
    {"spawning", "failed"},  {"spawning", "cancelled"}, {"running", "completed"},
    {"running", "failed"},   {"running", "cancelled"},  {"paused", "completed"},
    {"paused", "failed"},    {"paused", "cancelled"},   {"waiting", "completed"},
    {"waiting", "failed"},   {"waiting", "cancelled"},
};
const std::vector<std::string> kStatusWords = {"spawning",  "running", "paused",   "waiting",
                                               "completed", "failed",  "cancelled"};

const Steps kRuns = {
    {"pending", "running"},   {"pending", "failed"}, {"pending", "cancelled"},
    {"running", "completed"}, {"running", "failed"}, {"running", "cancelled"},
};
const std::vector<std::string> kRunWords = {"pending", "running", "completed", "failed",
                                            "cancelled"};

class LifecycleTest : public SessionTest {
 protected:
  SessionStateManager open_with(const std::string& type, const std::string& status,
                                const std::string& phase) {
    const Json json = {{"session_id", "s1"},
                       {"session_type", type},
                       {"status", status},
                       {"current_phase", phase},
                       {"created_at", "2026-01-12T00:00:00Z"}};
    return open_holding(json.dump());
  }
};

TEST_F(LifecycleTest, ASessionTakesThePhaseStepsOfItsTypeAndNoOthers) {
  int pairs = 0;
  for (const auto& [type, steps] : kPhases) {
    for (const std::string& from : kPhaseWords) {
      for (const std::string& to : kPhaseWords) {
        SCOPED_TRACE(::testing::Message() << type << ": " << from << " to " << to);
        auto manager = open_with(type, "running", from);
        const auto before = snapshot(state());
        const Phase phase = *from_text<Phase>(to);
        if (steps.count({from, to}) > 0) {
          manager.transition_to_phase(phase);
          EXPECT_EQ(on_disk()["current_phase"], to);
        } else {
          EXPECT_THROW(manager.transition_to_phase(phase), InvalidTransition);
          EXPECT_EQ(snapshot(state()), before);
          EXPECT_EQ(to_text(*manager.state().current_phase), from);
        }
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, 3 * 5 * 5);
}

TEST_F(LifecycleTest, ASessionTakesTheListedStatusStepsAndNoOthers) {
  int pairs = 0;
  for (const std::string& from : kStatusWords) {
    for (const std::string& to : kStatusWords) {
      SCOPED_TRACE(::testing::Message() << from << " to " << to);
      auto manager = open_with("full", from, "spec");
      const auto before = snapshot(state());
      const SessionStatus status = *from_text<SessionStatus>(to);
      if (kStatuses.count({from, to}) > 0) {
        manager.set_status(status);
        EXPECT_EQ(on_disk()["status"], to);
        const bool final = to == "completed" || to == "failed" || to == "cancelled";
        EXPECT_EQ(on_disk().contains("completed_at"), final);
      } else {
        EXPECT_THROW(manager.set_status(status), InvalidTransition);
        EXPECT_EQ(snapshot(state()), before);
        EXPECT_EQ(to_text(manager.state().status), from);
      }
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 7 * 7);
}

TEST(Lifecycle, AnAgentRunTakesTheListedStepsAndNoOthers) {
  for (const std::string& from : kRunWords) {
    for (const std::string& to : kRunWords) {
      EXPECT_EQ(is_allowed(*from_text<AgentRunStatus>(from), *from_text<AgentRunStatus>(to)),
                kRuns.count({from, to}) > 0)
          << from << " to " << to;
    }
  }
}

TEST(Lifecycle, TheFinalStatesAreThoseThatNothingFollows) {
  for (const std::string& word : kStatusWords) {
    const bool final = word == "completed" || word == "failed" || word == "cancelled";
    EXPECT_EQ(is_terminal(*from_text<SessionStatus>(word)), final) << word;
  }
}

TEST_F(LifecycleTest, ARefusalNamesBothStatesAndWhatIsAllowed) {
  auto manager = open_with("full", "running", "build");
  try {
    manager.transition_to_phase(Phase::spec);
    FAIL() << "allowed";
  } catch (const InvalidTransition& error) {
    EXPECT_EQ(error.from(), "build");
    EXPECT_EQ(error.to(), "spec");
    EXPECT_EQ(error.path(), state());
    EXPECT_THAT(error.what(), ::testing::HasSubstr("from build: docs, complete"));
  }
}

TEST_F(LifecycleTest, APhaseIsStampedWhenItIsLeftAndWhenItIsEntered) {
  auto manager = create(SessionType::full);
  const std::vector<std::pair<Phase, std::string>> walk = {{Phase::plan, "plan"},
                                                           {Phase::build, "build"},
                                                           {Phase::docs, "docs"},
                                                           {Phase::complete, "complete"}};
  std::string left = "spec";
  EXPECT_EQ(on_disk()["phase_history"]["spec_started_at"], format_time(clock_.now()));
  for (const auto& [phase, word] : walk) {
    clock_.advance(1000);
    manager.transition_to_phase(phase);
    const Json history = on_disk()["phase_history"];
    EXPECT_EQ(history[left + "_completed_at"], format_time(clock_.now()));
    if (phase != Phase::complete) {
      EXPECT_EQ(history[word + "_started_at"], format_time(clock_.now()));
    }
    left = word;
  }
  EXPECT_EQ(on_disk()["phase_history"].size(), 8U);  // none for complete
}

TEST_F(LifecycleTest, ASessionWithoutAPhaseHasNoStep) {
  auto manager = open_holding(
      R"({"session_id":"s1","session_type":"full","status":"running","created_at":"2026-01-12"})");
  EXPECT_THROW(manager.transition_to_phase(Phase::spec), InvalidTransition);
}

TEST_F(LifecycleTest, RunningStampsTheStartOnceAndAFinalStatusTheEnd) {
  auto manager = SessionStateManager::create(
      root_.path(), {.topic = "t", .status = SessionStatus::spawning, .id = "s1"}, options());
  EXPECT_FALSE(manager.state().started_at);
  clock_.advance(1000);
  const Timestamp start = clock_.now();
  manager.set_status(SessionStatus::running);
  EXPECT_EQ(manager.state().started_at, start);
  clock_.advance(1000);
  manager.set_status(SessionStatus::paused);
  manager.set_status(SessionStatus::running);
  EXPECT_EQ(manager.state().started_at, start);
  EXPECT_FALSE(manager.state().completed_at);
  clock_.advance(1000);
  manager.set_status(SessionStatus::failed);
  EXPECT_EQ(on_disk()["completed_at"], format_time(clock_.now()));
}

TEST_F(LifecycleTest, ATransitionIsJudgedByWhatTheFileHoldsNow) {
  auto mine = create();
  open().set_status(SessionStatus::completed);
  EXPECT_THROW(mine.set_status(SessionStatus::paused), InvalidTransition);
  EXPECT_EQ(on_disk()["status"], "completed");
}

class CheckpointTest : public SessionTest {
 protected:
  void refuses(const std::function<void(SessionStateManager&)>& change) {
    const auto before = snapshot(state());
    EXPECT_THROW(change(manager_), InvalidArgument);
    EXPECT_EQ(snapshot(state()), before);
  }
  std::vector<std::int64_t> completed() const {
    return manager_.state().build_progress.checkpoints_completed;
  }
  std::optional<std::int64_t> current() const {
    return manager_.state().build_progress.current_checkpoint;
  }

  SessionStateManager manager_ = create();
};

TEST_F(CheckpointTest, ABuildHasAtLeastOne) {
  refuses([](auto& manager) { manager.init_build(0); });
  refuses([](auto& manager) { manager.init_build(-1); });
  manager_.init_build(1);
  EXPECT_EQ(on_disk()["build_progress"].dump(),
            R"({"checkpoints_completed":[],"checkpoints_total":1,"current_checkpoint":1})");
}

TEST_F(CheckpointTest, NothingStartsOrEndsBeforeTheBuildIsPlanned) {
  refuses([](auto& manager) { manager.start_checkpoint(1); });
  refuses([](auto& manager) { manager.complete_checkpoint(1); });
}

TEST_F(CheckpointTest, TheyCompleteOnceEachAndTheNextBecomesCurrent) {
  manager_.init_build(3);
  EXPECT_EQ(current(), 1);
  manager_.complete_checkpoint(1);
  EXPECT_EQ(current(), 2);
  refuses([](auto& manager) { manager.complete_checkpoint(1); });
  refuses([](auto& manager) { manager.start_checkpoint(1); });
  manager_.complete_checkpoint(2);
  manager_.complete_checkpoint(3);
  EXPECT_THAT(completed(), ::testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(current(), std::nullopt);
}

TEST_F(CheckpointTest, OutOfOrderTheListStaysSortedAndTheCurrentOneWrapsToTheFirstOpen) {
  manager_.init_build(4);
  manager_.start_checkpoint(3);
  EXPECT_EQ(current(), 3);
  manager_.complete_checkpoint(4);
  EXPECT_EQ(current(), 1);
  manager_.complete_checkpoint(2);
  EXPECT_EQ(current(), 3);
  manager_.complete_checkpoint(3);
  EXPECT_THAT(completed(), ::testing::ElementsAre(2, 3, 4));
  EXPECT_EQ(current(), 1);
}

TEST_F(CheckpointTest, NumbersOutsideThePlanAreRefused) {
  manager_.init_build(3);
  for (const std::int64_t number : {-1, 0, 4}) {
    refuses([&](auto& manager) { manager.start_checkpoint(number); });
    refuses([&](auto& manager) { manager.complete_checkpoint(number); });
  }
}

TEST_F(CheckpointTest, APlanMayBeCorrectedUntilACheckpointIsCompleted) {
  manager_.init_build(3);
  manager_.init_build(5);
  EXPECT_EQ(manager_.state().build_progress.checkpoints_total, 5);
  manager_.complete_checkpoint(1);
  refuses([](auto& manager) { manager.init_build(7); });
}

}  // namespace
}  // namespace tain
