#include "execution_index.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"

namespace tain {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// The coarsest clock of a file system that is still met (FAT's).
constexpr std::int64_t kSlack = 2 * kSecond;

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kSecond + time.tv_nsec;
}

// The machine's clock and not the options': it is compared with the times of files.
std::int64_t file_time_now() {
  timespec time = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return nanoseconds(time);
}

std::vector<std::string> task_ids_in(FileSystem& fs, const std::filesystem::path& root) {
  std::vector<std::string> ids = list_names(fs, tasks_directory(root));
  std::erase_if(ids, [](const std::string& name) { return !is_valid_id(name); });
  return ids;
}

// The names of a task's executions. A directory that we may not enter costs only itself, as a bad
// file does.
std::vector<std::string> execution_names_in(FileSystem& fs,
                                            const std::filesystem::path& directory) {
  std::vector<std::string> names;
  try {
    names = list_names(fs, directory);
  } catch (const IoError& error) {
    if (!concerns_one_path(error)) throw;
  }
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kJsonSuffix); });
  return names;
}

// Nothing where there is no such path, or where we may not look.
std::optional<struct stat> status_of_path(FileSystem& fs, const std::string& path) {
  struct stat status = {};
  if (fs.lstat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return std::nullopt;
  throw IoError("inspect", path, errno);
}

bool is_own_path(const std::filesystem::path& path, const Execution& execution) {
  const std::filesystem::path task = path.parent_path().parent_path();
  return path.filename() == entity_file_name(execution.id) && task.filename() == execution.task_id;
}

std::optional<Execution> read_unfinished(const std::filesystem::path& path,
                                         const StateOptions& options) {
  std::optional<Execution> execution = read_if_sound<Execution>(path, options);
  if (execution && (is_over(execution->status) || !is_own_path(path, *execution))) {
    execution.reset();
  }
  return execution;
}

bool is_older(const Execution* a, const Execution* b) {
  return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
}

}  // namespace

std::filesystem::path execution_file(const std::filesystem::path& project_root,
                                     const std::string& task_id, const std::string& id) {
  return executions_directory(task_directory(project_root, task_id)) / entity_file_name(id);
}

std::optional<std::filesystem::path> find_execution_file(const std::filesystem::path& project_root,
                                                         const ExecutionKey& key, FileSystem& fs) {
  require_valid_id("execution id", key.id);
  if (key.task_id) require_valid_id("task id", *key.task_id);
  const std::vector<std::string> tasks =
      key.task_id ? std::vector{*key.task_id} : task_ids_in(fs, project_root);
  // A copied task has files of the same names: the original is the one that its path belongs to.
  std::optional<std::filesystem::path> found;
  for (const std::string& task_id : tasks) {
    std::filesystem::path path = execution_file(project_root, task_id, key.id);
    if (!status_of_path(fs, path)) continue;
    const auto execution = read_if_sound<Execution>(path, StateOptions{.file_system = &fs});
    if (execution && is_own_path(path, *execution)) return path;
    if (!found) found = std::move(path);
  }
  return found;
}

std::vector<std::filesystem::path> execution_files(const std::filesystem::path& project_root,
                                                   const std::optional<std::string>& task_id,
                                                   FileSystem& fs) {
  std::vector<std::filesystem::path> paths;
  const std::vector<std::string> tasks =
      task_id ? std::vector{*task_id} : task_ids_in(fs, project_root);
  for (const std::string& task : tasks) {
    const auto directory = executions_directory(task_directory(project_root, task));
    for (const std::string& name : execution_names_in(fs, directory)) {
      paths.push_back(directory / name);
    }
  }
  return paths;
}

void require_own_path(const std::filesystem::path& path, const Execution& execution) {
  if (is_own_path(path, execution)) return;
  throw SchemaError(path, "/id", "the id and the task_id that the path says",
                    execution.id + " of " + execution.task_id + "; correct the file or remove it");
}

ExecutionIndex::ExecutionIndex(std::filesystem::path project_root, StateOptions options)
    : root_(std::move(project_root)), options_(std::move(options)) {}

const std::vector<const Execution*>& ExecutionIndex::unfinished() {
  unfinished_.clear();  // its pointers end with what they point to
  ++look_;
  look_began_ns_ = file_time_now();
  for (const std::string& task_id : task_ids_in(*options_.file_system, root_)) look_into(task_id);
  std::erase_if(entries_, [this](const auto& entry) { return entry.second.look != look_; });
  for (const auto& [path, entry] : entries_) {
    if (entry.execution) unfinished_.push_back(&*entry.execution);
  }
  std::sort(unfinished_.begin(), unfinished_.end(), is_older);
  return unfinished_;
}

void ExecutionIndex::look_into(const std::string& task_id) {
  const std::filesystem::path directory = executions_directory(task_directory(root_, task_id));
  const std::string prefix = directory.string() + "/";
  for (const std::string& name : execution_names_in(*options_.file_system, directory)) {
    look_at(prefix + name);
  }
}

void ExecutionIndex::look_at(const std::string& path) {
  const std::optional<struct stat> status = status_of_path(*options_.file_system, path);
  if (!status) return;  // gone since it was listed
  // Taken before the content is read, so that a change in between shows the next time.
  const Version version{.device = status->st_dev,
                        .inode = status->st_ino,
                        .size = status->st_size,
                        .mtime_ns = nanoseconds(status->st_mtim),
                        .ctime_ns = nanoseconds(status->st_ctim)};
  Entry& entry = entries_[path];
  entry.look = look_;
  if (!entry.racy && entry.version == version) return;
  entry.racy = true;  // until it is read
  entry.execution = read_unfinished(path, options_);
  entry.version = version;
  entry.racy = std::max(version.mtime_ns, version.ctime_ns) >= look_began_ns_ - kSlack;
}

}  // namespace tain
