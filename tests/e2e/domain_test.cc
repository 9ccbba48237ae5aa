// Everything that libtain can write, read back through SQL.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "query/list/listed_entity.h"
#include "tests/support/json_schema_check.h"
#include "tests/support/mirror_fixture.h"
#include "tests/support/whole_domain.h"

namespace tain {
namespace {

using query::Cell;
using query::Cells;
using query::ListedEntity;
using testing::MirrorFixture;
using testing::WholeDomain;

class WholeDomainTest : public ::testing::Test {
 protected:
  std::filesystem::path root() const { return mirror_.root() / "p"; }
  std::vector<Cells> from_mirror(const ListedEntity& entity) {
    return list_from_mirror(mirror::open_for_reading(mirror_.mirror()), entity, {}, {});
  }
  std::vector<Cells> from_files(const ListedEntity& entity) {
    const auto listing = list_from_files(root(), entity, {}, {});
    EXPECT_TRUE(listing.skipped.empty());
    return listing.rows;
  }

  // Labels are other programs': core keeps them, and sets none.
  void label_a_task() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(mirror_.root())) {
      if (entry.path().filename() != kTaskFile) continue;
      Json task = Json::parse(std::ifstream(entry.path()));
      task["labels"] = {"urgent"};
      return testing::write(entry.path(), task.dump());
    }
    FAIL() << "there is no task";
  }

  MirrorFixture mirror_;
  WholeDomain domain_{mirror_.root() / "p", mirror_.clock()};
};

TEST_F(WholeDomainTest, TakesEveryStepOfEveryLifecycle) {
  EXPECT_EQ(domain_.steps(),
            static_cast<int>(Lifecycle<TaskStatus>::transitions.size() +
                             Lifecycle<SessionStatus>::transitions.size() + kPhaseSteps.size() +
                             Lifecycle<AgentRunStatus>::transitions.size() +
                             Lifecycle<ExecutionStatus>::transitions.size() +
                             Lifecycle<SessionTaskState>::transitions.size()));
}

TEST_F(WholeDomainTest, EveryFieldOfEveryEntityIsReadBackThroughSql) {
  label_a_task();
  mirror_.catch_up();
  for (const ListedEntity& entity : query::listed_entities()) {
    SCOPED_TRACE(entity.word);
    const std::vector<Cells> files = from_files(entity);
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(from_mirror(entity), files);
    for (std::size_t i = 0; i < entity.columns.size(); ++i) {
      const bool is_used = std::any_of(files.begin(), files.end(), [&](const Cells& row) {
        return !std::holds_alternative<std::monostate>(row[i + 1]);
      });
      EXPECT_TRUE(is_used) << entity.columns[i].name << " is never set, so nothing tests it";
    }
  }
}

TEST_F(WholeDomainTest, WhatASessionOrATaskHasManyOfIsReadBackFromTablesOfTheirOwn) {
  mirror_.catch_up();
  const auto of_full = [&](const std::string& table, const std::string& columns) {
    return mirror_.rows("SELECT " + columns + " FROM " + table +
                        " WHERE file_id IN (SELECT file_id FROM files WHERE path LIKE '%/full/%') "
                        "ORDER BY 1, 2");
  };
  using Rows = std::vector<testing::Cells>;
  EXPECT_EQ(of_full("session_goals", "level, position, goal"), (Rows{{"detailed", "0", "d1"},
                                                                     {"detailed", "1", "d2"},
                                                                     {"high_level", "0", "h"},
                                                                     {"mid_level", "0", "m"}}));
  EXPECT_EQ(of_full("session_decisions", "title, rationale, date"),
            (Rows{{"title", "rationale", "2026-02-16"}}));
  EXPECT_EQ(of_full("session_commits", "sha, message, checkpoint"),
            (Rows{{"5eed", "message", "1"}}));
  EXPECT_EQ(of_full("session_questions", "position, question"), (Rows{{"0", "why?"}}));
  EXPECT_EQ(of_full("session_artifacts", "name, path"), (Rows{{"spec", "spec.md"}}));
  EXPECT_EQ(of_full("session_checkpoints", "checkpoint, 0"), (Rows{{"1", "0"}, {"2", "0"}}));
  EXPECT_EQ(of_full("session_phases", "phase, started_at IS NULL, completed_at IS NULL"),
            (Rows{{"build", "0", "1"}, {"plan", "0", "0"}, {"spec", "0", "0"}}));
  EXPECT_EQ(of_full("session_task_ids", "session_id, task_id"), (Rows{{"full", "full"}}));
  EXPECT_EQ(of_full("task_sessions", "task_id, session_id"), (Rows{{"full", "full"}}));
  EXPECT_EQ(of_full("task_dependencies", "task_id, depends_on"), (Rows{{"full", "before"}}));
}

TEST_F(WholeDomainTest, EveryFileIsAsItsJsonSchemaSays) {
  EXPECT_THAT(testing::schema_violations(root()), ::testing::IsEmpty());
}

TEST_F(WholeDomainTest, HasNothingOddInIt) {
  mirror_.catch_up();
  EXPECT_EQ(mirror_.rows("SELECT kind, path, place, detail FROM anomalies"),
            std::vector<testing::Cells>{});
  EXPECT_EQ(mirror_.rows("SELECT path, reason FROM sync_errors"), std::vector<testing::Cells>{});
}

struct SeedField {
  const char* seed;
  const char* theirs;
  const char* table;
  const char* column;
};

