#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "../model/worker.h"
#include "listing.h"
#include "state_options.h"

namespace tain {

/// What a worker says of itself; what is absent stays as it was.
struct WorkerBeat {
  std::optional<std::int64_t> current_executions = {};
  std::optional<Json> metadata = {};  ///< an object, replaced whole
};

/// The processes that claim executions: `workers/<worker_id>.json` (seed 003).
///
/// The ExecutionQueue keeps current_executions: a claim counts, the end of an execution takes one
/// away. It is for people to look at; nothing is decided by it.
///
/// Thread-safe: it has no state but the path. Any number of processes may share the files.
class WorkerStore {
 public:
  explicit WorkerStore(const std::filesystem::path& project_root, ProjectOptions options = {});

  /// The worker is alive: stamps last_seen_at, making the record where there is none. Durable as
  /// the options say. Throws InvalidArgument for a bad id, a negative count and metadata that are
  /// no object, what EntityFile::open throws for a bad record, IoError.
  Worker beat(std::string_view worker_id, const WorkerBeat& beat = {});

  /// Nothing where there is no record. Throws what EntityFile::open throws for a bad one.
  std::optional<Worker> find(std::string_view worker_id) const;

  /// By id.
  Listing<Worker> list() const;

  /// Sets how many executions the worker runs, as counted just now, and stamps last_seen_at when
  /// that is news.
  void set_current(std::string_view worker_id, std::int64_t count);
  /// One of its executions ended. `seen`: the worker itself said so, rather than somebody else.
  /// Nothing happens where there is no record or a bad one.
  void release(std::string_view worker_id, bool seen);

 private:
  std::filesystem::path path_of(std::string_view worker_id) const;
  Worker change(std::string_view worker_id, const std::function<void(Worker&)>& step);

  ProjectOptions options_;
  std::filesystem::path root_;
  std::filesystem::path directory_;
};

}  // namespace tain
