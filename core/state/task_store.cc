#include "task_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "event_log.h"
#include "project_store.h"

namespace tain {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void add(std::vector<std::string>& list, const std::string& value) {
  if (!contains(list, value)) list.push_back(value);
}

Task new_task(const NewTask& fresh, std::string project_id, Timestamp time) {
  Task task;
  task.id = fresh.id.value_or(make_id("task", time));
  task.project_id = std::move(project_id);
  task.owner_id = fresh.owner_id;
  task.parent_id = fresh.parent_id;
  task.title = fresh.title;
  task.slug = slug_of(fresh.title);
  task.description = fresh.description;
  task.initial_prompt = fresh.initial_prompt;
  task.priority = fresh.priority;
  task.kind = fresh.kind;
  task.parent_session_id = fresh.parent_session_id;
  task.background_task_id = fresh.background_task_id;
  task.runtime_source = fresh.runtime_source;
  task.assignee_agent_id = fresh.assignee_agent_id;
  task.input_context = fresh.input_context;
  task.due_at = fresh.due_at;
  task.skill_ids = fresh.skill_ids;
  task.agent_ids = fresh.agent_ids;
  for (const std::string& dependency : fresh.dependencies) add(task.dependencies, dependency);
  task.created_at = time;
  task.updated_at = time;
  return task;
}

// What update() leaves alone: the fields that other functions keep right.
auto guarded(const Task& task) {
  return std::tie(task.id, task.project_id, task.status, task.parent_id, task.session_ids,
                  task.dependencies, task.created_at, task.started_at, task.completed_at);
}

Event status_event(const Task& task, TaskStatus from) {
  Event event;
  event.type = task.status == TaskStatus::blocked ? "blocker" : "update";
  event.message = std::string(to_text(from)).append(" → ").append(to_text(task.status));
  event.data = Json{{"from", to_text(from)}, {"to", to_text(task.status)}};
  return event;
}

}  // namespace

TaskStore::TaskStore(const std::filesystem::path& project_root, ProjectOptions options)
    : root_(std::filesystem::absolute(project_root).lexically_normal()),
      options_(std::move(options)),
      project_id_(open_project(root_, options_).id) {}

std::filesystem::path TaskStore::directory_of(std::string_view id) const {
  require_valid_id("task id", id);
  return task_directory(root_, id);
}

TaskStore::TaskFile TaskStore::open(std::string_view id) const {
  return open_existing(id, "task");
}

TaskStore::TaskFile TaskStore::open_existing(std::string_view id, const std::string& role) const {
  const std::filesystem::path path = directory_of(id) / kTaskFile;
  try {
    return TaskFile::open(path, options_);
  } catch (const NotFoundError&) {
    throw NotFoundError("open", path, "there is no " + role + " " + std::string(id));
  }
}

// Changes the task in `file` under the lock of its directory, which the caller holds.
void TaskStore::change(TaskFile& file, const DirectoryLock& lock, const Change& change) const {
  file.update(lock, change, [this](Task& task) { task.updated_at = options_.clock(); });
}

Task TaskStore::change_under_lock(std::string_view id, const Change& apply) {
  const std::filesystem::path directory = directory_of(id);
  TaskFile file = open(id);
  write_and_notify(options_, directory, [&] {
    const DirectoryLock lock(*options_.file_system, directory);
    change(file, lock, apply);
  });
  return file.entity();
}

// Two changes of the graph, each sound by itself, may close a cycle together; so they take turns.
Task TaskStore::change_graph(std::string_view id, const Change& apply) {
  open(id);  // says best what is missing
  const DirectoryLock graph(*options_.file_system, tasks_directory(root_));
  return change_under_lock(id, apply);
}

void TaskStore::note(const Task& task, Event event) {
  event.task_id = task.id;
  const std::filesystem::path directory = directory_of(task.id);
  write_and_notify(options_, directory,
                   [&] { append_event_of_change(options_, directory, std::move(event)); });
}

// Behind all that are there. They are counted once an object: a tie with what others have made
// since is broken by age, and counting thousands for each new task would be felt.
std::int64_t TaskStore::next_sort_order() {
  if (last_sort_order_ == 0) {
    const auto names = list_names(*options_.file_system, tasks_directory(root_));
    last_sort_order_ = static_cast<std::int64_t>(names.size()) * kSortOrderGap;
  }
  return last_sort_order_ += kSortOrderGap;
}

Task TaskStore::create(const NewTask& fresh) {
  require_text("title", fresh.title);
  if (fresh.id) require_valid_id("task id", *fresh.id);
  Task task = new_task(fresh, project_id_, options_.clock());
  require_writable("task", task);
  const bool durable = options_.durability == Durability::full;
  make_directories(*options_.file_system, tasks_directory(root_), durable);
  const std::filesystem::path directory = directory_of(task.id);
  write_and_notify(options_, directory, [&] {
    const DirectoryLock graph(*options_.file_system, tasks_directory(root_));
    open_project(root_, options_);  // it may have been deleted since this object was made
    require_sound_parents(task);
    for (const std::string& dependency : task.dependencies) require_no_cycle(task, dependency);
    task.sort_order = next_sort_order();
    make_directories(*options_.file_system, directory, durable);
    TaskFile::create(directory / kTaskFile, task, options_);
  });
  note(task, {.type = "created", .message = "Task created"});
  return task;
}

