#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "../json/document.h"
#include "../json/time.h"
#include "agent.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

enum class ExecutionStatus {
  queued,
  running,
  cancelling,
  succeeded,
  failed,
  cancelled,
  timed_out,
};

template <>
struct Vocabulary<ExecutionStatus> {
  using enum ExecutionStatus;
  static constexpr auto words = std::to_array<std::pair<ExecutionStatus, std::string_view>>({
      {queued, "queued"},
      {running, "running"},
      {cancelling, "cancelling"},
      {succeeded, "succeeded"},
      {failed, "failed"},
      {cancelled, "cancelled"},
      {timed_out, "timed_out"},
  });
};

/// A way back to the queue (failed, timed_out → queued) is open only while retry_count is below
/// max_retries; see ExecutionQueue::retry.
template <>
struct Lifecycle<ExecutionStatus> {
  using enum ExecutionStatus;
  static constexpr std::string_view name = "execution status";
  static constexpr auto transitions = std::to_array<std::pair<ExecutionStatus, ExecutionStatus>>({
      {queued, running},
      {queued, cancelled},
      {running, succeeded},
      {running, failed},
      {running, timed_out},
      {running, cancelling},
      {cancelling, cancelled},
      {cancelling, succeeded},
      {cancelling, failed},
      {cancelling, timed_out},
      {failed, queued},
      {timed_out, queued},
  });
};

/// Whether it waits for its worker to end: these count against the agent's max_concurrent.
constexpr bool is_underway(ExecutionStatus status) {
  return status == ExecutionStatus::running || status == ExecutionStatus::cancelling;
}

/// Whether nothing happens to it any more, unless somebody retries it.
constexpr bool is_over(ExecutionStatus status) {
  return status != ExecutionStatus::queued && !is_underway(status);
}

/// Where the full output went.
struct ExecutionLog {
  std::optional<std::string> file_path = {};
  std::int64_t byte_size = 0;
  std::int64_t line_count = 0;
  std::optional<Timestamp> updated_at = {};
  bool operator==(const ExecutionLog&) const = default;
};

/// One run of an agent's capability on a task: `tasks/<task>/executions/<id>.json` (seed 003).
struct Execution {
  std::string id;
  std::string task_id;
  std::string agent_id;
  std::string capability_key;
  std::optional<std::string> requested_by;
  ExecutionStatus status = ExecutionStatus::queued;
  InteractionMode mode = InteractionMode::template_mode;
  Json args = Json::object();
  std::optional<std::string> prompt;
  std::optional<std::int64_t> pid;
  std::optional<std::string> session_ref;
  std::optional<std::string> tmux_session_name;
  std::optional<std::string> parent_execution_id;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  std::optional<std::int64_t> exit_code;
  std::optional<std::string> error;
  std::optional<std::string> worker_id;
  std::optional<Timestamp> heartbeat_at;
  ExecutionLog log;
  std::int64_t retry_count = 0;
  std::int64_t max_retries = 0;
  Timestamp created_at;
  bool operator==(const Execution&) const = default;
};

template <>
struct Description<ExecutionLog> {
  static constexpr auto fields = std::tuple{
      optional("file_path", &ExecutionLog::file_path),
      optional("byte_size", &ExecutionLog::byte_size),
      optional("line_count", &ExecutionLog::line_count),
      optional("updated_at", &ExecutionLog::updated_at),
  };
};

template <>
struct Description<Execution> {
  static constexpr std::string_view name = "execution";
  static constexpr auto fields = std::tuple{
      required("id", &Execution::id),
      required("task_id", &Execution::task_id),
      required("agent_id", &Execution::agent_id),
      required("capability_key", &Execution::capability_key),
      optional("requested_by", &Execution::requested_by),
      required("status", &Execution::status),
      optional("mode", &Execution::mode, "the capability's interaction mode when it was queued"),
      optional("args", &Execution::args),
      optional("prompt", &Execution::prompt, "what a prompt-mode agent is told"),
      optional("pid", &Execution::pid),
      optional("session_ref", &Execution::session_ref, "the agent's own session, to resume it"),
      optional("tmux_session_name", &Execution::tmux_session_name),
      optional("parent_execution_id", &Execution::parent_execution_id, "the one that it continues"),
      optional("started_at", &Execution::started_at),
      optional("ended_at", &Execution::ended_at),
      optional("exit_code", &Execution::exit_code),
      optional("error", &Execution::error, "one line; the log has the rest"),
      optional("worker_id", &Execution::worker_id, "the worker that claimed it"),
      optional("heartbeat_at", &Execution::heartbeat_at, "when that worker last said it is alive"),
      nested("log", &Execution::log, "log_"),
      optional("retry_count", &Execution::retry_count, "how often it was queued again"),
      optional("max_retries", &Execution::max_retries),
      required("created_at", &Execution::created_at),
  };
};

}  // namespace tain
