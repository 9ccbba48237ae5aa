#include "schema.h"

namespace tain::mirror {
namespace {

// An index for every question about one session, task, run or project, for the filters of lists,
// and for the references that `anomalies` follows. An id is looked up within a project: with both
// in its index, SQLite, which has no statistics here, does not take one of the project alone for as
// good. An index leaves out the rows that nobody asks for: most events cost nothing and belong to
// no run.
constexpr std::string_view kIndexes = R"sql(
CREATE INDEX sessions_by_id ON sessions(session_id, project_key);
CREATE INDEX sessions_by_project ON sessions(project_key, status);
CREATE INDEX sessions_by_status ON sessions(status);
CREATE INDEX sessions_by_current_phase ON sessions(current_phase);
CREATE INDEX session_task_ids_by_session ON session_task_ids(session_id, task_id);
CREATE INDEX session_task_ids_by_task ON session_task_ids(task_id, session_id);

CREATE INDEX agent_runs_by_id ON agent_runs(id, project_key);
CREATE INDEX agent_runs_by_session ON agent_runs(session_id, id, project_key);
CREATE INDEX agent_runs_by_project ON agent_runs(project_key);
CREATE INDEX agent_runs_by_status ON agent_runs(status, session_id);

CREATE INDEX events_by_id ON events(id, project_key);
CREATE INDEX events_by_session ON events(session_id, project_key, at);
CREATE INDEX events_by_task ON events(task_id, project_key, at) WHERE task_id IS NOT NULL;
CREATE INDEX events_by_time ON events(project_key, at);
CREATE INDEX events_by_run ON events(agent_run_id, project_key, at)
WHERE agent_run_id IS NOT NULL;
-- The condition is, word for word, that of the view `usage`.
CREATE INDEX events_of_usage ON events(project_key, at)
WHERE coalesce(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
      IS NOT NULL;
CREATE INDEX events_of_usage_by_session ON events(session_id)
WHERE coalesce(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
      IS NOT NULL;

-- The writer's own, who looks for the lines of a message and request.
CREATE INDEX message_usage_by_message ON message_usage(message_key, request_key, standing,
is_sidechain) WHERE message_key IS NOT NULL;
CREATE INDEX message_usage_by_session ON message_usage(session_id) WHERE standing = 2;
CREATE INDEX message_usage_by_project ON message_usage(project_key) WHERE standing = 2;
CREATE INDEX usage_days_by_session ON usage_days(nullif(session_id, ''));
CREATE INDEX usage_days_by_project ON usage_days(project_key);

CREATE INDEX tasks_by_id ON tasks(id, project_key, status);
CREATE INDEX tasks_board ON tasks(project_key, status, sort_order);
CREATE INDEX tasks_by_parent ON tasks(parent_id, project_key);
CREATE INDEX tasks_by_status ON tasks(status);
CREATE INDEX tasks_by_assignee ON tasks(assignee_agent_id, status);
CREATE INDEX tasks_by_kind ON tasks(kind, status);
CREATE INDEX tasks_by_parent_session ON tasks(parent_session_id)
WHERE parent_session_id IS NOT NULL;
CREATE INDEX task_sessions_by_task ON task_sessions(task_id, session_id);
CREATE INDEX task_sessions_by_session ON task_sessions(session_id, task_id);
CREATE INDEX task_dependencies_by_task ON task_dependencies(task_id, project_key);
CREATE INDEX task_dependencies_by_dependency ON task_dependencies(depends_on, project_key);

CREATE INDEX agents_by_id ON agents(id, project_key);
CREATE INDEX agents_by_slug ON agents(slug, project_key);
CREATE INDEX agents_by_project ON agents(project_key, is_active);
CREATE INDEX agent_capabilities_by_key ON agent_capabilities(agent_id, key);
CREATE INDEX agent_capabilities_by_agent ON agent_capabilities(agent_id, is_enabled);

CREATE INDEX executions_by_id ON executions(id, project_key);
CREATE INDEX executions_queue ON executions(status, created_at);
CREATE INDEX executions_by_task ON executions(task_id, created_at);
CREATE INDEX executions_by_heartbeat ON executions(heartbeat_at);
CREATE INDEX executions_by_agent ON executions(agent_id, status);
CREATE INDEX executions_by_worker ON executions(worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX executions_by_parent ON executions(parent_execution_id)
WHERE parent_execution_id IS NOT NULL;

CREATE INDEX session_tasks_by_id ON session_tasks(id, project_key);
CREATE INDEX session_tasks_by_session ON session_tasks(session_id, state);
CREATE INDEX session_tasks_by_state ON session_tasks(state, heartbeat_at);
CREATE INDEX session_task_messages_by_task ON session_task_messages(task_id, created_at);

CREATE INDEX runtime_bindings_by_runtime ON runtime_bindings(runtime_source, runtime_session_id);
CREATE INDEX runtime_bindings_by_task ON runtime_bindings(task_id);
CREATE INDEX runtime_bindings_by_session ON runtime_bindings(session_id);
CREATE INDEX bookmarks_by_id ON bookmarks(id, project_key);
CREATE INDEX bookmarks_by_task ON bookmarks(task_id);
CREATE INDEX evaluations_by_task ON evaluations(task_id, rating);
CREATE INDEX evaluations_by_rating ON evaluations(rating);
CREATE INDEX workers_by_id ON workers(worker_id, project_key);
CREATE INDEX config_by_key ON config(key);
)sql";

}  // namespace

std::string_view create_indexes() {
  return kIndexes;
}

}  // namespace tain::mirror
