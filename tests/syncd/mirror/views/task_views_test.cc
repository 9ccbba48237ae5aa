// The tree and the board of tasks, what they wait for, and what was learned.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hand_made_project.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::HandMadeProject;
using ::testing::IsEmpty;
using testing::MirrorFixture;
using ::testing::UnorderedElementsAre;

constexpr const char* kTree = "SELECT root_id, id, depth, path FROM task_tree";

class TaskViews : public ::testing::Test {
 protected:
  static std::string child_of(const std::string& parent, int sort_order = 0) {
    return R"("parent_id": ")" + parent + R"(", "sort_order": )" + std::to_string(sort_order);
  }
  static std::string in(const std::string& status, const std::string& more = "") {
    return R"("status": ")" + status + "\"" + more;
  }

  MirrorFixture tree;
  HandMadeProject one{tree, "one"};
};

TEST_F(TaskViews, TheTreeHasEveryTaskBehindItsParentInItsOrder) {
  one.task("a", R"("sort_order": 2000)");
  one.task("a1", child_of("a", 2000));
  one.task("a2", child_of("a", 1000));
  one.task("a1x", child_of("a1"));
  one.task("b", R"("sort_order": 1000)");
  tree.catch_up();
  EXPECT_THAT(tree.rows(kTree),
              ElementsAre(Cells{"b", "b", "0", "Tb"}, Cells{"a", "a", "0", "Ta"},
                          Cells{"a", "a2", "1", "Ta / Ta2"}, Cells{"a", "a1", "1", "Ta / Ta1"},
                          Cells{"a", "a1x", "2", "Ta / Ta1 / Ta1x"}));
}

TEST_F(TaskViews, ATaskWhoseParentIsMissingIsARoot) {
  one.task("a", child_of("gone"));
  one.task("b", child_of("a"));
  tree.catch_up();
  EXPECT_THAT(tree.rows(kTree),
              ElementsAre(Cells{"a", "a", "0", "Ta"}, Cells{"a", "b", "1", "Ta / Tb"}));
}

TEST_F(TaskViews, ACycleOfParentsIsCutAtItsSmallestId) {
  one.task("c", child_of("a"));
  one.task("a", child_of("b"));
  one.task("b", child_of("c"));
  one.task("below", child_of("c"));
  one.task("0-below", child_of("b"));  // a smaller id than any of the cycle
  one.task("self", child_of("self"));
  tree.catch_up();
  EXPECT_THAT(tree.rows(kTree),
              UnorderedElementsAre(Cells{"a", "a", "0", "Ta"}, Cells{"a", "c", "1", "Ta / Tc"},
                                   Cells{"a", "b", "2", "Ta / Tc / Tb"},
                                   Cells{"a", "below", "2", "Ta / Tc / Tbelow"},
                                   Cells{"a", "0-below", "3", "Ta / Tc / Tb / T0-below"},
                                   Cells{"self", "self", "0", "Tself"}));
}

TEST_F(TaskViews, TreesOfTwoProjectsDoNotMeet) {
  const HandMadeProject two(tree, "two");
  one.task("a");
  two.task("a");
  two.task("b", child_of("a"));
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT project, id, depth FROM task_tree"),
      UnorderedElementsAre(Cells{"one", "a", "0"}, Cells{"two", "a", "0"}, Cells{"two", "b", "1"}));
}

// Copies in a row would double with every level, were each a node of its own.
TEST_F(TaskViews, ACopiedTaskIsOneTask) {
  for (int i = 0; i < 20; ++i) {
    const std::string parent = "t" + std::to_string(i);
    one.task("t" + std::to_string(i + 1), child_of(parent));
    one.copy("tasks/t" + std::to_string(i + 1), "tasks/copy" + std::to_string(i + 1));
  }
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM tasks"), "40");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_tree"), "20");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_board"), "20");
  EXPECT_EQ(tree.cell("SELECT max(children) FROM task_board"), "1");
}

TEST_F(TaskViews, ALongChainOfTasksIsATreeToo) {
  for (int i = 1; i <= 300; ++i) {
    one.task("t" + std::to_string(i), child_of("t" + std::to_string(i - 1)));
  }
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT max(depth) FROM task_tree"), "299");
}

