#include "session_tasks.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "../model/session.h"
#include "session_task_calls.h"

namespace tain {
namespace {

SessionPlace open_place(const std::filesystem::path& session_directory, ProjectOptions options) {
  std::filesystem::path directory = std::filesystem::absolute(session_directory);
  std::string id = EntityFile<Session>::open(directory / kStateFile, options).entity().session_id;
  return {std::move(directory), std::move(id), std::move(options)};
}

void require_valid(const NewSessionTask& fresh) {
  require_text("kind of the session task", fresh.kind);
  if (fresh.id) require_valid_id("session task id", *fresh.id);
  if (!fresh.spec.is_object()) {
    throw InvalidArgument("spec of the session task", "an object",
                          std::string("a ") + fresh.spec.type_name());
  }
  const bool begins =
      fresh.state == SessionTaskState::queued || fresh.state == SessionTaskState::running;
  if (!begins) {
    throw InvalidArgument("state of a new session task", "queued or running",
                          std::string(to_text(fresh.state)));
  }
}

SessionTask new_task(const NewSessionTask& fresh, const std::string& session_id, Timestamp time) {
  SessionTask task;
  task.id = fresh.id.value_or(make_id("task", time));
  task.session_id = session_id;
  task.kind = fresh.kind;
  task.display_name = fresh.display_name;
  task.spec = fresh.spec;
  task.state = fresh.state;
  task.wake_policy = fresh.wake_policy;
  task.created_at = task.updated_at = time;
  if (fresh.state == SessionTaskState::running) task.started_at = time;
  apply_task_update({}, task, {.links = fresh.links}, time);
  return task;
}

bool asks(const TaskChange& change) {
  return change.after.state == SessionTaskState::awaiting_input &&
         (change.before.state != SessionTaskState::awaiting_input ||
          change.before.input_request != change.after.input_request);
}

bool deserves_wake(const TaskChange& change) {
  const bool ended = !is_terminal(change.before.state) && is_terminal(change.after.state);
  switch (change.after.wake_policy) {
    case WakePolicy::silent:
      return false;
    case WakePolicy::on_terminal:
      return ended;
    case WakePolicy::on_activity:
      return ended || change.spoke || asks(change);
  }
  return false;
}

}  // namespace

bool SessionTaskFilter::matches(const SessionTask& task) const {
  return (!state || task.state == *state) && (!kind || task.kind == *kind) &&
         (!active || is_terminal(task.state) != *active);
}

SessionTaskRegistry::SessionTaskRegistry(const std::filesystem::path& session_directory,
                                         ProjectOptions options, WakeCallback wake,
                                         const TaskExecutors* executors)
    : place_(open_place(session_directory, std::move(options))),
      wake_(std::move(wake)),
      executors_(executors) {}

SessionTask SessionTaskRegistry::create(const NewSessionTask& fresh) {
  require_valid(fresh);
  const SessionTask task = new_task(fresh, place_.session_id, place_.options.clock());
  TaskChange created;
  write_and_notify(place_.options, place_.directory,
                   [&] { created = LockedSessionTask(place_, task).change(); });
  return settle(created);
}

SessionTask SessionTaskRegistry::get(std::string_view id) const {
  return EntityFile<SessionTask>::open(session_task_file(place_, id), place_.options).entity();
}

Listing<SessionTask> SessionTaskRegistry::list(const SessionTaskFilter& filter) const {
  auto listing = read_listing<SessionTask>(
      entity_files(place_.options, place_.directory / kTasksDirectory, kTaskFile), place_.options,
      [&](const SessionTask& task) { return filter.matches(task); });
  std::sort(listing.entities.begin(), listing.entities.end(),
            [](const SessionTask& a, const SessionTask& b) {
              return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
            });
  return listing;
}

// Everything that changes a task that is there goes through here.
TaskChange SessionTaskRegistry::change(std::string_view id, const Write& write) {
  TaskChange done;
  write_and_notify(place_.options, place_.directory, [&] {
    LockedSessionTask locked(place_, id);
    write(locked);
    done = locked.change();
  });
  wake(done);
  return done;
}

void SessionTaskRegistry::wake(const TaskChange& change) {
  if (!wake_ || !deserves_wake(change)) return;
  if (const auto failure = failure_of([&] { wake_(change.after); })) {
    note_failure(change.after.id, "the wake callback", *failure);
  }
}

SessionTask SessionTaskRegistry::update(std::string_view id, std::int64_t attempt,
                                        SessionTaskUpdate update) {
  std::optional<TaskInputRequest>& request = update.input_request;
  if (request && !request->id) request->id = make_id("treq", place_.options.clock());
  return settle(change(id, [&](LockedSessionTask& locked) {
    locked.require_attempt(attempt);
    locked.apply(update);
  }));
}

SessionTask SessionTaskRegistry::heartbeat(std::string_view id, std::int64_t attempt) {
  return settle(change(id, [&](LockedSessionTask& locked) {
    locked.require_attempt(attempt);
    if (is_terminal(locked.task().state)) return;
    locked.apply_silently({.heartbeat_at = place_.options.clock()});
  }));
}

SessionTask SessionTaskRegistry::write_result(std::string_view id, std::int64_t attempt,
                                              const Json& result) {
  return settle(change(id, [&](LockedSessionTask& locked) {
    locked.require_attempt(attempt);
    locked.write_result(result);
  }));
}

SessionTask SessionTaskRegistry::begin_attempt(std::string_view id, const std::string& worker_id) {
  return settle(change(id, [&](LockedSessionTask& locked) {
    const SessionTaskState state = locked.task().state;
    if (is_terminal(state)) {
      require_transition(locked.path(), state, SessionTaskState::running);
    }
    locked.apply(
        {.worker_id = worker_id, .heartbeat_at = place_.options.clock(), .new_attempt = true});
  }));
}

}  // namespace tain
