// The part of SessionTaskRegistry that lets executors do the work.

#include <memory>
#include <utility>

#include "event_log.h"
#include "session_task_calls.h"
#include "session_task_sink.h"
#include "session_tasks.h"

namespace tain {
namespace {

TaskExecutor& require_executor(const TaskExecutors* executors, const std::string& kind) {
  TaskExecutor* executor = executors == nullptr ? nullptr : executors->find(kind);
  if (executor != nullptr) return *executor;
  const std::string known = executors == nullptr ? "" : executors->list_kinds();
  throw InvalidArgument("kind of the session task",
                        known.empty() ? "one that has an executor; add one first"
                                      : "one that has an executor (" + known + ")",
                        kind);
}

// By hand, since awaiting_input may become running, too, though not by a start.
void require_queued(const LockedSessionTask& locked) {
  const SessionTask& task = locked.task();
  if (task.state == SessionTaskState::queued) return;
  throw InvalidTransition(locked.path(), "session task " + task.id + ", when it is started,",
                          std::string(to_text(task.state)), "running", "only queued tasks start");
}

std::vector<TaskMessage> inbound_messages(const LockedSessionTask& locked) {
  std::vector<TaskMessage> messages = locked.messages();
  std::erase_if(messages, [](const TaskMessage& message) {
    return message.direction == MessageDirection::outbound;
  });
  return messages;
}

bool gives_sign_of_life(const SessionTask& task, Timestamp now, std::int64_t patience_ms) {
  const std::optional<Timestamp> last = task.heartbeat_at ? task.heartbeat_at : task.started_at;
  return patience_ms > 0 && last && now.ms - last->ms <= patience_ms;
}

std::string orphaned_reason(const SessionTask& task, const TaskExecutor* executor) {
  return executor == nullptr ? "there is no executor of kind " + task.kind
                             : "the executor of kind " + task.kind + " does not know it";
}

}  // namespace

TaskExecutor* SessionTaskRegistry::find_executor(const SessionTask& task) const {
  return executors_ == nullptr ? nullptr : executors_->find(task.kind);
}

SessionTask SessionTaskRegistry::start(std::string_view id,
                                       const std::optional<std::string>& worker_id) {
  TaskExecutor& executor = require_executor(executors_, get(id).kind);
  std::vector<TaskMessage> waiting;
  const TaskChange started = change(id, [&](LockedSessionTask& locked) {
    require_queued(locked);
    waiting = inbound_messages(locked);
    locked.apply({.state = SessionTaskState::running, .worker_id = worker_id});
  });
  if (run(executor, started.after)) {
    for (const TaskMessage& message : waiting) deliver(started.after, message);
  }
  settle(started);
  return get(id);
}

bool SessionTaskRegistry::run(TaskExecutor& executor, const SessionTask& task) {
  const auto failure =
      failure_of([&] { executor.start(task, std::make_unique<RegistryTaskSink>(*this, task)); });
  if (!failure) return true;
  const TaskError error{std::string(kTaskErrorRejected), *failure};
  settle(change_as_seen(task, {.state = SessionTaskState::failed, .error = error}));
  return false;
}

TaskChange SessionTaskRegistry::change_as_seen(const SessionTask& seen,
                                               const SessionTaskUpdate& update) {
  return change(seen.id, [&](LockedSessionTask& locked) {
    const SessionTask& task = locked.task();
    if (task.attempt == seen.attempt && !is_terminal(task.state)) locked.apply(update);
  });
}

SessionTask SessionTaskRegistry::request_cancel(std::string_view id) {
  const TaskChange asked = change(id, [](LockedSessionTask& locked) {
    const SessionTask& task = locked.task();
    if (task.state == SessionTaskState::queued) {
      locked.apply({.state = SessionTaskState::cancelled, .cancel_requested = true});
    } else if (!is_terminal(task.state) && !task.cancel_requested_at) {
      locked.apply({.cancel_requested = true});
    }
  });
  TaskExecutor* executor = find_executor(asked.after);
  if (executor == nullptr || is_terminal(asked.after.state)) return settle(asked);
  if (const auto failure = failure_of([&] { executor->cancel(asked.after); })) {
    note_failure(id, "cancelling", *failure);
  }
  settle(asked);
  return get(id);
}

std::vector<SessionTask> SessionTaskRegistry::reconcile(const ReconcileOptions& how) {
  std::vector<SessionTask> changed;
  for (const SessionTask& task : list({.active = true}).entities) {
    if (task.state == SessionTaskState::queued) continue;
    if (gives_sign_of_life(task, place_.options.clock(), how.patience_ms)) continue;
    if (auto after = reconcile_one(task, how)) changed.push_back(std::move(*after));
  }
  return changed;
}

std::optional<SessionTask> SessionTaskRegistry::reconcile_one(const SessionTask& task,
                                                              const ReconcileOptions& how) {
  TaskExecutor* executor = find_executor(task);
  TaskStanding standing = TaskStanding::unknown;
  if (executor != nullptr) {
    const auto failure = failure_of([&] { standing = executor->reconcile(task); });
    if (failure) {
      note_failure(task.id, "reconciling", *failure);
      return std::nullopt;
    }
  }
  if (standing == TaskStanding::running) return std::nullopt;
  if (standing == TaskStanding::resumable) return resume(*executor, task, how.worker_id);
  const TaskError error{std::string(kTaskErrorOrphaned), orphaned_reason(task, executor)};
  const TaskChange orphaned = change_as_seen(
      task, {.state = SessionTaskState::failed, .error = error, .new_attempt = true});
  const SessionTask& after = settle(orphaned);
  return after == orphaned.before ? std::nullopt : std::optional(after);
}

std::optional<SessionTask> SessionTaskRegistry::resume(
    TaskExecutor& executor, const SessionTask& task, const std::optional<std::string>& worker_id) {
  const TaskChange taken = change_as_seen(
      task, {.worker_id = worker_id, .heartbeat_at = place_.options.clock(), .new_attempt = true});
  if (taken.after.attempt == taken.before.attempt) return std::nullopt;  // somebody was faster
  run(executor, taken.after);
  settle(taken);
  return get(task.id);
}

// What failed is not ours to mend, and the write that it followed is in place: so it is written
// where people look, and when that fails too, there is nowhere left to say it.
void SessionTaskRegistry::note_failure(std::string_view id, const std::string& what,
                                       const std::string& reason) {
  const auto append = [&] {
    append_event(place_.options, place_.directory,
                 {.type = "error",
                  .session_id = place_.session_id,
                  .message = what + " failed: " + reason,
                  .metadata = Json{{"session_task_id", id}}});
  };
  try {
    write_and_notify(place_.options, place_.directory, append);
  } catch (const Error&) {
    return;
  }
}

}  // namespace tain
