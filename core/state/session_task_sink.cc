#include "session_task_sink.h"

namespace tain {

RegistryTaskSink::RegistryTaskSink(SessionTaskRegistry& registry, const SessionTask& task)
    : registry_(registry), task_id_(task.id), attempt_(task.attempt) {}

void RegistryTaskSink::state(SessionTaskState state, const std::optional<std::string>& detail) {
  report({.state = state, .state_detail = detail});
}

void RegistryTaskSink::progress(const TaskProgress& progress) {
  report({.progress = progress});
}

void RegistryTaskSink::output(std::string_view /*stream*/, std::string_view /*delta*/) {}

void RegistryTaskSink::post(const std::vector<MessagePart>& content) {
  registry_.post_message(
      task_id_, {.direction = MessageDirection::outbound, .content = content, .attempt = attempt_});
}

std::optional<std::string> RegistryTaskSink::request_input(const TaskInputRequest& request) {
  return registry_.update(task_id_, attempt_, {.input_request = request}).input_request.id;
}

void RegistryTaskSink::artifact(const TaskArtifact& artifact) {
  report({.artifacts = {artifact}});
}

void RegistryTaskSink::report(const SessionTaskUpdate& update) {
  registry_.update(task_id_, attempt_, update);
}

void RegistryTaskSink::result(const Json& result) {
  registry_.write_result(task_id_, attempt_, result);
}

SessionTask RegistryTaskSink::heartbeat() {
  return registry_.heartbeat(task_id_, attempt_);
}

}  // namespace tain
