#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../json/document.h"
#include "../model/session_task.h"
#include "../model/session_task_update.h"

namespace tain {

/// Where running work reports to, for one attempt at one task (seed 004).
///
/// Everything throws SupersededError once another attempt owns the task: nothing was written, and
/// the work should stop. Thread-safe.
class TaskSink {
 public:
  virtual ~TaskSink() = default;

  virtual void state(SessionTaskState state, const std::optional<std::string>& detail) = 0;
  virtual void progress(const TaskProgress& progress) = 0;
  /// A piece of live output, for whoever shows it; it is not kept.
  virtual void output(std::string_view stream, std::string_view delta) = 0;
  /// Sends a message to the session.
  virtual void post(const std::vector<MessagePart>& content) = 0;
  /// Asks the session for input. The reply comes to TaskExecutor::deliver(), with the request's id
  /// (generated unless given), which is returned; nothing when the task has ended.
  virtual std::optional<std::string> request_input(const TaskInputRequest& request) = 0;
  virtual void artifact(const TaskArtifact& artifact) = 0;

  /// Whatever else there is to say: an error, a summary, links.
  virtual void report(const SessionTaskUpdate& update) = 0;
  virtual void result(const Json& result) = 0;
  /// The work goes on. Returns the task, which may say that its cancel was requested.
  virtual SessionTask heartbeat() = 0;
};

/// How the work of a task stands after whoever ran it was restarted.
enum class TaskStanding {
  running,    ///< it goes on, in the attempt that it has
  resumable,  ///< it was interrupted, and start() can take it up again in a new attempt
  unknown,    ///< nobody knows of it
};

/// Does the work of the tasks of one kind (seed 004).
///
/// The registry calls it after the task's files are written and without any lock, so it may call
/// the registry and its sinks; from any thread that uses the registry, so it must be thread-safe.
class TaskExecutor {
 public:
  virtual ~TaskExecutor() = default;

  /// Begins the work of `task`, which is running, or takes it up again in a new attempt, and
  /// reports to `sink` from then on. Should not wait for the end. What it throws becomes the error
  /// of the task, which fails as kTaskErrorRejected.
  virtual void start(const SessionTask& task, std::unique_ptr<TaskSink> sink) = 0;
  /// Hands on a message from the session. Messages from before the start come right behind it.
  virtual void deliver(const SessionTask& task, const TaskMessage& message) = 0;
  /// Asks the work to end, which it reports; it may succeed all the same. May be asked repeatedly.
  virtual void cancel(const SessionTask& task) = 0;
  virtual TaskStanding reconcile(const SessionTask& task) = 0;
};

/// The executors, by the kind of task that they are for. To be filled before it is shared; after
/// that, thread-safe.
class TaskExecutors {
 public:
  /// Throws InvalidArgument for an empty kind, no executor, and a kind that has one.
  void add(const std::string& kind, std::unique_ptr<TaskExecutor> executor);
  /// Null where the kind has none.
  TaskExecutor* find(std::string_view kind) const;
  /// The kinds, for a message: "a, b".
  std::string list_kinds() const;

 private:
  std::map<std::string, std::unique_ptr<TaskExecutor>, std::less<>> by_kind_;
};

}  // namespace tain
