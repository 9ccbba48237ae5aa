#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session_task_executor.h"
#include "session_tasks.h"

namespace tain {

/// A sink that reports to a registry, as one attempt at one task (seed 004). Output is dropped
/// here: a kind that has live output shows it in its own way. May not outlive the registry.
class RegistryTaskSink : public TaskSink {
 public:
  /// For the attempt that `task` is in.
  RegistryTaskSink(SessionTaskRegistry& registry, const SessionTask& task);

  void state(SessionTaskState state, const std::optional<std::string>& detail) override;
  void progress(const TaskProgress& progress) override;
  void output(std::string_view stream, std::string_view delta) override;
  void post(const std::vector<MessagePart>& content) override;
  std::optional<std::string> request_input(const TaskInputRequest& request) override;
  void artifact(const TaskArtifact& artifact) override;
  void report(const SessionTaskUpdate& update) override;
  void result(const Json& result) override;
  SessionTask heartbeat() override;

 private:
  SessionTaskRegistry& registry_;
  const std::string task_id_;
  const std::int64_t attempt_;
};

}  // namespace tain
