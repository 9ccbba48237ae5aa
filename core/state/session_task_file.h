#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../fs/file_lock.h"
#include "../model/session_task.h"
#include "../model/session_task_update.h"
#include "entity_file.h"
#include "state_options.h"

namespace tain {

/// The session that tasks belong to, and how its files are written.
struct SessionPlace {
  std::filesystem::path directory;
  std::string session_id;
  ProjectOptions options;
};

/// What was done to a session task under its lock.
struct TaskChange {
  SessionTask before;
  SessionTask after;
  bool spoke = false;        ///< the task sent a message
  std::exception_ptr doubt;  ///< a NotDurableError, to be thrown once everyone was told
};

/// The file of the task `id`. Throws InvalidArgument for what is no id.
std::filesystem::path session_task_file(const SessionPlace& place, std::string_view id);

/// The messages in a task's `messages.jsonl`. A line that a crash tore is skipped; a line that is
/// JSON and no message throws SchemaError.
std::vector<TaskMessage> read_task_messages(FileSystem& fs, const std::filesystem::path& path);

/// One session task under the lock of its directory, and what may be done to its files there.
///
/// Invariants:
///  1. `task.json` is the truth and is written first; what happened goes to the session's events
///     after it. A crash between the two loses the event only.
///  2. The events of one task stand in the order of its changes, since they are appended under its
///     lock. Locks are taken in this order: the task's directory, then a log in it or the
///     session's.
///  3. What is written but perhaps not durable, or written but missing among the events, stops
///     nothing: it is kept as doubt() for the end.
class LockedSessionTask {
 public:
  /// Waits for the lock. Throws NotFoundError.
  LockedSessionTask(const SessionPlace& place, std::string_view id);
  /// Creates `fresh`, unless its id is there already.
  LockedSessionTask(const SessionPlace& place, const SessionTask& fresh);

  const SessionTask& task() const { return file_.entity(); }
  const std::filesystem::path& path() const { return file_.path(); }
  std::vector<TaskMessage> messages() const;

  /// Throws SupersededError unless `attempt` is the current one.
  void require_attempt(std::int64_t attempt) const;

  /// Changes the task (see apply_task_update), and tells the events when it differs from before.
  void apply(const SessionTaskUpdate& update);
  /// The same without an event.
  void apply_silently(const SessionTaskUpdate& update);
  void append(const TaskMessage& message);
  void write_result(const Json& result);

  TaskChange change() const { return {before_, task(), spoke_, doubt_}; }

 private:
  EntityFile<SessionTask> open_or_create(const SessionTask& fresh);
  void write(const std::function<void()>& action);
  void record(const std::string& type, Json data);

  const SessionPlace& place_;
  std::exception_ptr doubt_;
  DirectoryLock lock_;
  EntityFile<SessionTask> file_;
  SessionTask before_;
  bool spoke_ = false;
};

}  // namespace tain
