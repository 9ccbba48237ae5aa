#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../model/event.h"
#include "../model/session.h"
#include "../model/task.h"
#include "entity_file.h"
#include "listing.h"
#include "state_options.h"

namespace tain {

/// What a new task is given; the rest is filled in.
struct NewTask {
  std::string title = {};              ///< not empty
  std::optional<std::string> id = {};  ///< generated unless given
  std::optional<std::string> owner_id = {};
  std::optional<std::string> parent_id = {};
  std::optional<std::string> description = {};
  std::optional<std::string> initial_prompt = {};
  TaskPriority priority = TaskPriority::medium;
  TaskKind kind = TaskKind::primary;
  std::optional<std::string> parent_session_id = {};
  std::optional<std::string> background_task_id = {};
  std::optional<std::string> runtime_source = {};
  std::optional<std::string> assignee_agent_id = {};
  InputContext input_context = {};
  std::optional<Timestamp> due_at = {};
  std::vector<std::string> skill_ids = {};
  std::vector<std::string> agent_ids = {};
  std::vector<std::string> dependencies = {};  ///< tasks that are there
};

/// Which tasks a list holds; what is not given does not matter (seed 001).
struct TaskFilter {
  /// Where a task stands in the tree.
  struct Parent {
    std::optional<std::string> id;  ///< nothing: the task has no parent
  };
  std::optional<std::string> project = {};
  std::optional<TaskStatus> status = {};
  std::optional<Parent> parent = {};
  std::optional<std::string> session = {};  ///< one that works or worked on it
  std::optional<std::string> assignee = {};
  std::optional<TaskKind> kind = {};

  bool matches(const Task& task) const;
};

/// Which sessions a list holds; what is not given does not matter (seed 001).
struct SessionFilter {
  std::optional<std::string> project = {};
  std::optional<SessionStatus> status = {};
  std::optional<Phase> phase = {};
  std::optional<std::string> task_id = {};
  std::optional<bool> active = {};  ///< neither completed, failed nor cancelled

  bool matches(const Session& session) const;
};

/// A project's tasks: `tasks/<id>/task.json`, their timelines, their tree, their dependencies, and
/// the sessions that work on them (seeds 000, 001, 003).
///
/// Every change is atomic, applied to what the file holds at that moment, and durable as `options`
/// says; when a call throws, nothing was written, unless it is NotDurableError. After a change, an
/// event goes to the task's timeline; a crash between the two loses the event only.
///
/// Besides what is said at each function: NotFoundError for a task that is not there,
/// InvalidArgument for an id that is none, IoError, and ParseError, LossyRewriteError or
/// SchemaError for a file that cannot be changed safely. Objects, threads and processes may share a
/// project as they like; one object is used by one thread at a time.
///
/// Locks are taken in this order: the directory `tasks`, a task's directory, a session's.
class TaskStore {
 public:
  /// The tasks of the project at `project_root`. Throws NotFoundError where there is none.
  explicit TaskStore(const std::filesystem::path& project_root, ProjectOptions options = {});

  /// Throws AlreadyExistsError, InvalidArgument for an empty title, NotFoundError for a parent or a
  /// dependency that is not there.
  Task create(const NewTask& fresh);
  /// The task as its file holds it, once its links to sessions are whole (see link()).
  Task get(std::string_view id);
  /// Changes what has no function of its own here. Throws InvalidArgument when `change` touches
  /// anything else: id, project_id, status, parent_id, session_ids, dependencies, or the times.
  Task update(std::string_view id, const std::function<void(Task&)>& change);
  /// Throws InvalidTransition (see Lifecycle<TaskStatus>). Stamps started_at, completed_at.
  Task set_status(std::string_view id, TaskStatus status);
  /// Appends to the task's timeline; see append_event().
  Event append_event(std::string_view id, Event event);

  /// Makes the task a part of `parent`, or of none. Throws ParentCycle.
  Task set_parent(std::string_view id, const std::optional<std::string>& parent);
  /// The parts of a task, in their order.
  std::vector<Task> children(std::string_view id);
  /// From now on, `id` waits for `dependency`. Throws DependencyCycle.
  Task add_dependency(std::string_view id, const std::string& dependency);
  Task remove_dependency(std::string_view id, const std::string& dependency);

  /// The session works on the task: `task.session_ids` and `session.task_ids` say so, both or
  /// neither. The session's side is written last here and first in unlink(); so a crash leaves at
  /// most a task that names a session which does not name it, and the next get() or link() of that
  /// task takes the name out. Throws NotFoundError for either.
  Task link(std::string_view id, const std::string& session_id);
  /// The session no longer works on the task.
  Task unlink(std::string_view id, const std::string& session_id);

  /// From the files as they are; repairs nothing. In the order of their sort_order, then age.
  Listing<Task> list(const TaskFilter& filter = {}) const;

 private:
  using TaskFile = EntityFile<Task>;
  using SessionFile = EntityFile<Session>;
  using Change = std::function<void(Task&)>;

  std::filesystem::path directory_of(std::string_view id) const;
  TaskFile open(std::string_view id) const;
  TaskFile open_existing(std::string_view id, const std::string& role) const;
  std::optional<Task> find_sound(const std::string& id) const;
  void require_sound_parents(const Task& task) const;
  void require_no_cycle(const Task& task, const std::string& dependency) const;
  std::vector<std::string> find_dependencies(const std::string& from, const std::string& to) const;
  bool lists_task(const std::string& session_id, const std::string& task_id) const;
  void drop_one_sided_links(Task& task) const;
  SessionFile open_session(const std::string& session_id) const;
  void set_task_of(SessionFile& session, const std::string& task_id, bool member) const;
  void change(TaskFile& file, const DirectoryLock& lock, const Change& change) const;
  Task change_under_lock(std::string_view id, const Change& change);
  Task change_graph(std::string_view id, const Change& change);
  void note(const Task& task, Event event);
  std::int64_t next_sort_order();

  std::filesystem::path root_;
  ProjectOptions options_;
  std::string project_id_;
  std::int64_t last_sort_order_ = 0;  // 0: not counted yet
};

/// The project's sessions, from the files as they are, in the order of their age.
Listing<Session> list_sessions(const std::filesystem::path& project_root,
                               const SessionFilter& filter = {}, const StateOptions& options = {});

}  // namespace tain