TEST_F(TaskViews, TheBoardIsOrderedByStatusAndPlace) {
  one.agent("claude", R"("name": "Claude")");
  one.task("p2", in("pending", R"(, "sort_order": 2000)"));
  one.task("p1", in("pending",
                    R"(, "sort_order": 1000, "priority": "high", "kind": "primary",
                       "assignee_agent_id": "claude", "due_at": "2026-03-01",
                       "dependencies": ["done", "p2", "p2", "gone"])"));
  one.task("done", in("completed", R"(, "parent_id": "p1")"));
  one.task("child", in("in_progress", R"(, "parent_id": "p1")"));
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT status, sort_order, id, display_title, priority, assignee_agent_id, "
                "assignee, children, unfinished_dependencies, due FROM task_board"),
      ElementsAre(
          Cells{"completed", "NULL", "done", "Tdone", "NULL", "NULL", "NULL", "0", "0", "NULL"},
          Cells{"in_progress", "NULL", "child", "Tchild", "NULL", "NULL", "NULL", "0", "0", "NULL"},
          Cells{"pending", "1000", "p1", "Tp1", "high", "claude", "Claude", "2", "2",
                "2026-03-01 00:00:00"},
          Cells{"pending", "2000", "p2", "Tp2", "NULL", "NULL", "NULL", "0", "0", "NULL"}));
}

TEST_F(TaskViews, BlockersAreTheDependenciesThatAreNotCompleted) {
  one.task("done", in("completed"));
  one.task("running", in("in_progress"));
  one.task("failed", in("failed"));
  one.task("unknown");
  one.task("waits", in("pending", R"(, "dependencies": ["done", "running", "running", "failed",
                                      "unknown", "gone"])"));
  one.task("free", in("pending", R"(, "dependencies": ["done"])"));
  one.task("over", in("cancelled", R"(, "dependencies": ["running"])"));
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT project, task_id, display_title, status, depends_on, dependency_title, "
                "dependency_status FROM task_blockers"),
      UnorderedElementsAre(
          Cells{"one", "waits", "Twaits", "pending", "running", "Trunning", "in_progress"},
          Cells{"one", "waits", "Twaits", "pending", "failed", "Tfailed", "failed"},
          Cells{"one", "waits", "Twaits", "pending", "unknown", "Tunknown", "NULL"},
          Cells{"one", "waits", "Twaits", "pending", "gone", "NULL", "missing"}));
}

TEST_F(TaskViews, ATaskOfAnotherProjectBlocksNothing) {
  const HandMadeProject two(tree, "two");
  one.task("a", R"("dependencies": ["b"])");
  two.task("b", in("completed"));
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT task_id, dependency_status FROM task_blockers"),
              ElementsAre(Cells{"a", "missing"}));
}

TEST_F(TaskViews, AnExecutionIsStaleWhenItsWorkerHasFallenSilent) {
  const auto at = [](std::int64_t seconds_ago) {
    return "\"" + format_time({now().ms - seconds_ago * 1000}) + "\"";
  };
  one.execution("t", "fresh", in("running", R"(, "heartbeat_at": )" + at(60)));
  one.execution("t", "silent",
                in("running", R"(, "worker_id": "w1", "heartbeat_at": )" + at(600) +
                                  R"(, "started_at": )" + at(900)));
  one.execution("t", "cancelling", in("cancelling", R"(, "heartbeat_at": )" + at(600)));
  one.execution("t", "never", in("running", R"(, "started_at": )" + at(600)));
  one.execution("t", "started", in("running", R"(, "started_at": )" + at(60)));
  one.execution("t", "timeless", in("running"));
  one.execution("t", "queued", in("queued", R"(, "created_at": )" + at(600)));
  one.execution("t", "over", in("succeeded", R"(, "heartbeat_at": )" + at(600)));
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT id FROM stale_executions"),
              UnorderedElementsAre(Cells{"silent"}, Cells{"cancelling"}, Cells{"never"},
                                   Cells{"timeless"}));
  EXPECT_THAT(tree.rows("SELECT project, task_id, worker_id, silent_seconds BETWEEN 599 AND 700 "
                        "FROM stale_executions WHERE id = 'silent'"),
              ElementsAre(Cells{"one", "t", "w1", "1"}));
}

TEST_F(TaskViews, TheWorkflowLibraryHasWhatWentWell) {
  one.task("t1", R"("title": "untitled", "initial_prompt": "Do it")");
  one.write("tasks/t1/evaluation.json",
            R"({"rating": "good", "use_case": "u", "workflow_tags": ["w"], "outcome_note": "o",
                "approach_note": "a", "reuse_when": "r", "watchouts": "x",
                "evaluated_at": "2026-02-16T12:00:00Z"})");
  one.write("tasks/t2/evaluation.json", R"({"rating": "skip"})");
  one.write("tasks/t3/evaluation.json", R"({"rating": "good"})");
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT project, task_id, display_title, use_case, workflow_tags, outcome_note, "
                "approach_note, reuse_when, watchouts, evaluated FROM workflow_library"),
      ElementsAre(
          Cells{"one", "t1", "Do it", "u", R"(["w"])", "o", "a", "r", "x", "2026-02-16 12:00:00"},
          Cells{"one", "t3", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"}));
}

}  // namespace
}  // namespace tain
