#pragma once

#include <unistd.h>

#include "core/fs/file_system.h"

namespace tain::testing {

/// The real file system, under a process that dies at its nth call that changes something.
class DyingFileSystem : public FileSystem {
 public:
  explicit DyingFileSystem(int nth) : left_(nth) {}

  ssize_t write(int fd, const void* data, std::size_t size) override {
    die_in_time();
    return FileSystem::write(fd, data, size);
  }
  int rename(const char* from, const char* to) override {
    die_in_time();
    return FileSystem::rename(from, to);
  }
  int unlink(const char* path) override {
    die_in_time();
    return FileSystem::unlink(path);
  }
  int mkdir(const char* path, mode_t mode) override {
    die_in_time();
    return FileSystem::mkdir(path, mode);
  }
  int fsync(int fd) override {
    die_in_time();
    (void)fd;  // no test here cuts the power
    return 0;
  }

 private:
  void die_in_time() {
    if (--left_ == 0) ::_exit(9);
  }
  int left_;
};

}  // namespace tain::testing
