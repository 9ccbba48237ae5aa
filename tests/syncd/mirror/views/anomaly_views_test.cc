// What does not fit together is shown, and what fits is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/state/project_store.h"
#include "tests/support/hand_made_project.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::HandMadeProject;
using ::testing::IsEmpty;
using testing::MirrorFixture;
using ::testing::UnorderedElementsAre;

constexpr const char* kAnomalies = "SELECT kind, place, detail FROM anomalies";

class AnomalyViews : public ::testing::Test {
 protected:
  // A project in which everything is there once and names what is there.
  void write_clean_project() const {
    p.session("s1", R"("project_id": "proj_p", "task_ids": ["t1", "t2"])");
    p.session("s2",
              R"("prior_session": "s1", "parent_session_id": "s1",
                 "metadata": {"spawned_by": "s1"})");
    p.run("s1", "r1", R"("agent_id": "anything", "status": "running")");
    p.run("s2", "r1");
    p.events("s1", R"({"id": "e1", "task_id": "t1", "agent_run_id": "r1"})"
                   "\n");
    p.task("t1", R"("project_id": "proj_p", "session_ids": ["s1"], "assignee_agent_id": "claude")");
    p.task("t2",
           R"("parent_id": "t1", "dependencies": ["t1"], "session_ids": ["s1"],
              "parent_session_id": "s1")");
    p.agent("claude", R"("capabilities": [{"key": "run"}, {"key": "ask"}])");
    p.execution("t1", "x1", R"("agent_id": "claude", "capability_key": "run")");
    p.execution("t1", "x2", R"("parent_execution_id": "x1")");
    p.session_task("s1", "b1");
    p.session_task("s2", "b1");
    p.write("sessions/s1/tasks/b1/messages.jsonl", "{\"id\": \"m1\"}\n");
    p.write("bookmarks/k1.json", R"({"task_id": "t1", "event_id": "e1"})");
    p.write("tasks/t1/evaluation.json", R"({"rating": "good"})");
    p.write("bindings/cc/c1.json", R"({"task_id": "t1", "session_id": "s1"})");
    p.write("bindings/other/c1.json", R"({"task_id": "t1", "session_id": "s1"})");
    p.write("workers/w1.json", "{}");
    p.write("config.json", R"({"a": {"value": 1}})");
  }
  std::vector<Cells> anomalies() {
    tree.catch_up();
    return tree.rows(kAnomalies);
  }
  static Cells dangling(const std::string& place, const std::string& detail) {
    return {"dangling reference", place, detail};
  }

  MirrorFixture tree;
  HandMadeProject p{tree, "p"};
};

TEST_F(AnomalyViews, WhereAllFitsThereAreNone) {
  write_clean_project();
  EXPECT_THAT(anomalies(), IsEmpty());
}

TEST_F(AnomalyViews, TwoProjectsMayUseTheSameIds) {
  write_clean_project();
  tree.write("q/.tain/project.json", R"({"id": "proj_q"})");
  for (const char* part : {"agents", "workers", "tasks"}) {
    std::filesystem::copy(p.path(part), tree.root() / "q/.tain" / part,
                          std::filesystem::copy_options::recursive);
  }
  std::filesystem::remove_all(tree.root() / "q/.tain/tasks/t2");
  tree.write("q/.tain/tasks/t1/task.json", R"({"id": "t1"})");
  EXPECT_THAT(anomalies(), IsEmpty());
}

