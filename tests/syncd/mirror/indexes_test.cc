// A question about one session, task or project reads what belongs to it, not everybody's rows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using testing::MirrorFixture;

struct Question {
  const char* sql;
  // Tables, and the names that views have for them, of which no row is read for nothing.
  std::vector<std::string> never_scanned;
};

class Indexes : public ::testing::TestWithParam<Question> {
 protected:
  static void SetUpTestSuite() {
    tree_ = std::make_unique<MirrorFixture>();
    tree_->catch_up();
  }
  static void TearDownTestSuite() { tree_.reset(); }

  // What the plan reads whole, whether or not in the order of an index.
  static std::vector<std::string> scans(const std::string& sql) {
    std::vector<std::string> found;
    for (const Cells& step : tree_->rows("EXPLAIN QUERY PLAN " + sql)) {
      const std::string& text = step.back();
      if (text.starts_with("SCAN ")) found.push_back(text.substr(5, text.find(' ', 5) - 5));
    }
    return found;
  }

  static std::unique_ptr<MirrorFixture> tree_;
};
std::unique_ptr<MirrorFixture> Indexes::tree_;

TEST_P(Indexes, AnswerTheQuestion) {
  const std::vector<std::string> found = scans(GetParam().sql);
  for (const std::string& table : GetParam().never_scanned) {
    EXPECT_THAT(found, ::testing::Not(::testing::Contains(table))) << GetParam().sql;
  }
}

const std::vector<std::string> kSpending = {"r", "e", "o", "d", "m", "agent_runs", "events"};
const std::vector<std::string> kTimeline = {"e", "events"};
const std::vector<std::string> kTasks = {"t", "o", "b", "c", "d", "tasks", "task_dependencies"};
const std::vector<std::string> kSessions = {"s", "sessions"};
const std::vector<std::string> kExecutions = {"x", "executions"};

INSTANTIATE_TEST_SUITE_P(
    OfEventsAndCosts, Indexes,
    ::testing::Values(
        Question{"SELECT * FROM events WHERE session_id = 'a' ORDER BY at", kTimeline},
        Question{"SELECT * FROM events WHERE task_id = 'a' ORDER BY at", kTimeline},
        Question{"SELECT * FROM events WHERE agent_run_id = 'a' ORDER BY at", kTimeline},
        Question{"SELECT * FROM events WHERE id = 'a'", kTimeline},
        Question{"SELECT * FROM events WHERE project_key = 1 AND at > 5", kTimeline},
        Question{"SELECT * FROM timeline WHERE session_id = 'a'", kTimeline},
        Question{"SELECT * FROM timeline WHERE task_id = 'a'", kTimeline},
        Question{"SELECT * FROM timeline WHERE task_id = 'a' ORDER BY at", kTimeline},
        Question{"SELECT * FROM timeline WHERE project_key = 1", kTimeline},
        Question{"SELECT * FROM usage WHERE session_id = 'a'", kSpending},
        Question{"SELECT sum(cost_usd) FROM usage WHERE project_key = 1", kSpending},
        Question{"SELECT * FROM session_costs WHERE session_id = 'a'", kSpending},
        Question{"SELECT * FROM session_costs WHERE project_key = 1", kSpending},
        Question{"SELECT * FROM project_costs WHERE project_key = 1", kSpending},
        // What one task has cost.
        Question{"SELECT c.* FROM task_sessions s CROSS JOIN session_costs c USING (session_id) "
                 "WHERE s.task_id = 'a'",
                 {"s", "task_sessions"}},
        Question{"SELECT * FROM failed_runs", kSpending},
        Question{"SELECT * FROM failed_runs WHERE session_id = 'a'", kSpending},
        Question{"SELECT * FROM agent_runs WHERE session_id = 'a'", kSpending},
        Question{"SELECT * FROM agent_runs WHERE status = 'failed'", kSpending},
        Question{"SELECT * FROM change_feed WHERE seq > 5", {"files", "tombstones"}}));

