#include "listed_entity.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/model/agent.h"
#include "core/model/agent_run.h"
#include "core/model/evaluation.h"
#include "core/model/event.h"
#include "core/model/execution.h"
#include "core/model/session.h"
#include "core/model/session_task.h"
#include "core/model/task.h"

namespace tain::query {
namespace {

using mirror::Schema;
using mirror::Table;
using syncd::FileKind;
using How = ListFilter::How;

// Where a row stands in its file, and what its columns leave there: for those who ask by SQL.
constexpr std::array<std::string_view, 5> kNotListed{"position", "line_offset", "line_length",
                                                     "extra", "left_in_file"};

// The rest is set by who calls.
ListedEntity entity(std::string_view word, std::string_view description, const Table& table,
                    FileKind kind) {
  ListedEntity listed{word, description, table, kind, {}, {}, {}};
  for (const Column& column : table.columns) {
    const bool is_listed =
        std::find(kNotListed.begin(), kNotListed.end(), column.name) == kNotListed.end();
    if (is_listed) listed.columns.push_back(column);
  }
  return listed;
}

ListedEntity tasks(const Schema& schema) {
  ListedEntity listed = entity("tasks", "Work items of a project", schema.tasks, FileKind::task);
  listed.summary = {"id",        "title", "status", "priority", "parent_id", "assignee_agent_id",
                    "updated_at"};
  listed.order = {"sort_order", "created_at", "id"};
  listed.filters = {
      {"--status", "status", How::equals, words_of<TaskStatus>()},
      {"--parent", "parent_id", How::equals_or_none},
      {"--session", "session_ids", How::contains, {}, {"task_sessions", "session_id"}},
      {"--assignee", "assignee_agent_id"},
      {"--kind", "kind", How::equals, words_of<TaskKind>()},
      {"--priority", "priority", How::equals, words_of<TaskPriority>()}};
  return listed;
}

ListedEntity sessions(const Schema& schema) {
  ListedEntity listed = entity("sessions", "Agents' sessions", schema.sessions, FileKind::session);
  listed.summary = {
      "session_id",        "topic",     "status", "current_phase", "checkpoints_completed",
      "checkpoints_total", "updated_at"};
  listed.order = {"created_at", "session_id"};
  listed.filters = {{"--status", "status", How::equals, words_of<SessionStatus>()},
                    {"--phase", "current_phase", How::equals, words_of<Phase>()},
                    {"--task", "task_ids", How::contains, {}, {"session_task_ids", "task_id"}},
                    {"--active", "status", How::active}};
  return listed;
}

ListedEntity agent_runs(const Schema& schema) {
  ListedEntity listed =
      entity("runs", "Invocations of agents in sessions", schema.agent_runs, FileKind::agent_run);
  listed.summary = {"id",     "session_id", "agent_type",   "model",
                    "status", "cost_usd",   "error_message"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--session", "session_id"},
                    {"--status", "status", How::equals, words_of<AgentRunStatus>()},
                    {"--type", "agent_type"},
                    {"--model", "model"}};
  return listed;
}

ListedEntity agents(const Schema& schema) {
  ListedEntity listed =
      entity("agents", "Programs that can work on tasks", schema.agents, FileKind::agent);
  listed.summary = {"id", "name", "kind", "is_active", "max_concurrent", "version", "binary_path"};
  listed.order = {"slug", "id"};
  listed.filters = {{"--kind", "kind", How::equals, words_of<AgentKind>()},
                    {"--type", "tool_type"}};
  return listed;
}

ListedEntity capabilities(const Schema& schema) {
  ListedEntity listed = entity("capabilities", "What agents can be asked to do",
                               schema.agent_capabilities, FileKind::agent);
  listed.summary = {"agent_id", "key", "label", "interaction_mode", "is_enabled", "danger_level"};
  listed.order = {"agent_id", "key"};
  listed.filters = {{"--agent", "agent_id"},
                    {"--mode", "interaction_mode", How::equals, words_of<InteractionMode>()}};
  return listed;
}

ListedEntity executions(const Schema& schema) {
  ListedEntity listed = entity("executions", "Runs of agents' capabilities on tasks",
                               schema.executions, FileKind::execution);
  listed.summary = {"id", "task_id", "agent_id", "capability_key", "status", "worker_id", "error"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--agent", "agent_id"},
                    {"--worker", "worker_id"},
                    {"--status", "status", How::equals, words_of<ExecutionStatus>()}};
  return listed;
}

ListedEntity session_tasks(const Schema& schema) {
  ListedEntity listed = entity("session-tasks", "Background work of sessions", schema.session_tasks,
                               FileKind::session_task);
  listed.summary = {"id", "session_id", "kind", "display_name", "state", "attempt", "summary"};
  listed.order = {"created_at", "session_id", "id"};
  listed.filters = {{"--session", "session_id"},
                    {"--state", "state", How::equals, words_of<SessionTaskState>()},
                    {"--kind", "kind"}};
  return listed;
}

ListedEntity bookmarks(const Schema& schema) {
  ListedEntity listed =
      entity("bookmarks", "Tasks and events kept", schema.bookmarks, FileKind::bookmark);
  listed.summary = {"id", "task_id", "event_id", "title", "note"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"}, {"--kind", "kind"}};
  return listed;
}

ListedEntity evaluations(const Schema& schema) {
  ListedEntity listed =
      entity("evaluations", "What came of tasks", schema.evaluations, FileKind::evaluation);
  listed.summary = {"task_id", "rating", "use_case", "workflow_tags", "outcome_note"};
  listed.order = {"evaluated_at", "task_id"};
  listed.filters = {{"--rating", "rating", How::equals, words_of<Rating>()}};
  return listed;
}

ListedEntity bindings(const Schema& schema) {
  ListedEntity listed = entity("bindings", "Which task and session a runtime's session is",
                               schema.runtime_bindings, FileKind::runtime_binding);
  listed.summary = {"runtime_source", "runtime_session_id", "task_id", "session_id"};
  listed.order = {"runtime_source", "runtime_session_id"};
  listed.filters = {
      {"--runtime", "runtime_source"}, {"--task", "task_id"}, {"--session", "session_id"}};
  return listed;
}

ListedEntity workers(const Schema& schema) {
  ListedEntity listed =
      entity("workers", "Processes that claim executions", schema.workers, FileKind::worker);
  listed.summary = {"worker_id", "last_seen_at", "current_executions"};
  listed.order = {"worker_id"};
  return listed;
}

ListedEntity events(const Schema& schema) {
  ListedEntity listed =
      entity("events", "What happened in tasks and sessions", schema.events, FileKind::events);
  listed.summary = {"at", "type", "lane", "task_id", "session_id", "title", "message"};
  listed.order = {"at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--session", "session_id"},
                    {"--run", "agent_run_id"},
                    {"--type", "type"},
                    {"--lane", "lane", How::equals, words_of<Lane>()}};
  return listed;
}

ListedEntity messages(const Schema& schema) {
  ListedEntity listed = entity("messages", "What sessions and their background work said",
                               schema.session_task_messages, FileKind::messages);
  listed.summary = {"created_at", "task_id", "direction", "content", "in_reply_to"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--direction", "direction", How::equals, words_of<MessageDirection>()}};
  return listed;
}

ListedEntity config(const Schema& schema) {
  ListedEntity listed = entity("config", "Settings of a project", schema.config, FileKind::config);
  listed.summary = {"key", "value", "updated_at"};
  listed.order = {"key"};
  listed.filters = {{"--key", "key"}};
  return listed;
}

ListedEntity projects(const Schema& schema) {
  ListedEntity listed =
      entity("projects", "Directories that hold .tain", schema.projects, FileKind::project);
  listed.summary = {"id", "working_dir", "description", "updated_at"};
  listed.order = {"created_at", "id"};
  return listed;
}

}  // namespace

std::size_t ListedEntity::index_of(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& known) { return known.name == column; });
  if (found == columns.end()) {
    throw std::logic_error(std::string(word) + " has no column " + std::string(column));
  }
  return static_cast<std::size_t>(found - columns.begin());
}

const std::vector<ListedEntity>& listed_entities() {
  static const std::vector<ListedEntity> entities = [] {
    const Schema schema;
    std::vector<ListedEntity> made;
    for (const auto make :
         {projects, tasks, sessions, agent_runs, agents, capabilities, executions, session_tasks,
          messages, bookmarks, evaluations, bindings, workers, config, events}) {
      made.push_back(make(schema));
    }
    return made;
  }();
  return entities;
}

}  // namespace tain::query
