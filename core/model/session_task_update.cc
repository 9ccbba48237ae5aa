#include "session_task_update.h"

#include <algorithm>

namespace tain {
namespace {

template <class T>
void assign(std::optional<T>& field, const std::optional<T>& given) {
  if (given) field = given;
}

SessionTaskState next_state(const SessionTask& task, const SessionTaskUpdate& update) {
  if (update.input_request) return SessionTaskState::awaiting_input;
  return update.state.value_or(task.state);
}

void enter(SessionTask& task, SessionTaskState next, Timestamp now) {
  if (task.state == SessionTaskState::queued) task.started_at = now;
  if (is_terminal(next)) task.finished_at = now;
  task.state = next;
}

// What a task that has ended no longer takes.
void apply_course(const std::filesystem::path& path, SessionTask& task,
                  const SessionTaskUpdate& update, Timestamp now) {
  const SessionTaskState next = next_state(task, update);
  if (next != task.state) {
    require_transition(path, task.state, next);
    enter(task, next, now);
  }
  if (update.input_request) task.input_request = *update.input_request;
  if (next != SessionTaskState::awaiting_input) task.input_request = {};
  assign(task.state_detail, update.state_detail);
  assign(task.worker_id, update.worker_id);
  assign(task.heartbeat_at, update.heartbeat_at);
  if (update.cancel_requested && !task.cancel_requested_at) task.cancel_requested_at = now;
  if (update.new_attempt) ++task.attempt;
}

void put(std::vector<TaskArtifact>& artifacts, const TaskArtifact& artifact) {
  const auto same = [&](const TaskArtifact& other) { return other.name == artifact.name; };
  const auto found = std::find_if(artifacts.begin(), artifacts.end(), same);
  if (found != artifacts.end()) {
    *found = artifact;
  } else {
    artifacts.push_back(artifact);
  }
}

void merge_links(TaskLinks& links, const TaskLinks& given) {
  assign(links.child_session_id, given.child_session_id);
  assign(links.remote_task_id, given.remote_task_id);
  std::vector<std::string>& ids = links.resource_ids;
  for (const std::string& id : given.resource_ids) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
}

void apply_content(SessionTask& task, const SessionTaskUpdate& update) {
  if (update.progress) {
    assign(task.progress.current, update.progress->current);
    assign(task.progress.total, update.progress->total);
    assign(task.progress.unit, update.progress->unit);
    assign(task.progress.label, update.progress->label);
  }
  assign(task.summary, update.summary);
  assign(task.result_path, update.result_path);
  for (const TaskArtifact& artifact : update.artifacts) put(task.artifacts, artifact);
  if (update.error) {
    assign(task.error.kind, update.error->kind);
    assign(task.error.message, update.error->message);
  }
  if (update.links) merge_links(task.links, *update.links);
}

}  // namespace

void apply_task_update(const std::filesystem::path& path, SessionTask& task,
                       const SessionTaskUpdate& update, Timestamp now) {
  if (!is_terminal(task.state)) apply_course(path, task, update, now);
  apply_content(task, update);
  task.updated_at = now;
}

}  // namespace tain