INSTANTIATE_TEST_SUITE_P(
    OfTasksAndSessions, Indexes,
    ::testing::Values(
        Question{"SELECT * FROM sessions WHERE session_id = 'a'", kSessions},
        Question{"SELECT * FROM sessions WHERE project_key = 1", kSessions},
        Question{"SELECT * FROM sessions WHERE status = 'running'", kSessions},
        Question{"SELECT * FROM sessions_by_phase WHERE current_phase = 'build'", kSessions},
        Question{"SELECT * FROM sessions WHERE file_id IN "
                 "(SELECT file_id FROM session_task_ids WHERE task_id = 'a')",
                 {"sessions", "session_task_ids"}},
        Question{"SELECT session_id FROM task_sessions WHERE task_id = 'a'", {"task_sessions"}},
        Question{"SELECT task_id FROM task_sessions WHERE session_id = 'a'", {"task_sessions"}},
        Question{"SELECT * FROM tasks WHERE id = 'a'", kTasks},
        Question{"SELECT * FROM tasks WHERE project_key = 1", kTasks},
        Question{"SELECT * FROM tasks WHERE status = 'pending'", kTasks},
        Question{"SELECT * FROM tasks WHERE parent_id = 'a'", kTasks},
        Question{"SELECT * FROM tasks WHERE parent_id IS NULL", kTasks},
        Question{"SELECT * FROM tasks WHERE assignee_agent_id = 'a'", kTasks},
        Question{"SELECT * FROM tasks WHERE kind = 'background'", kTasks},
        Question{"SELECT * FROM tasks WHERE parent_session_id = 'a'", kTasks},
        Question{"SELECT * FROM tasks WHERE file_id IN "
                 "(SELECT file_id FROM task_sessions WHERE session_id = 'a')",
                 {"tasks", "task_sessions"}},
        Question{"SELECT * FROM task_board WHERE project_key = 1 AND status = 'pending'", kTasks},
        Question{"SELECT * FROM task_board WHERE id = 'a'", kTasks},
        Question{"SELECT * FROM task_blockers WHERE task_id = 'a'", kTasks},
        Question{"SELECT * FROM task_blockers WHERE project_key = 1", kTasks},
        Question{"SELECT * FROM task_blockers WHERE depends_on = 'a'", kTasks},
        Question{"SELECT * FROM workflow_library WHERE task_id = 'a'", {"e", "evaluations", "t"}},
        Question{"SELECT * FROM bookmarks WHERE task_id = 'a'", {"bookmarks"}},
        Question{"SELECT * FROM runtime_bindings WHERE runtime_source = 'a' "
                 "AND runtime_session_id = 'b'",
                 {"runtime_bindings"}},
        Question{"SELECT * FROM runtime_bindings WHERE task_id = 'a'", {"runtime_bindings"}},
        Question{"SELECT * FROM session_tasks WHERE session_id = 'a'", {"session_tasks"}},
        Question{"SELECT * FROM session_task_messages WHERE task_id = 'a' ORDER BY created_at",
                 {"session_task_messages"}}));

// The index list of seed 003, question by question; the oldest queued execution is found without
// sorting.
INSTANTIATE_TEST_SUITE_P(
    Seed003, Indexes,
    ::testing::Values(
        Question{"SELECT * FROM executions WHERE status = 'queued' ORDER BY created_at LIMIT 1",
                 kExecutions},
        Question{"SELECT * FROM executions WHERE task_id = 'a' ORDER BY created_at", kExecutions},
        Question{"SELECT * FROM executions WHERE heartbeat_at < 5", kExecutions},
        Question{"SELECT count(*) FROM executions WHERE agent_id = 'a' AND status = 'running'",
                 kExecutions},
        Question{"SELECT * FROM stale_executions", kExecutions},
        Question{"SELECT * FROM executions WHERE parent_execution_id = 'a'", kExecutions},
        Question{"SELECT * FROM tasks WHERE project_key = 1 AND status = 'pending' "
                 "ORDER BY sort_order",
                 kTasks},
        Question{"SELECT * FROM agents WHERE project_key = 1 AND is_active", {"agents"}},
        Question{"SELECT * FROM agents WHERE slug = 'a'", {"agents"}},
        Question{"SELECT * FROM agent_capabilities WHERE agent_id = 'a' AND is_enabled",
                 {"agent_capabilities"}},
        Question{"SELECT * FROM agent_capabilities WHERE agent_id = 'a' AND key = 'b'",
                 {"agent_capabilities"}}));

// A plan that sorts has read all of the queue to find the first of it.
TEST(Seed003Queue, IsReadInItsOrder) {
  MirrorFixture tree;
  tree.catch_up();
  for (const char* sql :
       {"SELECT * FROM executions WHERE status = 'queued' ORDER BY created_at LIMIT 1",
        "SELECT * FROM executions WHERE task_id = 'a' ORDER BY created_at",
        "SELECT * FROM tasks WHERE project_key = 1 AND status = 'pending' ORDER BY sort_order"}) {
    for (const Cells& step : tree.rows(std::string("EXPLAIN QUERY PLAN ") + sql)) {
      EXPECT_THAT(step.back(), ::testing::Not(::testing::HasSubstr("TEMP B-TREE"))) << sql;
    }
  }
}

// An id is told from those of other projects by both columns. An index of the project alone reads
// all its events for each session: minutes, where there are ten thousand.
class JoinsByIdAndProject : public ::testing::TestWithParam<const char*> {
 protected:
  MirrorFixture tree_;
};

TEST_P(JoinsByIdAndProject, LookUpTheId) {
  tree_.catch_up();
  std::string events;
  for (const Cells& step : tree_.rows(std::string("EXPLAIN QUERY PLAN ") + GetParam())) {
    if (step.back().find(" e ") != std::string::npos) events = step.back();
  }
  EXPECT_THAT(events, ::testing::HasSubstr("=? AND project_key=?")) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    OfEvents, JoinsByIdAndProject,
    ::testing::Values(
        "SELECT s.topic, count(*) FROM sessions s CROSS JOIN events e USING (session_id, "
        "project_key) GROUP BY 1",
        "SELECT t.title, count(*) FROM tasks t CROSS JOIN events e ON e.task_id = t.id "
        "AND e.project_key = t.project_key GROUP BY 1",
        "SELECT r.name, count(*) FROM agent_runs r CROSS JOIN events e ON e.agent_run_id = r.id "
        "AND e.project_key = r.project_key GROUP BY 1"));

}  // namespace
}  // namespace tain
