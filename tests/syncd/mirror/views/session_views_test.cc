// Sessions, their runs and events across projects; what changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/state/project_store.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
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

TEST_F(Views, AFailedRunIsOneRunAlsoWhereItsSessionStandsTwice) {
  auto session = create("one", "a");
  session.start_agent_run({.agent_type = "build", .id = "r"});
  session.fail_agent_run("r", "why");
  tree.write("one/.tain/sessions/copy/state.json",
             testing::read(session.directory() / "state.json"));
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions WHERE session_id = 'a'"), "2");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM failed_runs"), "1");
}

TEST_F(Views, AFailedRunIsOneRunAlsoWhereItStandsTwice) {
  auto session = create("one", "a");
  session.start_agent_run({.agent_type = "build", .id = "r"});
  session.fail_agent_run("r", "why");
  std::filesystem::copy(session.directory(), tree.root() / "one/.tain/sessions/copy",
                        std::filesystem::copy_options::recursive);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id, run_id FROM failed_runs"),
              ElementsAre(Cells{"a", "r"}));
}

TEST_F(Views, TheTimelineIsAllEventsOfAProjectInOneOrder) {
  tree.write("one/.tain/sessions/a/events.jsonl",
             R"({"id": "e3", "at": "2026-02-16T12:00:02.007Z", "type": "log", "message": "m", )"
             R"("actor": {"type": "agent", "id": "claude"}, "agent_run_id": "r"})"
             "\n"
             R"({"id": "e1", "at": "2026-02-16T12:00:00Z", "type": "user.message", )"
             R"("title": "t", "message": "m", "body": "b"})"
             "\n");
  tree.write("one/.tain/tasks/t/events.jsonl",
             R"({"id": "e2", "at": "2026-02-16T12:00:01Z", "type": "created", "body": "b"})"
             "\n");
  tree.write("two/.tain/sessions/b/events.jsonl", R"({"id": "other"})"
                                                  "\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT time, lane, type, actor_type, actor_id, text, task_id, session_id, "
                        "agent_run_id, id FROM timeline WHERE project = 'one'"),
              ElementsAre(Cells{"2026-02-16 12:00:00.000", "user", "user.message", "NULL", "NULL",
                                "t", "NULL", "a", "NULL", "e1"},
                          Cells{"2026-02-16 12:00:01.000", "coordination", "created", "NULL",
                                "NULL", "b", "t", "NULL", "NULL", "e2"},
                          Cells{"2026-02-16 12:00:02.007", "implementation", "log", "agent",
                                "claude", "m", "NULL", "a", "r", "e3"}));
}

}  // namespace
}  // namespace tain
