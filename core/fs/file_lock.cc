#include "file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
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

}  // namespace

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
