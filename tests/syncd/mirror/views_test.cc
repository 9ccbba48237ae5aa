// The views answer the questions that the mirror exists for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/state/project_store.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MirrorFixture;
using ::testing::UnorderedElementsAre;

class Views : public ::testing::Test {
 protected:
  Views() {
    for (const char* name : {"one", "two"}) {
      create_project(tree.root() / name, {.name = name}, tree.session_options());
    }
  }
  SessionStateManager create(const std::string& project, const std::string& id) {
    return SessionStateManager::create(tree.root() / project,
                                       {.topic = "t-" + id, .type = SessionType::quick, .id = id},
                                       tree.session_options());
  }

  MirrorFixture tree;
};

TEST_F(Views, SessionsInTheBuildPhaseAcrossProjects) {
  create("one", "a").transition_to_phase(Phase::build);
  create("two", "b").transition_to_phase(Phase::build);
  create("two", "c");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT project, session_id, topic FROM sessions_by_phase "
                        "WHERE current_phase = 'build'"),
              UnorderedElementsAre(Cells{"one", "a", "t-a"}, Cells{"two", "b", "t-b"}));
}

TEST_F(Views, SessionsWithMoreThanThreeCheckpoints) {
  for (const auto& [id, done] : std::map<std::string, int>{{"three", 3}, {"four", 4}}) {
    auto session = create("one", id);
    session.init_build(5);
    for (int n = 1; n <= done; ++n) session.complete_checkpoint(n);
  }
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id FROM sessions WHERE checkpoints_completed > 3"),
              ElementsAre(Cells{"four"}));
}

TEST_F(Views, FailedRunsOfSessionsInTheBuildPhase) {
  auto building = create("one", "building");
  building.transition_to_phase(Phase::build);
  building.start_agent_run({.agent_type = "build", .id = "fine"});
  building.start_agent_run({.agent_type = "build", .id = "broken"});
  building.add_agent_run_usage("broken", {.cost_usd = 0.5});
  building.fail_agent_run("broken", "no memory");
  auto planning = create("two", "planning");
  planning.start_agent_run({.agent_type = "plan", .id = "other"});
  planning.fail_agent_run("other", "no plan");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT project, session_id, run_id, error_message, cost_usd "
                        "FROM failed_runs WHERE current_phase = 'build'"),
              ElementsAre(Cells{"one", "building", "broken", "no memory", "0.5"}));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM failed_runs"), "2");
}

TEST_F(Views, ActiveSessionsAreThoseThatHaveNotEnded) {
  create("one", "a");
  create("one", "b").set_status(SessionStatus::completed);
  create("two", "c").set_status(SessionStatus::waiting);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id FROM active_sessions"),
              UnorderedElementsAre(Cells{"a"}, Cells{"c"}));
}

TEST_F(Views, TheChangeFeedSaysWhatChangedSinceANumber) {
  auto session = create("one", "a");
  create("one", "b");
  tree.catch_up();
  const std::string seq = tree.cell("SELECT max(seq) FROM change_feed");
  session.set_status(SessionStatus::paused);
  std::filesystem::remove(tree.root() / "one/.tain/sessions/b/state.json");
  tree.catch_up();
  const std::string directory = (tree.root() / "one/.tain/sessions").string();
  EXPECT_THAT(
      tree.rows("SELECT change, path, kind FROM change_feed WHERE seq > " + seq + " ORDER BY seq"),
      ElementsAre(Cells{"upsert", directory + "/a/state.json", "session"},
                  Cells{"delete", directory + "/b/state.json", "session"}));
}

TEST_F(Views, ACopyIsTwoRowsAndAnAnomaly) {
  create("one", "a");
  std::filesystem::copy(tree.root() / "one", tree.root() / "copy",
                        std::filesystem::copy_options::recursive);
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions WHERE session_id = 'a'"), "2");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM anomalies WHERE kind = 'duplicate session'"), "2");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM anomalies WHERE kind = 'duplicate project'"), "2");
}

TEST_F(Views, WhatBelongsToNoSessionDangles) {
  auto session = create("one", "a");
  session.start_agent_run({.agent_type = "build", .id = "r"});
  session.append_event({.type = "log", .message = "m"});
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT * FROM anomalies"), IsEmpty());
  std::filesystem::remove(session.directory() / "state.json");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT kind, detail FROM anomalies"),
              ElementsAre(Cells{"dangling reference", "a is no session of this project"},
                          Cells{"dangling reference", "a is no session of this project"}));
}

// A question about one session or task reads its own events, not everybody's.
TEST_F(Views, TheirQuestionsAreAnsweredThroughIndexes) {
  tree.catch_up();
  for (const char* question :
       {"SELECT * FROM events WHERE session_id = 'a' ORDER BY at",
        "SELECT * FROM events WHERE task_id = 'a' ORDER BY at", "SELECT * FROM failed_runs",
        "SELECT * FROM change_feed WHERE seq > 5",
        "SELECT * FROM sessions WHERE session_id = 'a'"}) {
    for (const Cells& step : tree.rows(std::string("EXPLAIN QUERY PLAN ") + question)) {
      EXPECT_THAT(step.back(), ::testing::Not(::testing::HasSubstr("SCAN events"))) << question;
      EXPECT_THAT(step.back(), ::testing::Not(::testing::HasSubstr("SCAN files"))) << question;
      EXPECT_THAT(step.back(), ::testing::Not(::testing::HasSubstr("SCAN sessions"))) << question;
    }
  }
}

}  // namespace
}  // namespace tain
