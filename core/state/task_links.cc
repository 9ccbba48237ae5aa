// The part of TaskStore that keeps the links between tasks and sessions, on both sides.

#include <algorithm>
#include <tuple>
#include <utility>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "task_store.h"

namespace tain {
namespace {

bool names(const std::vector<std::string>& ids, std::string_view id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Adds the id to the list, or takes it out.
void set_member(std::vector<std::string>& ids, const std::string& id, bool member) {
  if (!member) std::erase(ids, id);
  if (member && !names(ids, id)) ids.push_back(id);
}

}  // namespace

// A session that is not there has been moved, or stands in another branch: it may come back, so
// what the task says of it stays.
bool TaskStore::lists_task(const std::string& session_id, const std::string& task_id) const {
  if (!is_valid_id(session_id)) return true;
  const std::filesystem::path state = session_directory(root_, session_id) / kStateFile;
  try {
    return names(SessionFile::open(state, options_).entity().task_ids, task_id);
  } catch (const Error&) {  // not there, or bad: it says nothing about its tasks
    return true;
  }
}

void TaskStore::drop_one_sided_links(Task& task) const {
  std::erase_if(task.session_ids,
                [&](const std::string& session) { return !lists_task(session, task.id); });
}

Task TaskStore::get(std::string_view id) {
  TaskFile file = open(id);
  Task whole = file.entity();
  drop_one_sided_links(whole);
  if (whole == file.entity()) return whole;
  return change_under_lock(id, [this](Task& task) { drop_one_sided_links(task); });
}

TaskStore::SessionFile TaskStore::open_session(const std::string& session_id) const {
  require_valid_id("session id", session_id);
  const std::filesystem::path state = session_directory(root_, session_id) / kStateFile;
  try {
    return SessionFile::open(state, options_);
  } catch (const NotFoundError&) {
    throw NotFoundError("open", state, "there is no session " + session_id);
  }
}

void TaskStore::set_task_of(SessionFile& session, const std::string& task_id, bool member) const {
  write_and_notify(options_, session.path().parent_path(), [&] {
    session.update([&](Session& state) { set_member(state.task_ids, task_id, member); },
                   [this](Session& state) {
                     state.updated_at = options_.clock();
                     state.last_activity_at = state.updated_at;
                   });
  });
}

Task TaskStore::link(std::string_view id, const std::string& session_id) {
  TaskFile file = open(id);
  SessionFile session = open_session(session_id);
  const std::filesystem::path directory = directory_of(id);
  bool was_linked = false;
  write_and_notify(options_, directory, [&] {
    const DirectoryLock lock(*options_.file_system, directory);
    change(file, lock, [&](Task& task) {
      drop_one_sided_links(task);
      was_linked = names(task.session_ids, session_id);
      set_member(task.session_ids, session_id, true);
    });
    try {
      set_task_of(session, std::string(id), true);
    } catch (const NotDurableError&) {  // it is written
      throw;
    } catch (const Error&) {
      change(file, lock, [this](Task& task) { drop_one_sided_links(task); });
      throw;
    }
  });
  if (!was_linked) note(file.entity(), {.type = "session_started", .session_id = session_id});
  return file.entity();
}

Task TaskStore::unlink(std::string_view id, const std::string& session_id) {
  require_valid_id("session id", session_id);
  TaskFile file = open(id);
  const std::filesystem::path directory = directory_of(id);
  write_and_notify(options_, directory, [&] {
    const DirectoryLock lock(*options_.file_system, directory);
    if (file_exists(*options_.file_system, session_directory(root_, session_id) / kStateFile)) {
      SessionFile session = open_session(session_id);
      set_task_of(session, std::string(id), false);
    }
    change(file, lock, [&](Task& task) {
      if (std::erase(task.session_ids, session_id) > 0) return;
      throw NotFoundError("change", file.path(),
                          "session " + session_id + " does not work on task " + task.id);
    });
  });
  note(file.entity(), {.type = "session_ended", .session_id = session_id});
  return file.entity();
}

bool SessionFilter::matches(const Session& session) const {
  const bool is_active = !is_terminal(session.status);
  return (!project || session.project_id == *project) && (!status || session.status == *status) &&
         (!phase || session.current_phase == *phase) &&
         (!task_id || names(session.task_ids, *task_id)) && (!active || is_active == *active);
}

bool TaskFilter::matches(const Task& task) const {
  return (!project || task.project_id == *project) && (!status || task.status == *status) &&
         (!parent || task.parent_id == parent->id) &&
         (!session || names(task.session_ids, *session)) &&
         (!assignee || task.assignee_agent_id == *assignee) && (!kind || task.kind == *kind);
}

Listing<Task> TaskStore::list(const TaskFilter& filter) const {
  const std::filesystem::path directory = tasks_directory(root_);
  Listing<Task> listing =
      read_listing<Task>(entity_files(options_, directory, kTaskFile), options_,
                         [&](const Task& task) { return filter.matches(task); });
  std::sort(listing.entities.begin(), listing.entities.end(), [](const Task& a, const Task& b) {
    return std::tie(a.sort_order, a.created_at, a.id) < std::tie(b.sort_order, b.created_at, b.id);
  });
  return listing;
}

Listing<Session> list_sessions(const std::filesystem::path& root, const SessionFilter& filter,
                               const StateOptions& options) {
  Listing<Session> listing =
      read_listing<Session>(entity_files(options, sessions_directory(root), kStateFile), options,
                            [&](const Session& session) { return filter.matches(session); });
  std::sort(listing.entities.begin(), listing.entities.end(),
            [](const Session& a, const Session& b) {
              return std::tie(a.created_at, a.session_id) < std::tie(b.created_at, b.session_id);
            });
  return listing;
}

}  // namespace tain
