#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "core/fs/file_system.h"

namespace tain::testing {

/// The real file system, under a process that dies at its nth moment: before any of its calls, or,
/// of a write, with half of the bytes written.
class DyingFileSystem : public FileSystem {
 public:
  explicit DyingFileSystem(int nth) : left_(nth) {}

  int open(const char* path, int flags, mode_t mode) override {
    return in_time([&] { return FileSystem::open(path, flags, mode); });
  }
  int close(int fd) override {
    return in_time([&] { return FileSystem::close(fd); });
  }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    return in_time([&] { return FileSystem::read(fd, buffer, size); });
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override {
    return in_time([&] { return FileSystem::pread(fd, buffer, size, offset); });
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    return in_time([&] {
      if (is_over()) {
        (void)FileSystem::write(fd, data, size / 2);
        die();
      }
      return FileSystem::write(fd, data, size);
    });
  }
  // Not to the disk: no test here cuts the power.
  int fsync(int /*fd*/) override {
    return in_time([] { return 0; });
  }
  int fstat(int fd, struct stat* out) override {
    return in_time([&] { return FileSystem::fstat(fd, out); });
  }
  int lstat(const char* path, struct stat* out) override {
    return in_time([&] { return FileSystem::lstat(path, out); });
  }
  int fchmod(int fd, mode_t mode) override {
    return in_time([&] { return FileSystem::fchmod(fd, mode); });
  }
  int fchown(int fd, uid_t owner, gid_t group) override {
    return in_time([&] { return FileSystem::fchown(fd, owner, group); });
  }
  int flock(int fd, int operation) override {
    return in_time([&] { return FileSystem::flock(fd, operation); });
  }
  int rename(const char* from, const char* to) override {
    return in_time([&] { return FileSystem::rename(from, to); });
  }
  int unlink(const char* path) override {
    return in_time([&] { return FileSystem::unlink(path); });
  }
  int mkdir(const char* path, mode_t mode) override {
    return in_time([&] { return FileSystem::mkdir(path, mode); });
  }
  int rmdir(const char* path) override {
    return in_time([&] { return FileSystem::rmdir(path); });
  }
  int list(const char* directory, std::vector<std::string>& names) override {
    return in_time([&] { return FileSystem::list(directory, names); });
  }

  static constexpr int kDied = 9;

 private:
  [[noreturn]] static void die() { ::_exit(kDied); }
  bool is_over() { return --left_ == 0; }
  template <class Call>
  std::invoke_result_t<Call> in_time(const Call& call) {
    if (is_over()) die();
    return call();
  }

  int left_;
};

/// Runs `work` in a process that dies at its nth moment; false when the work was done before that.
/// Throws when the process ended in any other way. To be called while this process has one thread.
inline bool dies_at(int nth, const std::function<void(FileSystem&)>& work) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    DyingFileSystem dying(nth);
    try {
      work(dying);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
  if (WIFEXITED(status) && WEXITSTATUS(status) == DyingFileSystem::kDied) return true;
  throw std::runtime_error("the work failed in the process, status " + std::to_string(status));
}

}  // namespace tain::testing
