#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../model/session_task.h"
#include "../model/session_task_update.h"
#include "listing.h"
#include "session_task_executor.h"
#include "session_task_file.h"
#include "state_options.h"

namespace tain {

/// What a new session task is given; the rest is filled in (seed 004: `CreateSessionTask`).
struct NewSessionTask {
  std::string kind = {};               ///< subagent, monitor, …; not empty
  std::optional<std::string> id = {};  ///< generated unless given
  std::string display_name = {};
  Json spec = Json::object();                         ///< an object
  SessionTaskState state = SessionTaskState::queued;  ///< or running, where nobody has to start it
  TaskLinks links = {};
  WakePolicy wake_policy = WakePolicy::on_terminal;
};

/// What a new message is given; the rest is filled in.
struct NewTaskMessage {
  MessageDirection direction = MessageDirection::inbound;
  std::vector<MessagePart> content = {};  ///< not empty; each part has what its type says
  std::optional<std::string> in_reply_to = {};
  std::optional<std::int64_t> attempt = {};  ///< whose message it is, where the work sends it
};

/// Which tasks a list holds; what is not given does not matter.
struct SessionTaskFilter {
  std::optional<SessionTaskState> state = {};
  std::optional<std::string> kind = {};
  std::optional<bool> active = {};  ///< neither succeeded, failed nor cancelled

  bool matches(const SessionTask& task) const;
};

struct ReconcileOptions {
  /// Who takes up what was interrupted; as before unless given.
  std::optional<std::string> worker_id = {};
  /// Tasks with a sign of life (heartbeat, else start) that is not older are left to whoever runs
  /// them, in milliseconds. 0: to nobody.
  std::int64_t patience_ms = 0;
};

/// The text of a message for people and prompts: its texts, and the paths of its files, a line
/// each. Data is for programs and is left out (seed 004: `task_message_text`).
std::string task_message_text(const TaskMessage& message);

/// The background tasks of one session: `tasks/<id>/task.json`, `messages.jsonl` and `result.json`
/// below its directory (seed 004).
///
/// Every change is atomic, applied to what the file holds at that moment under a lock, and durable
/// as `options` says, so any number of processes may report at once and lose nothing. Each appends
/// `task.created` or `task.updated` with the whole task as its data to the session's events, each
/// message `task.message.inbound` or `task.message.outbound` with the message; which task it is
/// stands in their metadata as `session_task_id`. An update that changes nothing appends none, nor
/// does a heartbeat.
///
/// When a call throws, nothing was written, unless it is NotDurableError: then the change is in
/// place and must not be repeated, but it may not survive a power loss, or its event is missing. A
/// reply and a result take two writes, see there.
///
/// The wake callback is called with a task that its owner should look at, as its wake policy says.
/// It and the executors are called after everything is written, without any lock, on the thread of
/// the call. What they throw breaks nothing: it becomes an `error` event of the session.
///
/// Besides what is said at each function: NotFoundError for a task that is not there,
/// InvalidArgument for an id that is none, IoError, and ParseError, LossyRewriteError or
/// SchemaError for a file that cannot be changed safely. Thread-safe, as far as the callback is.
class SessionTaskRegistry {
 public:
  using WakeCallback = std::function<void(const SessionTask&)>;

  /// The tasks of the session whose directory this is. `executors`, and every sink that they hold,
  /// may be used as long as this object is. Throws NotFoundError where there is no session.
  explicit SessionTaskRegistry(const std::filesystem::path& session_directory,
                               ProjectOptions options = {}, WakeCallback wake = {},
                               const TaskExecutors* executors = nullptr);
  SessionTaskRegistry(const SessionTaskRegistry&) = delete;
  SessionTaskRegistry& operator=(const SessionTaskRegistry&) = delete;
  ~SessionTaskRegistry() = default;

  /// Where the id is there already, returns that task as it is; so a call may be repeated, and of
  /// several processes one creates. Throws InvalidArgument.
  SessionTask create(const NewSessionTask& fresh);
  SessionTask get(std::string_view id) const;
  /// In the order of their age. A file that cannot be read is skipped and named.
  Listing<SessionTask> list(const SessionTaskFilter& filter = {}) const;

  /// A report of `attempt`; see apply_task_update(). An input request without an id is given one.
  /// Throws SupersededError when another attempt owns the task, InvalidTransition.
  SessionTask update(std::string_view id, std::int64_t attempt, SessionTaskUpdate update);
  /// The work of `attempt` goes on. A task that has ended takes none. Throws SupersededError.
  SessionTask heartbeat(std::string_view id, std::int64_t attempt);
  /// Writes `result.json` and then its result_path; after an IoError the first may be written, and
  /// the call can be repeated. Throws SupersededError.
  SessionTask write_result(std::string_view id, std::int64_t attempt, const Json& result);
  /// Gives the task, whose worker was lost, to `worker_id`: the state stays, the attempts before
  /// may write no more. Throws InvalidTransition when the task has ended.
  SessionTask begin_attempt(std::string_view id, const std::string& worker_id);

  /// Appends a message. An inbound one is handed to the executor, if the task has started. An
  /// inbound reply (`in_reply_to`) must name the input that the task waits for, and returns it to
  /// `running`: NotFoundError names the task and the request when it waits for no such input. After
  /// an IoError a reply may be among the messages while the task still waits: reply again. Throws
  /// SupersededError, InvalidArgument for content without parts or of the wrong type.
  TaskMessage post_message(std::string_view id, const NewTaskMessage& fresh);
  /// Oldest first. A line that a crash has torn is skipped.
  std::vector<TaskMessage> messages(std::string_view id) const;

  /// Cancels a queued task. Of one that has started, sets the flag, once, and asks its executor,
  /// where it has one here, each time. A task that has ended stays as it is.
  SessionTask request_cancel(std::string_view id);

  /// Moves a queued task to `running` and lets the executor of its kind begin. When that throws,
  /// the task fails as kTaskErrorRejected. Messages posted before are delivered behind it. Returns
  /// the task as it then is. Throws InvalidArgument naming the kind when it has no executor,
  /// InvalidTransition when the task is not queued.
  SessionTask start(std::string_view id, const std::optional<std::string>& worker_id = {});

  /// To be called when a process that ran tasks is back: asks the executors about each task that
  /// has started and not ended. What was interrupted is started again in a new attempt; what no
  /// executor knows fails as kTaskErrorOrphaned, and its attempt may write no more. Where an
  /// executor throws, its task stays. Returns the tasks that were changed. Queued tasks are left to
  /// start(), files that cannot be read to list().
  std::vector<SessionTask> reconcile(const ReconcileOptions& how = {});

 private:
  using Write = std::function<void(LockedSessionTask&)>;

  TaskChange change(std::string_view id, const Write& write);
  void wake(const TaskChange& change);
  TaskExecutor* find_executor(const SessionTask& task) const;
  bool run(TaskExecutor& executor, const SessionTask& task);
  void deliver(const SessionTask& task, const TaskMessage& message);
  std::optional<SessionTask> reconcile_one(const SessionTask& task, const ReconcileOptions& how);
  std::optional<SessionTask> resume(TaskExecutor& executor, const SessionTask& task,
                                    const std::optional<std::string>& worker_id);
  /// Applies `update` unless the task has ended or changed hands since it was `seen`.
  TaskChange change_as_seen(const SessionTask& seen, const SessionTaskUpdate& update);
  void note_failure(std::string_view id, const std::string& what, const std::string& reason);

  SessionPlace place_;
  WakeCallback wake_;
  const TaskExecutors* executors_;
};

}  // namespace tain