Task TaskStore::update(std::string_view id, const std::function<void(Task&)>& apply) {
  return change_under_lock(id, [&](Task& task) {
    const Task before = task;
    apply(task);
    require_text("title of task " + before.id, task.title);
    if (guarded(task) == guarded(before)) return;
    throw InvalidArgument("update of task " + before.id,
                          "a change of fields that have no function of their own",
                          "one of its identity, status, relations or times");
  });
}

Task TaskStore::set_status(std::string_view id, TaskStatus status) {
  TaskStatus from = status;
  Task task = change_under_lock(id, [&](Task& changed) {
    require_transition(directory_of(id) / kTaskFile, changed.status, status);
    from = std::exchange(changed.status, status);
    const Timestamp time = options_.clock();
    if (status == TaskStatus::in_progress && !changed.started_at) changed.started_at = time;
    if (status == TaskStatus::completed) changed.completed_at = time;
  });
  note(task, status_event(task, from));
  return task;
}

Event TaskStore::append_event(std::string_view id, Event event) {
  const std::filesystem::path directory = directory_of(id);
  if (!file_exists(*options_.file_system, directory / kTaskFile)) open(id);
  if (!event.task_id) event.task_id = std::string(id);
  write_and_notify(options_, directory,
                   [&] { event = tain::append_event(options_, directory, std::move(event)); });
  return event;
}

Task TaskStore::set_parent(std::string_view id, const std::optional<std::string>& parent) {
  return change_graph(id, [&](Task& task) {
    task.parent_id = parent;
    require_sound_parents(task);
  });
}

std::vector<Task> TaskStore::children(std::string_view id) {
  open(id);
  return list({.parent = TaskFilter::Parent{std::string(id)}}).entities;
}

Task TaskStore::add_dependency(std::string_view id, const std::string& dependency) {
  return change_graph(id, [&](Task& task) {
    require_no_cycle(task, dependency);
    add(task.dependencies, dependency);
  });
}

Task TaskStore::remove_dependency(std::string_view id, const std::string& dependency) {
  return change_under_lock(id, [&](Task& task) {
    if (std::erase(task.dependencies, dependency) > 0) return;
    throw NotFoundError("change", directory_of(id) / kTaskFile,
                        "task " + task.id + " does not depend on " + dependency);
  });
}

// A task that another one names; nothing where it is gone or bad: that is an anomaly, and no
// obstacle to changing the other.
std::optional<Task> TaskStore::find_sound(const std::string& id) const {
  if (!is_valid_id(id)) return std::nullopt;
  return read_if_sound<Task>(directory_of(id) / kTaskFile, options_);
}

// The parent is there, and the parents above do not lead back to the task. (A cycle above, which
// somebody else has made, ends the walk.)
void TaskStore::require_sound_parents(const Task& task) const {
  std::vector<std::string> chain{task.id};
  std::optional<std::string> next = task.parent_id;
  while (next && (*next == task.id || !contains(chain, *next))) {
    chain.push_back(*next);
    if (*next == task.id) throw ParentCycle(directory_of(task.id) / kTaskFile, std::move(chain));
    const std::optional<Task> parent =
        chain.size() == 2 ? open_existing(*next, "parent task").entity() : find_sound(*next);
    next = parent ? parent->parent_id : std::nullopt;
  }
}

// The dependency is there, and does not wait for the task.
void TaskStore::require_no_cycle(const Task& task, const std::string& dependency) const {
  if (dependency != task.id) open_existing(dependency, "dependency");
  std::vector<std::string> way = find_dependencies(dependency, task.id);
  if (way.empty()) return;
  way.insert(way.begin(), task.id);
  throw DependencyCycle(directory_of(task.id) / kTaskFile, std::move(way));
}

// A way of dependencies, both ends included; empty: none.
std::vector<std::string> TaskStore::find_dependencies(const std::string& from,
                                                      const std::string& to) const {
  std::map<std::string, std::string> reached_from{{from, ""}};
  std::vector<std::string> open_ends{from};
  while (!open_ends.empty()) {
    const std::string id = std::move(open_ends.back());
    open_ends.pop_back();
    if (id == to) {
      std::vector<std::string> way;
      for (std::string step = id; !step.empty(); step = reached_from[step]) way.push_back(step);
      std::reverse(way.begin(), way.end());
      return way;
    }
    const std::optional<Task> task = find_sound(id);
    if (!task) continue;
    for (const std::string& next : task->dependencies) {
      if (reached_from.emplace(next, id).second) open_ends.push_back(next);
    }
  }
  return {};
}

}  // namespace tain
