#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../json/time.h"
#include "session_task.h"

namespace tain {

// Kinds of error of a session task that is `failed`; any other word is as good (seed 004).
inline constexpr std::string_view kTaskErrorTimeout = "timeout";  ///< it took too long
inline constexpr std::string_view kTaskErrorRejected =
    "rejected";  ///< whoever should do it refused
inline constexpr std::string_view kTaskErrorOrphaned = "orphaned";  ///< whoever did it is gone

/// A change of a session task. What is not given stays as it is (seed 004).
struct SessionTaskUpdate {
  std::optional<SessionTaskState> state = {};
  std::optional<std::string> state_detail = {};
  std::optional<TaskProgress> progress = {};           ///< its fields replace the old ones
  std::optional<TaskInputRequest> input_request = {};  ///< makes the task await input
  std::optional<std::string> summary = {};
  std::optional<std::string> result_path = {};
  /// Each takes the place of the artifact that has its name; else it comes behind the others. So
  /// two who report at once lose nothing, and who reports twice repeats nothing.
  std::vector<TaskArtifact> artifacts = {};
  std::optional<TaskError> error = {};  ///< its fields replace the old ones
  std::optional<TaskLinks> links = {};  ///< merged; resource ids that are known are not repeated
  std::optional<std::string> worker_id = {};
  std::optional<Timestamp> heartbeat_at = {};
  bool cancel_requested = false;  ///< sets the flag, unless it is set
  bool new_attempt = false;       ///< the work belongs to the next attempt from here on
};

/// Applies `update` to `task`; everyone who changes a session task does it through this function
/// (seed 004: `apply_task_update`).
///
///  - A final state is final: of an update that comes later, the content (progress, summary,
///    result_path, artifacts, error, links) still applies, and the rest is ignored.
///  - Before that, a step that Lifecycle<SessionTaskState> does not list throws InvalidTransition,
///    and nothing is changed. To repeat the state that the task has is no step.
///  - An input request forces `awaiting_input`, whatever `state` says; so a queued task can make
///    none. Any other state clears the request.
///  - Leaving `queued` stamps started_at, a final state finished_at, and every update updated_at.
///  - To request a cancel changes no state: the work may still succeed.
///
/// `path` is only for the message.
void apply_task_update(const std::filesystem::path& path, SessionTask& task,
                       const SessionTaskUpdate& update, Timestamp now);

}  // namespace tain
