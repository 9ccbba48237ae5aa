#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "../model/execution.h"
#include "entity_file.h"

namespace tain {

/// An execution by its id. Its task's id, where it is known, spares looking into every task.
struct ExecutionKey {
  std::string id;
  std::optional<std::string> task_id = {};

  ExecutionKey(std::string execution_id) : id(std::move(execution_id)) {}
  ExecutionKey(const char* execution_id) : id(execution_id) {}
  ExecutionKey(std::string execution_id, std::string task)
      : id(std::move(execution_id)), task_id(std::move(task)) {}
  ExecutionKey(const Execution& execution) : id(execution.id), task_id(execution.task_id) {}
};

/// Where the file of an execution is or would be.
std::filesystem::path execution_file(const std::filesystem::path& project_root,
                                     const std::string& task_id, const std::string& id);

/// The file of an execution that exists. Throws InvalidArgument for a bad id.
std::optional<std::filesystem::path> find_execution_file(const std::filesystem::path& project_root,
                                                         const ExecutionKey& key, FileSystem& fs);

/// The files of all executions, of one task or of all.
std::vector<std::filesystem::path> execution_files(const std::filesystem::path& project_root,
                                                   const std::optional<std::string>& task_id,
                                                   FileSystem& fs);

/// Throws SchemaError unless the execution is the one that its path says: a copy of a file under
/// another name or in another task must not be run as if it were the original.
void require_own_path(const std::filesystem::path& path, const Execution& execution);

/// The executions of a project that are not over, from the files, remembered from one look to the
/// next.
///
/// A look costs one lstat for each file; only what is new or changed is read. Reading all was
/// rejected: with 10,000 finished executions it took 20 times as long, under a lock that every
/// worker waits for. A file counts as unchanged when inode, size and both times are those of the
/// last look and the times were at least two seconds old then: within the tick of a file system's
/// clock a second change can look like the first (git calls it "racily clean").
///
/// For one thread at a time.
class ExecutionIndex {
 public:
  ExecutionIndex(std::filesystem::path project_root, StateOptions options);

  /// Those queued, running or cancelling now, the oldest first (created_at, then id); valid until
  /// the next call. A bad file is left out: the mirror's sync_errors names it. Throws IoError.
  const std::vector<const Execution*>& unfinished();
  /// What that call answered with, which may be out of date.
  const std::vector<const Execution*>& last_seen() const { return unfinished_; }

 private:
  // Tells two contents of one path apart without reading them; compared with == only.
  struct Version {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    bool operator==(const Version&) const = default;
  };
  struct Entry {
    Version version = {};
    bool racy = true;
    std::optional<Execution> execution = {};  // unless it is over or bad
    std::uint64_t look = 0;                   // when it was last seen there
  };

  void look_into(const std::string& task_id);
  void look_at(const std::string& path);

  std::filesystem::path root_;
  StateOptions options_;
  std::unordered_map<std::string, Entry> entries_;  // by path
  std::vector<const Execution*> unfinished_;
  std::uint64_t look_ = 0;
  std::int64_t look_began_ns_ = 0;
};

}  // namespace tain
