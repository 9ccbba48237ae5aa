#include "file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "../error.h"

namespace tain {

int FileSystem::open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags, mode);
}
int FileSystem::close(int fd) {
  return ::close(fd);
}
ssize_t FileSystem::read(int fd, void* buffer, std::size_t size) {
  return ::read(fd, buffer, size);
}
ssize_t FileSystem::pread(int fd, void* buffer, std::size_t size, off_t offset) {
  return ::pread(fd, buffer, size, offset);
}
ssize_t FileSystem::write(int fd, const void* data, std::size_t size) {
  return ::write(fd, data, size);
}
int FileSystem::fsync(int fd) {
  return ::fsync(fd);
}
int FileSystem::fstat(int fd, struct stat* out) {
  return ::fstat(fd, out);
}
int FileSystem::lstat(const char* path, struct stat* out) {
  return ::lstat(path, out);
}
int FileSystem::fchmod(int fd, mode_t mode) {
  return ::fchmod(fd, mode);
}
int FileSystem::fchown(int fd, uid_t owner, gid_t group) {
  return ::fchown(fd, owner, group);
}
int FileSystem::flock(int fd, int operation) {
  return ::flock(fd, operation);
}
int FileSystem::rename(const char* from, const char* to) {
  return ::rename(from, to);
}
int FileSystem::unlink(const char* path) {
  return ::unlink(path);
}
int FileSystem::rmdir(const char* path) {
  return ::rmdir(path);
}
int FileSystem::mkdir(const char* path, mode_t mode) {
  return ::mkdir(path, mode);
}

int FileSystem::list(const char* directory, std::vector<std::string>& names) {
  DIR* stream = ::opendir(directory);
  if (stream == nullptr) return -1;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int failure = errno;
  ::closedir(stream);
  errno = failure;
  return failure == 0 ? 0 : -1;
}

FileSystem& FileSystem::real() {
  static FileSystem instance;
  return instance;
}

UniqueFd open_or_throw(FileSystem& fs, const std::filesystem::path& path, int flags, mode_t mode,
                       const char* operation) {
  for (;;) {
    const int fd = fs.open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return {fs, fd};
    if (errno != EINTR) throw IoError(operation, path, errno);
  }
}

void write_all(FileSystem& fs, int fd, std::string_view bytes, const std::filesystem::path& path,
               const char* operation) {
  while (!bytes.empty()) {
    const ssize_t written = fs.write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0) {
      throw IoError(operation, path, EIO);  // no progress and no reason: never wait for it
    } else if (errno != EINTR) {
      throw IoError(operation, path, errno);
    }
  }
}

void fsync_or_throw(FileSystem& fs, int fd, const std::filesystem::path& path,
                    const char* operation) {
  while (fs.fsync(fd) != 0) {
    if (errno != EINTR) throw IoError(operation, path, errno);
  }
}

void fsync_directory(FileSystem& fs, const std::filesystem::path& directory,
                     const char* operation) {
  const UniqueFd fd = open_or_throw(fs, directory, O_RDONLY | O_DIRECTORY, 0, operation);
  fsync_or_throw(fs, fd.get(), directory, operation);
}

void make_directories(FileSystem& fs, const std::filesystem::path& directory, bool durable) {
  if (fs.mkdir(directory.c_str(), 0777) == 0) {
    if (durable) fsync_directory(fs, directory.parent_path(), "create");
    return;
  }
  if (errno == EEXIST) return;
  if (errno != ENOENT || !directory.has_relative_path()) throw IoError("create", directory, errno);
  make_directories(fs, directory.parent_path(), durable);
  if (fs.mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST) {
    throw IoError("create", directory, errno);
  }
  if (durable) fsync_directory(fs, directory.parent_path(), "create");
}

std::vector<std::string> list_names(FileSystem& fs, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  if (fs.list(directory.c_str(), names) != 0) {
    if (errno == ENOENT) return {};
    throw IoError("list", directory, errno);
  }
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tain
