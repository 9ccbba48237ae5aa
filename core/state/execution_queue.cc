#include "execution_queue.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "event_log.h"

namespace tain {
namespace {

// Who made the change, for the history.
Actor worker_actor(const Execution& execution) {
  return {.type = ActorType::system, .id = execution.worker_id};
}

Event status_event(const Execution& execution, Actor actor) {
  Json data = {{"execution_id", execution.id},
               {"agent_id", execution.agent_id},
               {"capability_key", execution.capability_key}};
  if (execution.worker_id) data["worker_id"] = *execution.worker_id;
  if (execution.exit_code) data["exit_code"] = *execution.exit_code;
  if (execution.error) data["error"] = *execution.error;
  return {.type = "execution." + std::string(to_text(execution.status)),
          .task_id = execution.task_id,
          .actor = std::move(actor),
          .data = std::move(data)};
}

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

void move_to(const std::filesystem::path& path, Execution& execution, ExecutionStatus status,
             Timestamp time) {
  require_transition(path, execution.status, status);
  execution.status = status;
  if (is_over(status)) execution.ended_at = time;
}

void queue_again(const std::filesystem::path& path, Execution& execution, Timestamp time) {
  if (is_allowed(execution.status, ExecutionStatus::queued) &&
      execution.retry_count >= execution.max_retries) {
    throw InvalidTransition(
        path,
        "an execution that has used its " + std::to_string(execution.max_retries) + " retries",
        std::string(to_text(execution.status)), "queued", "");
  }
  move_to(path, execution, ExecutionStatus::queued, time);
  ++execution.retry_count;
  execution.worker_id.reset();
  execution.heartbeat_at.reset();
  execution.started_at.reset();
  execution.ended_at.reset();
  execution.pid.reset();
  execution.exit_code.reset();
  execution.error.reset();
}

Timestamp last_heard(const Execution& execution) {
  return execution.heartbeat_at.value_or(execution.started_at.value_or(execution.created_at));
}

bool is_stale(const Execution& execution, Timestamp time, std::chrono::milliseconds max_age) {
  return is_underway(execution.status) && time.ms - last_heard(execution).ms > max_age.count();
}

std::int64_t count_of(const std::vector<const Execution*>& open, const std::string& worker_id) {
  return std::count_if(open.begin(), open.end(), [&](const Execution* execution) {
    return is_underway(execution->status) && execution->worker_id == worker_id;
  });
}

// `reference` may be a slug where executions say an id, and the other way round.
bool is_of(const Execution& execution, const std::string& reference,
           const std::optional<Agent>& agent) {
  return execution.agent_id == reference ||
         (agent && (execution.agent_id == agent->id || execution.agent_id == agent->slug));
}

bool is_queued(const Execution* execution) {
  return execution->status == ExecutionStatus::queued;
}

// How many more executions each agent may run, by what the files say at this moment.
class FreePlaces {
 public:
  FreePlaces(const AgentRegistry& agents, const std::vector<const Execution*>& open)
      : agents_(agents) {
    for (const Execution* execution : open) {
      if (!is_underway(execution->status)) continue;
      if (std::int64_t* places = places_of(execution->agent_id)) --*places;
    }
  }
  bool has_one(const std::string& agent_id) {
    const std::int64_t* places = places_of(agent_id);
    return places != nullptr && *places > 0;
  }

 private:
  // By slug, since executions may name one agent by its id or by its slug. Null for no such agent.
  std::int64_t* places_of(const std::string& agent_id) {
    const auto [found, is_new] = slugs_.try_emplace(agent_id);
    if (is_new) {
      if (const std::optional<Agent> agent = agents_.find_if_sound(agent_id)) {
        found->second = agent->slug;
        places_.try_emplace(agent->slug, agent->is_active ? agent->max_concurrent : 0);
      }
    }
    return found->second ? &places_.at(*found->second) : nullptr;
  }

