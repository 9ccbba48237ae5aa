#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

enum class SessionTaskState { queued, running, awaiting_input, succeeded, failed, cancelled };

template <>
struct Vocabulary<SessionTaskState> {
  using enum SessionTaskState;
  static constexpr auto words = std::to_array<std::pair<SessionTaskState, std::string_view>>({
      {queued, "queued"},
      {running, "running"},
      {awaiting_input, "awaiting_input"},
      {succeeded, "succeeded"},
      {failed, "failed"},
      {cancelled, "cancelled"},
  });
};

template <>
struct Lifecycle<SessionTaskState> {
  using enum SessionTaskState;
  static constexpr std::string_view name = "session task state";
  static constexpr auto transitions = std::to_array<std::pair<SessionTaskState, SessionTaskState>>({
      {queued, running},
      {queued, failed},
      {queued, cancelled},
      {running, awaiting_input},
      {running, succeeded},
      {running, failed},
      {running, cancelled},
      {awaiting_input, running},
      {awaiting_input, failed},
      {awaiting_input, cancelled},
  });
};

/// When activity of a session task wakes the session that owns it.
enum class WakePolicy {
  silent,       ///< never
  on_terminal,  ///< when it has ended
  on_activity,  ///< also when it writes a message or asks for input
};

template <>
struct Vocabulary<WakePolicy> {
  using enum WakePolicy;
  static constexpr auto words = std::to_array<std::pair<WakePolicy, std::string_view>>({
      {silent, "silent"},
      {on_terminal, "on_terminal"},
      {on_activity, "on_activity"},
  });
};

// Well-known kinds of session tasks; any other word is as good (seed 004).
inline constexpr std::string_view kTaskKindSubagent = "subagent";
inline constexpr std::string_view kTaskKindExternalAgent = "external_agent";
inline constexpr std::string_view kTaskKindBackgroundTool = "background_tool";
inline constexpr std::string_view kTaskKindMonitor = "monitor";

struct TaskProgress {
  std::optional<double> current = {};
  std::optional<double> total = {};
  std::optional<std::string> unit = {};
  std::optional<std::string> label = {};
  bool operator==(const TaskProgress&) const = default;
};

/// What a task needs to be told before it can go on.
struct TaskInputRequest {
  std::optional<std::string> id = {};
  std::optional<std::string> prompt = {};
  std::optional<Json> expected = {};
  bool operator==(const TaskInputRequest&) const = default;
};

/// Something that the task produced.
struct TaskArtifact {
  std::string name = {};
  std::string type = {};
  std::optional<std::string> path = {};
  std::optional<std::string> url = {};
  bool operator==(const TaskArtifact&) const = default;
};

/// Why a task failed. Timeouts, rejections and orphans are kinds, not states.
struct TaskError {
  std::optional<std::string> kind = {};
  std::optional<std::string> message = {};
  bool operator==(const TaskError&) const = default;
};

struct TaskLinks {
  std::optional<std::string> child_session_id = {};
  std::optional<std::string> remote_task_id = {};
  std::vector<std::string> resource_ids = {};
  bool operator==(const TaskLinks&) const = default;
};

/// Background work of a session: `sessions/<session>/tasks/<id>/task.json` (seed 004).
struct SessionTask {
  std::string id;
  std::string session_id;
  std::string kind;
  std::string display_name;
  Json spec = Json::object();
  SessionTaskState state = SessionTaskState::queued;
  std::optional<std::string> state_detail;
  TaskProgress progress;
  TaskInputRequest input_request;
  std::optional<Timestamp> cancel_requested_at;
  std::optional<std::string> summary;
  std::optional<std::string> result_path;
  std::vector<TaskArtifact> artifacts;
  TaskError error;
  std::int64_t attempt = 1;
  std::optional<std::string> worker_id;
  std::optional<Timestamp> heartbeat_at;
  TaskLinks links;
  WakePolicy wake_policy = WakePolicy::on_terminal;
  Timestamp created_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> finished_at;
  Timestamp updated_at;
  bool operator==(const SessionTask&) const = default;
};

/// Who speaks: `inbound` is from the session to the task.
enum class MessageDirection { inbound, outbound };

template <>
struct Vocabulary<MessageDirection> {
  using enum MessageDirection;
  static constexpr auto words = std::to_array<std::pair<MessageDirection, std::string_view>>({
      {inbound, "inbound"},
      {outbound, "outbound"},
  });
};

enum class PartType { text, data, file };

