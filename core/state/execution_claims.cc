// The part of ExecutionQueue that gives executions to workers and takes them away again.

#include <algorithm>
#include <map>

#include "../fs/paths.h"
#include "execution_queue.h"
#include "execution_steps.h"

namespace tain {
namespace {

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

bool is_queued(const Execution* execution) {
  return execution->status == ExecutionStatus::queued;
}

bool has_queued(const std::vector<const Execution*>& executions) {
  return std::any_of(executions.begin(), executions.end(), is_queued);
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

std::optional<Execution> ExecutionQueue::claim_next(std::string_view worker) {
  const std::string worker_id(worker);
  workers_.find(worker_id);  // throws while nothing is claimed yet
  // Unless there was more to do the last time, it looks without the lock first: workers with
  // nothing to do disturb nobody, and what a new object has to read is read before others wait for
  // it.
  if (!has_queued(index_.last_seen()) && !has_queued(index_.unfinished())) {
    workers_.set_current(worker_id, count_of(index_.last_seen(), worker_id));
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
  try {
    workers_.set_current(worker_id, count);
  } catch (const IoError&) {
    if (!claimed) throw;  // else it has to be handed over; the next claim counts again
  }
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
    claimed = execution.status == ExecutionStatus::queued;
    if (!claimed) return {};
    const Timestamp time = options_.clock();
    move_to(path, execution, ExecutionStatus::running, time);
    execution.worker_id = worker_id;
    execution.started_at = time;
    execution.heartbeat_at = time;
    return {status_event(execution, worker_actor(execution))};
  };
  try {
    Execution execution = try_change(path, step).execution;
    if (claimed) return execution;
  } catch (const NotFoundError&) {
  }
  return std::nullopt;
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
    try_change(path, step);
  } catch (const NotFoundError&) {  // removed since it was seen
  }
  if (reaped && reaped->worker_id) workers_.release(*reaped->worker_id, false);
  return reaped;
}

}  // namespace tain