  const AgentRegistry& agents_;
  std::map<std::string, std::optional<std::string>> slugs_;  // by what the executions say
  std::map<std::string, std::int64_t> places_;               // by slug
};

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
  const Execution execution = new_execution(fresh, agents_.find(fresh.agent), options_.clock());
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
  append_event(options_, task_directory(root_, execution.task_id), status_event(execution, actor));
}

std::optional<Execution> ExecutionQueue::claim_next(std::string_view worker) {
  const std::string worker_id(worker);
  workers_.find(worker_id);  // throws while nothing is claimed yet
  // Before the lock, so that workers with nothing to do disturb nobody, and so that under the lock
  // only what has just changed is left to read.
  const auto& seen = index_.unfinished();
  if (std::none_of(seen.begin(), seen.end(), is_queued)) {
    workers_.set_current(worker_id, count_of(seen, worker_id));
    return std::nullopt;
  }
  std::optional<Execution> claimed;
  std::int64_t count = 0;
  {
    const DirectoryLock claims(*options_.file_system, tasks_directory(root_));
    const auto& open = index_.unfinished();
    claimed = claim_first(open, worker_id);
    count = count_of(open, worker_id) + (claimed ? 1 : 0);
  }
  workers_.set_current(worker_id, count);
  return claimed;
}

std::optional<Execution> ExecutionQueue::claim_first(const std::vector<const Execution*>& open,
                                                     const std::string& worker_id) {
  FreePlaces places(agents_, open);
  for (const Execution* execution : open) {
    if (!is_queued(execution) || !places.has_one(execution->agent_id)) continue;
    if (auto claimed = claim(*execution, worker_id)) return claimed;
  }
  return std::nullopt;
}

// Nothing when somebody cancelled or removed it since it was seen.
std::optional<Execution> ExecutionQueue::claim(const Execution& queued,
                                               const std::string& worker_id) {
  const std::filesystem::path path = execution_file(root_, queued.task_id, queued.id);
  bool claimed = false;
  const auto step = [&](Execution& execution) -> Events {
    claimed = is_queued(&execution);
    if (!claimed) return {};
    const Timestamp time = options_.clock();
    move_to(path, execution, ExecutionStatus::running, time);
    execution.worker_id = worker_id;
    execution.started_at = time;
    execution.heartbeat_at = time;
    return {status_event(execution, worker_actor(execution))};
  };
  try {
    Execution execution = change(path, step);
    if (claimed) return execution;
  } catch (const NotFoundError&) {
  }
  return std::nullopt;
}

Execution ExecutionQueue::heartbeat(const ExecutionKey& key, std::string_view worker_id) {
  return update(key, worker_id, {});
}

Execution ExecutionQueue::update(const ExecutionKey& key, std::string_view worker,
                                 const RunDetails& details) {
  const std::string worker_id(worker);
  const std::filesystem::path path = path_of(key);
  workers_.beat(worker_id);
  return change(path, [&](Execution& execution) -> Events {
    require_running_for(path, execution, worker_id);
    execution.heartbeat_at = options_.clock();
    if (details.pid) execution.pid = details.pid;
    if (details.session_ref) execution.session_ref = details.session_ref;
    if (details.tmux_session_name) execution.tmux_session_name = details.tmux_session_name;
    if (!details.log) return {};
    execution.log = *details.log;
    if (!execution.log.updated_at) execution.log.updated_at = execution.heartbeat_at;
    return {};
  });
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
            is_queued(&execution) ? ExecutionStatus::cancelled : ExecutionStatus::cancelling,
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

std::vector<ReapedExecution> ExecutionQueue::reap_stale(std::chrono::milliseconds max_age) {
  std::vector<ReapedExecution> reaped;
  for (const Execution* execution : index_.unfinished()) {
    if (!is_stale(*execution, options_.clock(), max_age)) continue;
    if (auto done = reap(*execution, max_age)) reaped.push_back(std::move(*done));
  }
  return reaped;
}

// Nothing when the worker spoke up, or another reaper was faster. A failure and the way back to the
// queue are one write: a crash between two would leave a failed execution that nobody retries.
std::optional<ReapedExecution> ExecutionQueue::reap(const Execution& seen,
                                                    std::chrono::milliseconds max_age) {
  const std::filesystem::path path = execution_file(root_, seen.task_id, seen.id);
  const Actor reaper{.type = ActorType::system};
  std::optional<ReapedExecution> reaped;
  const auto step = [&](Execution& execution) -> Events {
    const Timestamp time = options_.clock();
    if (!is_stale(execution, time, max_age)) return {};
    reaped = {.execution_id = execution.id,
              .task_id = execution.task_id,
              .worker_id = execution.worker_id};
    const bool cancelling = execution.status == ExecutionStatus::cancelling;
    execution.error = "worker " + execution.worker_id.value_or("(unknown)") +
                      " not heard of since " + format_time(last_heard(execution));
    move_to(path, execution, cancelling ? ExecutionStatus::cancelled : ExecutionStatus::failed,
            time);
    Events events = {status_event(execution, reaper)};
    if (!cancelling && execution.retry_count < execution.max_retries) {
      queue_again(path, execution, time);
      events.push_back(status_event(execution, reaper));
    }
    reaped->status = execution.status;
    return events;
  };
  try {
    change(path, step);
  } catch (const NotFoundError&) {  // removed since it was seen
  }
  if (reaped && reaped->worker_id) workers_.release(*reaped->worker_id, false);
  return reaped;
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

// Applies `step` under the lock, writes, and appends the events that it answers with.
Execution ExecutionQueue::change(const std::filesystem::path& path,
                                 const std::function<Events(Execution&)>& step) {
  const std::filesystem::path task = path.parent_path().parent_path();
  Execution result;
  write_and_notify(options_, task, [&] {
    const DirectoryLock lock(*options_.file_system, path.parent_path());
    auto file = EntityFile<Execution>::open(path, options_);
    require_own_path(path, file.entity());
    Events events;
    file.update(
        lock, [&](Execution& execution) { events = step(execution); }, [](Execution&) {});
    for (Event& event : events) append_event(options_, task, std::move(event));
    result = file.entity();
  });
  return result;
}

}  // namespace tain
