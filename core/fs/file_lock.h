#pragma once

#include <chrono>
#include <filesystem>

#include "file_system.h"

namespace tain {

/// An exclusive advisory lock (`flock`) on a directory, held for the lifetime of the object.
///
/// The directory itself is locked, so that no lock file appears in anybody's tree. Everyone who
/// replaces a file in a directory holds its lock; readers need none. The lock dies with the
/// process. It excludes processes and threads alike, since every object has an open file
/// description of its own.
class DirectoryLock {
 public:
  /// Waits until the lock is free. Throws NotFoundError where there is no such directory, else
  /// IoError.
  DirectoryLock(FileSystem& fs, std::filesystem::path directory);
  /// The same, but waits no longer than `patience`: then it throws Error.
  DirectoryLock(FileSystem& fs, std::filesystem::path directory,
                std::chrono::milliseconds patience);

  const std::filesystem::path& directory() const { return directory_; }
  /// Makes the names in the directory durable. Throws NotDurableError.
  void sync() const;

 private:
  FileSystem& fs_;
  std::filesystem::path directory_;
  UniqueFd fd_;
};

/// `flock(fd, LOCK_EX)`, retrying when a signal interrupts. Throws IoError.
void lock_exclusive(FileSystem& fs, int fd, const std::filesystem::path& path);

}  // namespace tain