// What the five systems record, by their own names, and where Tain has it. What is not listed is
// named alike, or is a table of its own.
constexpr auto kSeedFields = std::to_array<SeedField>({
    {"000", "task.workspacePath", "tasks", "input_context_working_dir"},
    {"000", "task.taskKind", "tasks", "kind"},
    {"000", "task.slug", "tasks", "slug"},
    {"000", "task.displayTitle", "tasks", "display_title"},
    {"000", "task.parentTaskId", "tasks", "parent_id"},
    {"000", "task.parentSessionId", "tasks", "parent_session_id"},
    {"000", "task.backgroundTaskId", "tasks", "background_task_id"},
    {"000", "task.runtimeSource", "tasks", "runtime_source"},
    {"000", "session.taskId", "session_task_ids", "task_id"},
    {"000", "session.summary", "sessions", "summary"},
    {"000", "session.endedAt", "sessions", "completed_at"},
    {"000", "event.kind", "events", "type"},
    {"000", "event.lane", "events", "lane"},
    {"000", "event.title", "events", "title"},
    {"000", "event.body", "events", "body"},
    {"000", "event.metadata", "events", "metadata"},
    {"000", "event.classification", "events", "classification"},
    {"000", "event.createdAt", "events", "at"},
    {"000", "binding.runtimeSessionId", "runtime_bindings", "runtime_session_id"},
    {"000", "bookmark.eventId", "bookmarks", "event_id"},
    {"000", "evaluation.rating", "evaluations", "rating"},
    {"001", "project.workingDir", "projects", "working_dir"},
    {"001", "task.initialPrompt", "tasks", "initial_prompt"},
    {"001", "task.sessionIds", "task_sessions", "session_id"},
    {"001", "task.skillIds", "tasks", "skill_ids"},
    {"001", "task.agentIds", "tasks", "agent_ids"},
    {"001", "task.dependencies", "task_dependencies", "depends_on"},
    {"001", "task.timeline[].timestamp", "events", "at"},
    {"001", "task.timeline[].sessionId", "events", "session_id"},
    {"001", "session.name", "sessions", "topic"},
    {"001", "session.env", "sessions", "env"},
    {"001", "session.lastActivity", "sessions", "last_activity_at"},
    {"001", "session.metadata.skills", "sessions", "skills"},
    {"001", "session.metadata.spawnSource", "sessions", "spawn_source"},
    {"001", "session.metadata.spawnedBy", "sessions", "spawned_by"},
    {"001", "session.metadata.spawnReason", "sessions", "spawn_reason"},
    {"001", "session.metadata.context", "sessions", "context"},
    {"001", "session.hostname", "sessions", "hostname"},
    {"001", "session.platform", "sessions", "platform"},
    {"001", "session.events[].data", "events", "data"},
    {"002", "phases in which a session was", "session_phases", "phase"},
    {"002", "checkpoints", "sessions", "checkpoints_completed"},
    {"002", "goals", "session_goals", "goal"},
    {"002", "key decisions", "session_decisions", "rationale"},
    {"002", "open questions", "session_questions", "question"},
    {"002", "agent", "agent_runs", "agent_type"},
    {"002", "agent_log", "events", "agent_run_id"},
    {"002", "costs", "agent_runs", "cost_usd"},
    {"002", "tokens", "agent_runs", "input_tokens"},
    {"003", "agents.owner_id", "agents", "owner_id"},
    {"003", "agents.session_config", "agents", "session_config"},
    {"003", "agents.created_at", "agents", "created_at"},
    {"003", "agent_capabilities.agent_id", "agent_capabilities", "agent_id"},
    {"003", "agent_capabilities.args_schema", "agent_capabilities", "args_schema"},
    {"003", "agent_capabilities.created_at", "agent_capabilities", "created_at"},
    {"003", "tasks.owner_id", "tasks", "owner_id"},
    {"003", "tasks.sort_order", "tasks", "sort_order"},
    {"003", "tasks.input_context.envOverrides", "tasks", "input_context_env_overrides"},
    {"003", "tasks.due_at", "tasks", "due_at"},
    {"003", "executions.capability_id", "executions", "capability_key"},
    {"003", "executions.tmux_session_name", "executions", "tmux_session_name"},
    {"003", "executions.log_byte_size", "executions", "log_byte_size"},
    {"003", "executions.log_updated_at", "executions", "log_updated_at"},
    {"003", "task_events.actor_type", "events", "actor_type"},
    {"003", "task_events.payload", "events", "data"},
    {"003", "worker_heartbeats.current_executions", "workers", "current_executions"},
    {"003", "worker_config.value", "config", "value"},
    {"004", "SessionTask.attempt", "session_tasks", "attempt"},
    {"004", "SessionTask.links.remote_task_id", "session_tasks", "remote_task_id"},
    {"004", "TaskError.kind", "session_tasks", "error_kind"},
    {"004", "TaskInputRequest.prompt", "session_tasks", "input_request_prompt"},
    {"004", "TaskProgress.total", "session_tasks", "progress_total"},
    {"004", "TaskWakePolicy", "session_tasks", "wake_policy"},
    {"004", "TaskMessage.in_reply_to", "session_task_messages", "in_reply_to"},
});

TEST(Seeds, WhatTheFiveSystemsRecordHasAPlace) {
  MirrorFixture mirror;
  mirror.catch_up();
  for (const SeedField& field : kSeedFields) {
    const std::string sql = std::string("SELECT 1 FROM pragma_table_info('") + field.table +
                            "') WHERE name = '" + field.column + "'";
    EXPECT_EQ(mirror.cell(sql), "1") << "seed " << field.seed << ": " << field.theirs;
  }
}

}  // namespace
}  // namespace tain