template <>
struct Vocabulary<PartType> {
  using enum PartType;
  static constexpr auto words = std::to_array<std::pair<PartType, std::string_view>>({
      {text, "text"},
      {data, "data"},
      {file, "file"},
  });
};

/// One part of a message; `type` says which of the others it has.
struct MessagePart {
  PartType type = PartType::text;
  std::optional<std::string> text = {};
  std::optional<Json> data = {};
  std::optional<std::string> path = {};
  bool operator==(const MessagePart&) const = default;
};

/// One line of a session task's `messages.jsonl`. Only ever appended.
struct TaskMessage {
  std::string id = {};
  std::string task_id = {};
  MessageDirection direction = MessageDirection::inbound;
  std::vector<MessagePart> content = {};
  std::optional<std::string> in_reply_to = {};
  Timestamp created_at = {};
  bool operator==(const TaskMessage&) const = default;
};

template <>
struct Description<TaskProgress> {
  static constexpr auto fields = std::tuple{
      optional("current", &TaskProgress::current),
      optional("total", &TaskProgress::total),
      optional("unit", &TaskProgress::unit),
      optional("label", &TaskProgress::label),
  };
};

template <>
struct Description<TaskInputRequest> {
  static constexpr auto fields = std::tuple{
      optional("id", &TaskInputRequest::id, "what a reply refers to"),
      optional("prompt", &TaskInputRequest::prompt),
      optional("expected", &TaskInputRequest::expected, "what an answer looks like"),
  };
};

template <>
struct Description<TaskArtifact> {
  static constexpr auto fields = std::tuple{
      required("name", &TaskArtifact::name),
      optional("type", &TaskArtifact::type),
      optional("path", &TaskArtifact::path),
      optional("url", &TaskArtifact::url),
  };
};

template <>
struct Description<TaskError> {
  static constexpr auto fields = std::tuple{
      optional("kind", &TaskError::kind, "timeout, rejected, orphaned, …"),
      optional("message", &TaskError::message),
  };
};

template <>
struct Description<TaskLinks> {
  static constexpr auto fields = std::tuple{
      optional("child_session_id", &TaskLinks::child_session_id),
      optional("remote_task_id", &TaskLinks::remote_task_id),
      optional("resource_ids", &TaskLinks::resource_ids),
  };
};

template <>
struct Description<SessionTask> {
  static constexpr std::string_view name = "session_task";
  static constexpr auto fields = std::tuple{
      required("id", &SessionTask::id),
      required("session_id", &SessionTask::session_id),
      required("kind", &SessionTask::kind, "subagent, external_agent, background_tool, monitor, …"),
      optional("display_name", &SessionTask::display_name),
      optional("spec", &SessionTask::spec, "what its executor is given"),
      required("state", &SessionTask::state),
      optional("state_detail", &SessionTask::state_detail),
      nested("progress", &SessionTask::progress, "progress_"),
      nested("input_request", &SessionTask::input_request, "input_request_"),
      optional("cancel_requested_at", &SessionTask::cancel_requested_at,
               "cancelling is asked for; the work may still succeed"),
      optional("summary", &SessionTask::summary),
      optional("result_path", &SessionTask::result_path, "relative to the session's directory"),
      optional("artifacts", &SessionTask::artifacts),
      nested("error", &SessionTask::error, "error_"),
      required("attempt", &SessionTask::attempt, "from 1; only the latest may write"),
      optional("worker_id", &SessionTask::worker_id),
      optional("heartbeat_at", &SessionTask::heartbeat_at),
      nested("links", &SessionTask::links),
      optional("wake_policy", &SessionTask::wake_policy, "when it wakes its session"),
      required("created_at", &SessionTask::created_at),
      optional("started_at", &SessionTask::started_at),
      optional("finished_at", &SessionTask::finished_at),
      optional("updated_at", &SessionTask::updated_at),
  };
};

template <>
struct Description<MessagePart> {
  static constexpr auto fields = std::tuple{
      required("type", &MessagePart::type),
      optional("text", &MessagePart::text),
      optional("data", &MessagePart::data),
      optional("path", &MessagePart::path),
  };
};

template <>
struct Description<TaskMessage> {
  static constexpr std::string_view name = "session_task_message";
  static constexpr auto fields = std::tuple{
      required("id", &TaskMessage::id),
      required("task_id", &TaskMessage::task_id),
      required("direction", &TaskMessage::direction, "inbound: from the session to the task"),
      required("content", &TaskMessage::content, "parts: text, data or file"),
      optional("in_reply_to", &TaskMessage::in_reply_to, "an input request's id"),
      required("created_at", &TaskMessage::created_at),
  };
};

}  // namespace tain
