#include "core/model/columns.h"

#include <gtest/gtest.h>

#include <set>

#include "core/model/agent_run.h"
#include "core/model/event.h"
#include "core/model/project.h"
#include "core/model/session.h"

namespace tain {
namespace {

template <class E>
const Column& column(const std::vector<Column>& columns, const E& name) {
  for (const Column& candidate : columns) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range(std::string("no column ") + name);
}

template <class E>
std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const Column& column : columns_of<E>()) list.push_back(column.name);
  return list;
}

TEST(Columns, ASessionsTableHasTheColumnsThatAnalystsAreTold) {
  EXPECT_THAT(
      names<Session>(),
      ::testing::ElementsAre(
          "session_id", "project_id", "topic", "description", "session_type", "status",
          "current_phase", "granularity", "prior_session", "parent_session_id", "task_ids",
          "agent_id", "env", "skills", "spawn_source", "spawned_by", "spawn_reason", "context",
          "checkpoints_total", "checkpoints_completed", "current_checkpoint", "git_branch",
          "git_worktree", "git_base_branch", "doc_updates", "runtime_source", "runtime_session_id",
          "summary", "error_message", "error_phase", "hostname", "platform", "created_at",
          "updated_at", "started_at", "last_activity_at", "completed_at"));
}

TEST(Columns, NoTableHasAColumnTwice) {
  const auto check = [](const std::vector<std::string>& list) {
    EXPECT_EQ(std::set<std::string>(list.begin(), list.end()).size(), list.size());
  };
  check(names<Session>());
  check(names<AgentRun>());
  check(names<Event>());
  check(names<Project>());
}

TEST(Columns, AColumnKnowsWhereItsValueStandsAndWhatItIs) {
  const auto columns = columns_of<Session>();
  EXPECT_EQ(column(columns, "git_branch").path, (std::vector<std::string>{"git", "branch"}));
  EXPECT_EQ(column(columns, "topic").type, ColumnType::text);
  EXPECT_EQ(column(columns, "created_at").type, ColumnType::time);
  EXPECT_EQ(column(columns, "completed_at").type, ColumnType::time);
  EXPECT_EQ(column(columns, "task_ids").type, ColumnType::json);
  EXPECT_EQ(column(columns, "env").type, ColumnType::json);
  EXPECT_EQ(column(columns, "checkpoints_total").type, ColumnType::integer);
  EXPECT_EQ(column(columns, "checkpoints_completed").type, ColumnType::count);
  EXPECT_EQ(column(columns, "current_phase").type, ColumnType::word);
  EXPECT_THAT(column(columns, "current_phase").words,
              ::testing::ElementsAre("spec", "plan", "build", "docs", "complete"));
}

TEST(Columns, TokensAndCostAreColumnsOfEventsAndRuns) {
  for (const auto& columns : {columns_of<Event>(), columns_of<AgentRun>()}) {
    EXPECT_EQ(column(columns, "model").type, ColumnType::text);
    EXPECT_EQ(column(columns, "input_tokens").type, ColumnType::integer);
    EXPECT_EQ(column(columns, "output_tokens").type, ColumnType::integer);
    EXPECT_EQ(column(columns, "cache_read_tokens").type, ColumnType::integer);
    EXPECT_EQ(column(columns, "cache_write_tokens").type, ColumnType::integer);
    EXPECT_EQ(column(columns, "cost_usd").type, ColumnType::real);
  }
  EXPECT_EQ(column(columns_of<Event>(), "model").path,
            (std::vector<std::string>{"usage", "model"}));
  EXPECT_EQ(column(columns_of<AgentRun>(), "model").path, (std::vector<std::string>{"model"}));
}

}  // namespace
}  // namespace tain
