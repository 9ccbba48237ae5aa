#include "file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include "../error.h"

namespace tain {
namespace {

UniqueFd open_directory(FileSystem& fs, const std::filesystem::path& directory) {
  try {
    return open_or_throw(fs, directory, O_RDONLY | O_DIRECTORY, 0, "lock");
  } catch (const IoError& error) {
    if (error.error_number() != ENOENT) throw;
    throw NotFoundError("lock", directory, "there is no such directory");
  }
}

// The system has no wait for a lock that ends by itself, but with a signal, which is the process's.
constexpr std::chrono::milliseconds kBetweenTries{20};

bool try_lock(FileSystem& fs, int fd, const std::filesystem::path& path) {
  if (fs.flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) throw IoError("lock", path, errno);
  return false;
}

}  // namespace

DirectoryLock::DirectoryLock(FileSystem& fs, std::filesystem::path directory,
                             std::chrono::milliseconds patience)
    : fs_(fs), directory_(std::move(directory)), fd_(open_directory(fs_, directory_)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!try_lock(fs_, fd_.get(), directory_)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(
          "lock", directory_,
          "another process has held its lock for " + std::to_string(patience.count()) + " ms");
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
}

DirectoryLock::DirectoryLock(FileSystem& fs, std::filesystem::path directory)
    : fs_(fs), directory_(std::move(directory)), fd_(open_directory(fs_, directory_)) {
  lock_exclusive(fs_, fd_.get(), directory_);
}

void DirectoryLock::sync() const {
  try {
    fsync_or_throw(fs_, fd_.get(), directory_, "make durable");
  } catch (const IoError& error) {
    throw NotDurableError(error.operation(), error.path(), error.error_number());
  }
}

void lock_exclusive(FileSystem& fs, int fd, const std::filesystem::path& path) {
  while (fs.flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) throw IoError("lock", path, errno);
  }
}

}  // namespace tain
