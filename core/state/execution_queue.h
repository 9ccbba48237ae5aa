#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../model/event.h"
#include "../model/execution.h"
#include "agent_registry.h"
#include "execution_index.h"
#include "worker_store.h"

namespace tain {

/// What a new execution is given; the rest is filled in.
struct NewExecution {
  std::string task_id = {};
  std::string agent = {};           ///< its id or slug
  std::string capability_key = {};  ///< of a capability that is enabled
  Json args = Json::object();
  std::optional<std::string> prompt = {};
  std::optional<std::string> requested_by = {};
  std::int64_t max_retries = 0;
  std::optional<std::string> parent_execution_id = {};  ///< the one that it continues
  std::optional<std::string> id = {};                   ///< generated unless given
};

/// What a worker learns of the run's output; what is absent stays as it was.
struct LogDetails {
  std::optional<std::string> file_path = {};
  std::optional<std::int64_t> byte_size = {};
  std::optional<std::int64_t> line_count = {};
  std::optional<Timestamp> updated_at = {};  ///< now, unless given
};

/// What a worker learns while the execution runs; what is absent stays as it was.
struct RunDetails {
  std::optional<std::int64_t> pid = {};
  std::optional<std::string> session_ref = {};
  std::optional<std::string> tmux_session_name = {};
  std::optional<LogDetails> log = {};
};

/// How an execution ended.
struct ExecutionResult {
  std::optional<std::int64_t> exit_code = {};
  std::optional<std::string> error = {};  ///< one line; the log has the rest
};

/// Which executions a list holds; what is absent does not matter.
struct ExecutionFilter {
  std::optional<std::string> task_id = {};
  std::optional<std::string> agent = {};  ///< its id or slug
  std::optional<ExecutionStatus> status = {};
  std::optional<std::string> worker_id = {};
};

/// An execution that reap_stale() took from a worker that was not heard of.
struct ReapedExecution {
  std::string execution_id = {};
  std::string task_id = {};
  std::optional<std::string> worker_id = {};  ///< the one that held it
  ExecutionStatus status = {};                ///< now: queued again, failed or cancelled
  bool operator==(const ReapedExecution&) const = default;
};

/// The executions of a project's tasks and the workers that run them (seed 003):
/// `tasks/<task>/executions/<id>.json`.
///
/// Claims of all processes take turns under the lock of the tasks' directory, so that two never
/// count the same free place of an agent. Every change of an execution is made under its
/// directory's lock to what the file holds then: of a claim and a cancel at the same moment one
/// comes first, and the other sees it. Every change of status appends an `execution.<status>` event
/// to the task's events, under the same lock, so that they stand in the order in which they
/// happened.
///
/// A worker id names one process: who claims twice under one id cannot be told apart.
///
/// Errors, beside those listed: InvalidArgument for a bad id, NotFoundError for an execution that
/// is not there, what EntityFile::open throws for a bad file, IoError. After a NotDurableError the
/// change of the execution stands, though a power loss may undo it, or its event is missing; after
/// an IoError of the worker's record (its path says so) it stands, too. Writes are durable as the
/// options say. One object is used by one thread at a time; any number of objects and processes may
/// share a project.
class ExecutionQueue {
 public:
  explicit ExecutionQueue(const std::filesystem::path& project_root, ProjectOptions options = {});

  /// Queues an execution. Throws NotFoundError for a task, an agent, a capability or a parent that
  /// is not there, InvalidArgument for a disabled capability, for args that are no object and for
  /// max_retries below 0, AlreadyExistsError for an id that an execution of any task has.
  Execution enqueue(const NewExecution& fresh);

  /// Gives the worker the oldest queued execution (by created_at, then id) whose agent is active
  /// and has fewer than max_concurrent running or cancelling; nothing where there is none. Its file
  /// then says running and names the worker. Executions and agents whose files are missing or bad
  /// are passed over: the mirror's sync_errors names them. Refuses to claim for a worker whose
  /// record is bad. Once claimed it is answered with, whatever becomes of its event and of the
  /// worker's record: nobody else would ever know of it.
  ///
  /// With nothing queued it takes no lock. Measured costs stand in core/README.md.
  std::optional<Execution> claim_next(std::string_view worker_id);

  /// The worker is still at it. Answers with the execution as it is, which may be `cancelling`: the
  /// worker should then end it. Throws SupersededError when the worker no longer holds it.
  Execution heartbeat(const ExecutionKey& key, std::string_view worker_id);

  /// Writes what the worker learned, and counts as a heartbeat. Throws as heartbeat(), and
  /// InvalidArgument for numbers below zero.
  Execution update(const ExecutionKey& key, std::string_view worker_id, const RunDetails& details);

  /// The worker ends it: `outcome` is succeeded, failed, timed_out, or, when asked to, cancelled.
  /// Throws SupersededError when another worker holds it or nobody does, InvalidTransition for what
  /// the lifecycle does not allow, InvalidArgument for an outcome that is no end.
  Execution finish(const ExecutionKey& key, std::string_view worker_id, ExecutionStatus outcome,
                   const ExecutionResult& result = {});

  /// A queued execution is cancelled; a running one is cancelling until its worker ends it. Throws
  /// InvalidTransition for any other.
  Execution request_cancel(const ExecutionKey& key);

  /// Queues a failed or timed-out execution again, as old as it was, without what its worker wrote
  /// about the run; session_ref and the log stay, to be resumed. Throws InvalidTransition for any
  /// other, and when max_retries are used.
  Execution retry(const ExecutionKey& key);

  /// Takes executions from workers that were not heard of for longer than `max_age`: a cancelling
  /// one is cancelled; a running one fails and, where retries are left, is queued again. Answers
  /// with what it did, also where the event of it could not be written. Any number may reap at
  /// once, and a worker that speaks up meanwhile keeps its execution.
  std::vector<ReapedExecution> reap_stale(
      std::chrono::milliseconds max_age = std::chrono::minutes(2));

  Execution get(const ExecutionKey& key) const;

  /// The oldest first.
  Listing<Execution> list(const ExecutionFilter& filter = {}) const;

 private:
  using Events = std::vector<Event>;
  using Step = std::function<Events(Execution&)>;
  struct Changed {
    Execution execution;
    std::exception_ptr doubt;  // null: all is well
  };

  void require_references(const NewExecution& fresh) const;
  void create(const Execution& execution, bool id_was_given);
  std::optional<Execution> claim(const Execution& queued, const std::string& worker_id);
  std::optional<Execution> claim_first(const std::vector<const Execution*>& open,
                                       const std::string& worker_id);
  std::optional<ReapedExecution> reap(const Execution& seen, std::chrono::milliseconds max_age);
  std::filesystem::path path_of(const ExecutionKey& key) const;
  Execution change(const std::filesystem::path& path, const Step& step);
  Changed try_change(const std::filesystem::path& path, const Step& step);

  ProjectOptions options_;
  std::filesystem::path root_;
  AgentRegistry agents_;
  WorkerStore workers_;
  ExecutionIndex index_;
};

}  // namespace tain
