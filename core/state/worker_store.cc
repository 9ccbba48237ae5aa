#include "worker_store.h"

#include <algorithm>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "entity_file.h"

namespace tain {
namespace {

void require_valid(const WorkerBeat& beat) {
  if (beat.current_executions && *beat.current_executions < 0) {
    throw InvalidArgument("current_executions", "0 or more",
                          std::to_string(*beat.current_executions));
  }
  if (beat.metadata && !beat.metadata->is_object()) {
    throw InvalidArgument("worker metadata", "an object", beat.metadata->type_name());
  }
}

}  // namespace

WorkerStore::WorkerStore(const std::filesystem::path& project_root, ProjectOptions options)
    : options_(std::move(options)),
      root_(std::filesystem::absolute(project_root).lexically_normal()),
      directory_(workers_directory(root_)) {}

Worker WorkerStore::beat(std::string_view worker_id, const WorkerBeat& beat) {
  require_valid(beat);
  return change(worker_id, [&](Worker& worker) {
    worker.last_seen_at = options_.clock();
    worker.current_executions = beat.current_executions.value_or(worker.current_executions);
    worker.metadata = beat.metadata.value_or(worker.metadata);
  });
}

std::optional<Worker> WorkerStore::find(std::string_view worker_id) const {
  const std::filesystem::path path = path_of(worker_id);
  if (!file_exists(*options_.file_system, path)) return std::nullopt;
  return EntityFile<Worker>::open(path, options_).entity();
}

Listing<Worker> WorkerStore::list() const {
  return read_listing<Worker>(entity_files(options_, directory_), options_,
                              [](const Worker&) { return true; });
}

void WorkerStore::set_current(std::string_view worker_id, std::int64_t count) {
  change(worker_id, [&](Worker& worker) {
    if (worker.current_executions == count && worker.last_seen_at != Timestamp{}) return;
    worker.current_executions = count;
    worker.last_seen_at = options_.clock();
  });
}

void WorkerStore::release(std::string_view worker_id, bool seen) {
  if (!is_valid_id(worker_id) || !read_if_sound<Worker>(path_of(worker_id), options_)) return;
  change(worker_id, [&](Worker& worker) {
    worker.current_executions = std::max<std::int64_t>(worker.current_executions - 1, 0);
    if (seen) worker.last_seen_at = options_.clock();
  });
}

std::filesystem::path WorkerStore::path_of(std::string_view worker_id) const {
  require_valid_id("worker id", worker_id);
  return directory_ / entity_file_name(worker_id);
}

Worker WorkerStore::change(std::string_view worker_id, const std::function<void(Worker&)>& step) {
  const std::filesystem::path path = path_of(worker_id);
  make_entity_directory(root_, directory_, options_);
  Worker worker{.worker_id = std::string(worker_id)};
  write_and_notify(options_, directory_, [&] {
    const DirectoryLock lock(*options_.file_system, directory_);
    require_project(root_, options_);
    if (file_exists(*options_.file_system, path)) {
      auto file = EntityFile<Worker>::open(path, options_);
      file.update(lock, step, [](Worker&) {});
      worker = file.entity();
    } else {
      step(worker);
      EntityFile<Worker>::create(lock, path, worker, options_);
    }
  });
  return worker;
}

}  // namespace tain