TEST_F(AnomalyViews, EveryReferenceToNothingIsShown) {
  p.session("s", R"("project_id": "proj_x", "prior_session": "s-", "parent_session_id": "s-",
                    "metadata": {"spawned_by": "s-"}, "task_ids": ["t-"])");
  p.run("gone", "r");
  p.events("s", R"({"id": "e1", "session_id": "s-", "task_id": "t-", "agent_run_id": "r-"})"
                "\n"
                R"({"id": "e2", "session_id": "s-"})"
                "\n");
  p.task("t", R"("project_id": "proj_x", "parent_id": "t-", "dependencies": ["t", "t-"],
                 "session_ids": ["s-"], "parent_session_id": "s-", "assignee_agent_id": "a-")");
  p.agent("a");
  p.execution("t-", "x", R"("agent_id": "a-", "capability_key": "c", "parent_execution_id": "x-")");
  p.execution("t", "y", R"("agent_id": "a", "capability_key": "c")");
  p.session_task("s-", "b");
  p.write("sessions/s/tasks/b-/messages.jsonl", "{}\n{}\n");
  p.write("bookmarks/k.json", R"({"task_id": "t-", "event_id": "e-"})");
  p.write("tasks/t-/evaluation.json", "{}");
  p.write("bindings/cc/c.json", R"({"task_id": "t-", "session_id": "s-"})");
  tree.catch_up();
  const std::string session = " is no session of this project";
  const std::string task = " is no task of this project";
  EXPECT_THAT(
      tree.rows("SELECT place, detail FROM anomalies WHERE kind = 'dangling reference'"),
      UnorderedElementsAre(
          Cells{"/project_id", "proj_x is not the id of this project"},  // the session's
          Cells{"/prior_session", "s-" + session}, Cells{"/parent_session_id", "s-" + session},
          Cells{"/metadata/spawned_by", "s-" + session}, Cells{"/task_ids/0", "t-" + task},
          Cells{"/session_id", "gone" + session},  // the run's
          Cells{"/session_id", "s-" + session},    // the two events'
          Cells{"/task_id", "t-" + task},
          Cells{"/agent_run_id", "r- is no agent run of this project"},
          Cells{"/project_id", "proj_x is not the id of this project"},  // the task's
          Cells{"/parent_id", "t-" + task}, Cells{"/dependencies/1", "t-" + task},
          Cells{"/session_ids/0", "s-" + session}, Cells{"/parent_session_id", "s-" + session},
          Cells{"/assignee_agent_id", "a- is no agent of this project"},
          Cells{"/task_id", "t-" + task},  // the execution's
          Cells{"/agent_id", "a- is no agent of this project"},
          Cells{"/parent_execution_id", "x- is no execution of this project"},
          Cells{"/capability_key", "c is no capability of a"},
          Cells{"/session_id", "s-" + session},  // the session task's
          Cells{"/task_id", "b- is no session task of this project"},
          Cells{"/task_id", "t-" + task},  // the bookmark's
          Cells{"/event_id", "e- is no event of this project"},
          Cells{"/task_id", "t-" + task},  // the evaluation's
          Cells{"/task_id", "t-" + task},  // the binding's
          Cells{"/session_id", "s-" + session}));
}

TEST_F(AnomalyViews, AReferenceAcrossProjectsDangles) {
  p.task("t1", R"("parent_id": "t2")");
  const HandMadeProject q(tree, "q");
  q.task("t2");
  EXPECT_THAT(anomalies(), ElementsAre(dangling("/parent_id", "t2 is no task of this project")));
}

TEST_F(AnomalyViews, OneLineStandsForAllOfALogThatNameTheSame) {
  p.session("s");
  p.events("s", R"({"task_id": "t"})"
                "\n"
                R"({"task_id": "t"})"
                "\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT line_offset, place FROM anomalies"),
              ElementsAre(Cells{"0", "/task_id"}));
}

