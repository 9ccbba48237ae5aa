#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "../model/runtime_binding.h"
#include "../model/session.h"
#include "../model/task.h"
#include "listing.h"
#include "task_store.h"

namespace tain {

/// What a runtime's session is to become, where it is new.
struct RuntimeSession {
  std::string runtime_source = {};      ///< the runtime's name: "claude-code"
  std::string runtime_session_id = {};  ///< the runtime's own id; both are checked as ids are
  std::string title = {};               ///< of the task, and the topic of the session
  std::optional<std::string> initial_prompt = {};
  TaskKind kind = TaskKind::primary;
  std::optional<std::string> parent_id = {};  ///< the task that a background task is part of
  std::optional<std::string> parent_session_id = {};  ///< the session that started it
  std::optional<std::string> task_id = {};            ///< to go on with a task that is there
};

/// Why a session ends.
enum class EndReason {
  idle,                     ///< nothing has happened for a while
  assistant_turn_complete,  ///< the assistant has answered; the user may go on
  failed,                   ///< it broke down
};

template <>
struct Vocabulary<EndReason> {
  using enum EndReason;
  static constexpr auto words = std::to_array<std::pair<EndReason, std::string_view>>({
      {idle, "idle"},
      {assistant_turn_complete, "assistant_turn_complete"},
      {failed, "failed"},
  });
};

/// What is known when the last running session of a task has ended.
struct TaskAtRest {
  TaskStatus status = TaskStatus::in_progress;
  TaskKind kind = TaskKind::primary;
  EndReason reason = EndReason::idle;
  bool asked_to_complete = false;
  bool background_running = false;  ///< a background task below it is still in progress
};

/// The status that a task takes when its last running session has ended (seed 000): a background
/// task is completed; a primary one is completed when that was asked for and nothing runs below it,
/// and waits when it was idle or something still runs below it. A session that broke down fails its
/// task. Nothing: it stays as it is.
std::optional<TaskStatus> status_at_rest(const TaskAtRest& task);

/// Follows the sessions of other runtimes, and keeps a task and a session of ours for each of them,
/// by `bindings/<source>/<session>.json` (seed 000). A task outlives its bindings: when a runtime's
/// session comes back after it has ended, it is a new session of the same task.
///
/// Safe among many processes, as TaskStore is; one object is used by one thread at a time.
class Tracer {
 public:
  /// Throws NotFoundError where there is no project.
  explicit Tracer(const std::filesystem::path& project_root, ProjectOptions options = {});

  /// Finds the binding, or makes it with its task and its session; afterwards the session is active
  /// and the task in progress. What a crash has left undone is done by the next call. Throws
  /// InvalidArgument, NotFoundError for a given task or parent that is not there, IoError.
  RuntimeBinding ensure_runtime_session(const RuntimeSession& wanted);
  /// The binding, where there is one.
  std::optional<RuntimeBinding> find(std::string_view runtime_source,
                                     std::string_view runtime_session_id) const;
  /// Ends the session, and settles what becomes of its tasks (see status_at_rest). For a session
  /// that has ended already it only settles, so that a call which a crash cut short can be
  /// repeated. Throws NotFoundError, IoError.
  void end_session(const std::string& session_id, EndReason reason, bool complete_task = false);
  /// From the files as they are, ordered by source and session.
  Listing<RuntimeBinding> list() const;

 private:
  std::filesystem::path binding_file(std::string_view source, std::string_view session) const;
  RuntimeBinding bind(const RuntimeSession& wanted);
  bool is_running(const std::string& session_id) const;
  void ensure_task(const RuntimeBinding& binding, const RuntimeSession& wanted);
  void ensure_session(const RuntimeBinding& binding, const RuntimeSession& wanted);
  bool has_running_session(const Task& task) const;
  bool has_background_running(const std::string& task_id) const;
  void settle(const std::string& task_id, EndReason reason, bool complete_task);

  std::filesystem::path root_;
  ProjectOptions options_;
  TaskStore tasks_;
};

}  // namespace tain
