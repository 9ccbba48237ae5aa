#include "execution_steps.h"

#include "../error.h"

namespace tain {

void move_to(const std::filesystem::path& path, Execution& execution, ExecutionStatus status,
             Timestamp time) {
  require_transition(path, execution.status, status);
  execution.status = status;
  if (is_over(status)) execution.ended_at = time;
}

void queue_again(const std::filesystem::path& path, Execution& execution, Timestamp time) {
  if (is_allowed(execution.status, ExecutionStatus::queued) &&
      execution.retry_count >= execution.max_retries) {
    throw InvalidTransition(
        path,
        "an execution that has used its " + std::to_string(execution.max_retries) + " retries",
        std::string(to_text(execution.status)), "queued", "");
  }
  move_to(path, execution, ExecutionStatus::queued, time);
  ++execution.retry_count;
  execution.worker_id.reset();
  execution.heartbeat_at.reset();
  execution.started_at.reset();
  execution.ended_at.reset();
  execution.pid.reset();
  execution.exit_code.reset();
  execution.error.reset();
}

Event status_event(const Execution& execution, Actor actor) {
  Json data = {{"execution_id", execution.id},
               {"agent_id", execution.agent_id},
               {"capability_key", execution.capability_key}};
  if (execution.worker_id) data["worker_id"] = *execution.worker_id;
  if (execution.exit_code) data["exit_code"] = *execution.exit_code;
  if (execution.error) data["error"] = *execution.error;
  return {.type = "execution." + std::string(to_text(execution.status)),
          .task_id = execution.task_id,
          .actor = std::move(actor),
          .data = std::move(data)};
}

Actor worker_actor(const Execution& execution) {
  return {.type = ActorType::system, .id = execution.worker_id};
}

}  // namespace tain