TEST_F(AnomalyViews, WhatStandsInTwoFilesOfAProjectIsShownAtBoth) {
  write_clean_project();
  p.copy("sessions/s1/agents/r1.json", "sessions/s1/agents/r2.json");
  p.copy("tasks/t2", "tasks/t2-copy");
  p.copy("agents/claude.json", "agents/other.json");
  p.agent("other", R"("slug": "claude", "capabilities": [])");
  p.copy("tasks/t1/executions/x1.json", "tasks/t2/executions/x1.json");
  p.copy("sessions/s1/tasks/b1", "sessions/s1/tasks/b1-copy");
  p.write("bookmarks/k2.json", R"({"id": "k1", "task_id": "t1"})");
  p.write("bindings/cc/c2.json",
          R"({"runtime_session_id": "c1", "task_id": "t1", "session_id": "s1"})");
  p.write("workers/w2.json", R"({"worker_id": "w1"})");
  p.write("tasks/t2/evaluation.json", R"({"task_id": "t1", "rating": "skip"})");
  tree.catch_up();
  std::vector<Cells> expected;
  for (const auto& [kind, place, id] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"agent run", "/id", "r1"},
           {"task", "/id", "t2"},
           {"agent", "/slug", "claude"},
           {"execution", "/id", "x1"},
           {"session task", "/id", "b1"},
           {"bookmark", "/id", "k1"},
           {"runtime binding", "/runtime_session_id", "c1"},
           {"worker", "/worker_id", "w1"},
           {"evaluation", "/task_id", "t1"}}) {
    expected.insert(expected.end(), 2,
                    {"duplicate " + kind, place, id + " also stands in another file"});
  }
  EXPECT_THAT(tree.rows(kAnomalies), ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(AnomalyViews, ACapabilityThatStandsTwiceInItsAgentIsShown) {
  p.agent("claude", R"("capabilities": [{"key": "run"}, {"key": "ask"}, {"key": "run"}])");
  p.agent("codex", R"("capabilities": [{"key": "run"}])");
  EXPECT_THAT(anomalies(), UnorderedElementsAre(Cells{"duplicate capability", "/capabilities/0/key",
                                                      "run also stands elsewhere in the list"},
                                                Cells{"duplicate capability", "/capabilities/2/key",
                                                      "run also stands elsewhere in the list"}));
}

TEST_F(AnomalyViews, ACopiedProjectIsShownWithItsSessions) {
  p.session("s");
  std::filesystem::copy(tree.root() / "p", tree.root() / "copy",
                        std::filesystem::copy_options::recursive);
  EXPECT_THAT(anomalies(),
              UnorderedElementsAre(
                  Cells{"duplicate session", "/session_id", "s also stands in another file"},
                  Cells{"duplicate session", "/session_id", "s also stands in another file"},
                  Cells{"duplicate project", "/id", "proj_p also stands in another file"},
                  Cells{"duplicate project", "/id", "proj_p also stands in another file"}));
}

TEST_F(AnomalyViews, ALinkThatOnlyOneSideKnowsIsShownThere) {
  p.session("s1", R"("task_ids": ["t1", "t2"])");
  p.session("s2");
  p.task("t1", R"("session_ids": ["s2", "s1"])");
  p.task("t2");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT kind, replace(path, '" + tree.root().string() +
                        "/p/.tain/', ''), place, detail FROM anomalies"),
              UnorderedElementsAre(Cells{"one-sided link", "tasks/t1/task.json", "/session_ids/0",
                                         "session s2 does not list task t1"},
                                   Cells{"one-sided link", "sessions/s1/state.json", "/task_ids/1",
                                         "task t2 does not list session s1"}));
}

TEST_F(AnomalyViews, EveryCycleIsShownOnce) {
  p.task("a", R"("parent_id": "b", "dependencies": ["c"])");
  p.task("b", R"("parent_id": "a", "dependencies": ["a"])");
  p.task("c", R"("parent_id": "a", "dependencies": ["b", "d"])");
  p.task("d", R"("dependencies": ["d"])");
  EXPECT_THAT(
      anomalies(),
      UnorderedElementsAre(Cells{"parent cycle", "/parent_id", "a leads back to itself"},
                           Cells{"dependency cycle", "/dependencies", "a leads back to itself"},
                           Cells{"dependency cycle", "/dependencies", "d leads back to itself"}));
}

TEST_F(AnomalyViews, WordsThatNobodyKnowsAreShown) {
  p.task("t", R"("status": "todo", "priority": "P1")");
  p.session_task("s", "b", R"("state": "lost")");
  p.session("s");
  EXPECT_THAT(anomalies(),
              UnorderedElementsAre(Cells{"unknown word", "/status", "status: \"todo\""},
                                   Cells{"unknown word", "/priority", "priority: \"P1\""},
                                   Cells{"unknown word", "/state", "state: \"lost\""}));
}

TEST_F(AnomalyViews, AFileThatWentBadIsStale) {
  p.task("t");
  tree.catch_up();
  p.write("tasks/t/task.json", "{");
  p.write("tasks/u/task.json", "[]");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT kind FROM anomalies"),
              UnorderedElementsAre(Cells{"stale file"}, Cells{"bad file"}));
  EXPECT_THAT(tree.rows("SELECT id FROM tasks"), ElementsAre(Cells{"t"}));
}

TEST_F(AnomalyViews, WhatCoreWritesFitsUntilItsSessionIsGone) {
  create_project(tree.root() / "one", {.name = "one"}, tree.session_options());
  auto session =
      SessionStateManager::create(tree.root() / "one", {.topic = "t"}, tree.session_options());
  session.start_agent_run({.agent_type = "build", .id = "r"});
  session.append_event({.type = "log", .message = "m"});
  EXPECT_THAT(anomalies(), IsEmpty());
  std::filesystem::remove(session.directory() / "state.json");
  const std::string gone = session.state().session_id + " is no session of this project";
  EXPECT_THAT(anomalies(),
              ElementsAre(dangling("/session_id", gone), dangling("/session_id", gone)));
}

}  // namespace
}  // namespace tain
