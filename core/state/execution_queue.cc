#include "execution_queue.h"

#include <algorithm>
#include <exception>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "event_log.h"
#include "execution_steps.h"

namespace tain {
namespace {

void require_valid(const NewExecution& fresh) {
  require_valid_id("task id", fresh.task_id);
  if (fresh.id) require_valid_id("execution id", *fresh.id);
  if (!fresh.args.is_object()) {
    throw InvalidArgument("args of an execution", "an object", fresh.args.type_name());
  }
  if (fresh.max_retries < 0) {
    throw InvalidArgument("max_retries", "0 or more", std::to_string(fresh.max_retries));
  }
}

void require_not_below(std::int64_t least, const char* argument,
                       const std::optional<std::int64_t>& value) {
  if (!value || *value >= least) return;
  throw InvalidArgument(argument, std::to_string(least) + " or more", std::to_string(*value));
}

void require_valid(const RunDetails& details) {
  require_not_below(1, "pid", details.pid);
  if (!details.log) return;
  require_not_below(0, "log.byte_size", details.log->byte_size);
  require_not_below(0, "log.line_count", details.log->line_count);
}

void learn(ExecutionLog& log, const LogDetails& details, Timestamp time) {
  if (details.file_path) log.file_path = details.file_path;
  log.byte_size = details.byte_size.value_or(log.byte_size);
  log.line_count = details.line_count.value_or(log.line_count);
  log.updated_at = details.updated_at.value_or(time);
}

const Capability& enabled_capability(const Agent& agent, const std::string& key) {
  const Capability& capability = capability_of(agent, key);
  if (capability.is_enabled) return capability;
  throw InvalidArgument("capability of agent " + agent.slug, "one that is enabled",
                        key + ", which is disabled");
}

Execution new_execution(const NewExecution& fresh, const Agent& agent, Timestamp time) {
  Execution execution;
  execution.id = fresh.id.value_or(make_id("exec", time));
  execution.task_id = fresh.task_id;
  execution.agent_id = agent.id;
  execution.capability_key = fresh.capability_key;
  execution.requested_by = fresh.requested_by;
  execution.mode = enabled_capability(agent, fresh.capability_key).interaction_mode;
  execution.args = fresh.args;
  execution.prompt = fresh.prompt;
  execution.parent_execution_id = fresh.parent_execution_id;
  execution.max_retries = fresh.max_retries;
  execution.created_at = time;
  return execution;
}

void require_holder(const std::filesystem::path& path, const Execution& execution,
                    const std::string& worker_id) {
  if (execution.worker_id == worker_id) return;
  const std::string holder =
      execution.worker_id ? "worker " + *execution.worker_id + " has it" : "no worker has it";
  throw SupersededError("write to execution " + execution.id, path,
                        "it is no longer worker " + worker_id + "'s: it is " +
                            std::string(to_text(execution.status)) + " and " + holder +
                            "; stop the work on it");
}

void require_running_for(const std::filesystem::path& path, const Execution& execution,
                         const std::string& worker_id) {
  require_holder(path, execution, worker_id);
  if (is_underway(execution.status)) return;
  throw SupersededError("write to execution " + execution.id, path,
                        "it is over for worker " + worker_id + ": it is " +
                            std::string(to_text(execution.status)) + "; stop the work on it");
}

// `reference` may be a slug where executions say an id, and the other way round.
bool is_of(const Execution& execution, const std::string& reference,
           const std::optional<Agent>& agent) {
  return execution.agent_id == reference ||
         (agent && (execution.agent_id == agent->id || execution.agent_id == agent->slug));
}

}  // namespace

ExecutionQueue::ExecutionQueue(const std::filesystem::path& project_root, ProjectOptions options)
    : options_(std::move(options)),
      root_(std::filesystem::absolute(project_root).lexically_normal()),
      agents_(root_, options_),
      workers_(root_, options_),
      index_(root_, options_) {}

Execution ExecutionQueue::enqueue(const NewExecution& fresh) {
  require_valid(fresh);
  require_references(fresh);
  Execution execution = new_execution(fresh, agents_.find(fresh.agent), options_.clock());
  const std::filesystem::path task = task_directory(root_, fresh.task_id);
  write_and_notify(options_, task, [&] { create(execution, fresh.id.has_value()); });
  return execution;
}

void ExecutionQueue::require_references(const NewExecution& fresh) const {
  const auto task = task_directory(root_, fresh.task_id) / kTaskFile;
  if (!file_exists(*options_.file_system, task)) {
    throw NotFoundError("queue an execution of task " + fresh.task_id, task,
                        "there is no such task; create it first");
  }
  if (fresh.parent_execution_id) path_of(*fresh.parent_execution_id);
}

void ExecutionQueue::create(const Execution& execution, bool id_was_given) {
  FileSystem& fs = *options_.file_system;
  const std::filesystem::path path = execution_file(root_, execution.task_id, execution.id);
  make_directories(fs, path.parent_path(), options_.durability == Durability::full);
  // Nobody else may give the same id to another task's execution meanwhile. Ids that are generated
  // do not repeat.
  std::optional<DirectoryLock> ids;
  if (id_was_given) {
    ids.emplace(fs, tasks_directory(root_));
    if (const auto other = find_execution_file(root_, execution.id, fs)) {
      throw AlreadyExistsError("queue", *other,
                               "there is an execution " + execution.id + " already");
    }
  }
  const DirectoryLock lock(fs, path.parent_path());
  EntityFile<Execution>::create(lock, path, execution, options_);
  Actor actor;
  if (execution.requested_by) actor = {.type = ActorType::user, .id = execution.requested_by};
  append_event_of_change(options_, task_directory(root_, execution.task_id),
                         status_event(execution, actor));
}

Execution ExecutionQueue::heartbeat(const ExecutionKey& key, std::string_view worker_id) {
  return update(key, worker_id, {});
}

Execution ExecutionQueue::update(const ExecutionKey& key, std::string_view worker,
                                 const RunDetails& details) {
  const std::string worker_id(worker);
  require_valid(details);
  const std::filesystem::path path = path_of(key);
  workers_.find(worker_id);  // throws while nothing is written yet
  Execution updated = change(path, [&](Execution& execution) -> Events {
    require_running_for(path, execution, worker_id);
    execution.heartbeat_at = options_.clock();
    if (details.pid) execution.pid = details.pid;
    if (details.session_ref) execution.session_ref = details.session_ref;
    if (details.tmux_session_name) execution.tmux_session_name = details.tmux_session_name;
    if (details.log) learn(execution.log, *details.log, *execution.heartbeat_at);
    return {};
  });
  workers_.beat(worker_id);
  return updated;
}

Execution ExecutionQueue::finish(const ExecutionKey& key, std::string_view worker,
                                 ExecutionStatus outcome, const ExecutionResult& result) {
  if (!is_over(outcome)) {
    throw InvalidArgument("outcome of an execution", "succeeded, failed, timed_out or cancelled",
                          std::string(to_text(outcome)));
  }
  const std::string worker_id(worker);
  const std::filesystem::path path = path_of(key);
  workers_.find(worker_id);  // throws while nothing is written yet
  Execution finished = change(path, [&](Execution& execution) -> Events {
    require_holder(path, execution, worker_id);
    move_to(path, execution, outcome, options_.clock());
    execution.exit_code = result.exit_code;
    execution.error = result.error;
    return {status_event(execution, worker_actor(execution))};
  });
  workers_.release(worker_id, true);
  return finished;
}

Execution ExecutionQueue::request_cancel(const ExecutionKey& key) {
  const std::filesystem::path path = path_of(key);
  return change(path, [&](Execution& execution) -> Events {
    move_to(path, execution,
            execution.status == ExecutionStatus::queued ? ExecutionStatus::cancelled
                                                        : ExecutionStatus::cancelling,
            options_.clock());
    return {status_event(execution, {})};
  });
}

Execution ExecutionQueue::retry(const ExecutionKey& key) {
  const std::filesystem::path path = path_of(key);
  return change(path, [&](Execution& execution) -> Events {
    queue_again(path, execution, options_.clock());
    return {status_event(execution, {})};
  });
}

Execution ExecutionQueue::get(const ExecutionKey& key) const {
  const std::filesystem::path path = path_of(key);
  Execution execution = EntityFile<Execution>::open(path, options_).entity();
  require_own_path(path, execution);
  return execution;
}

Listing<Execution> ExecutionQueue::list(const ExecutionFilter& filter) const {
  if (filter.task_id) require_valid_id("task id", *filter.task_id);
  const std::optional<Agent> agent =
      filter.agent ? agents_.find_if_sound(*filter.agent) : std::nullopt;
  Listing<Execution> listing = read_listing<Execution>(
      execution_files(root_, filter.task_id, *options_.file_system), options_,
      [&](const Execution& execution) {
        return (!filter.agent || is_of(execution, *filter.agent, agent)) &&
               filter.status.value_or(execution.status) == execution.status &&
               (!filter.worker_id || filter.worker_id == execution.worker_id);
      });
  std::sort(listing.entities.begin(), listing.entities.end(),
            [](const Execution& a, const Execution& b) {
              return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
            });
  return listing;
}

std::filesystem::path ExecutionQueue::path_of(const ExecutionKey& key) const {
  if (auto path = find_execution_file(root_, key, *options_.file_system)) return std::move(*path);
  throw NotFoundError("find execution " + key.id,
                      key.task_id ? task_directory(root_, *key.task_id) : tasks_directory(root_),
                      key.task_id ? "the task has no such execution" : "no task has it");
}

// Throws NotDurableError when the change is made, but may be lost, or lacks its event.
Execution ExecutionQueue::change(const std::filesystem::path& path, const Step& step) {
  Changed changed = try_change(path, step);
  if (changed.doubt) std::rethrow_exception(changed.doubt);
  return std::move(changed.execution);
}

// Applies `step` under the lock, writes, and appends the events that it answers with. What goes
// wrong once the file is replaced is a doubt: the change is made all the same.
ExecutionQueue::Changed ExecutionQueue::try_change(const std::filesystem::path& path,
                                                   const Step& step) {
  const std::filesystem::path task = path.parent_path().parent_path();
  Changed changed;
  const auto try_to = [&](const auto& write) {
    try {
      write();
    } catch (const NotDurableError&) {
      if (!changed.doubt) changed.doubt = std::current_exception();
    }
  };
  write_and_notify(options_, task, [&] {
    const DirectoryLock lock(*options_.file_system, path.parent_path());
    auto file = EntityFile<Execution>::open(path, options_);
    require_own_path(path, file.entity());
    Events events;
    try_to([&] {
      file.update(
          lock, [&](Execution& execution) { events = step(execution); }, [](Execution&) {});
    });
    for (Event& event : events) {
      try_to([&] { append_event_of_change(options_, task, std::move(event)); });
    }
    changed.execution = file.entity();
  });
  return changed;
}

}  // namespace tain
