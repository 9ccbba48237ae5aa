#pragma once

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fs/file_system.h"

namespace tain::testing {

enum class Call {
  open,
  close,
  read,
  pread,
  write,
  fsync,
  fstat,
  lstat,
  fchmod,
  fchown,
  flock,
  rename,
  unlink,
  mkdir,
  list,
};

/// Which call fails, and how.
struct Fault {
  std::optional<Call> call = {};  ///< any call unless given
  int nth = 1;                    ///< counted from inject(), among the calls that `call` selects
  int error_number = EIO;         ///< 0, for write only: half of the bytes are written
  bool persistent = false;        ///< all from the nth on, not that one alone
};

/// The real file system, with faults on demand.
///
/// fsync does not reach the disk: no test here cuts the power, and a sweep makes thousands.
class FaultFileSystem : public FileSystem {
 public:
  void inject(const Fault& fault) {
    fault_ = fault;
    seen_ = 0;
    failed_.clear();
  }
  void heal() { fault_.reset(); }

  /// What has failed since inject().
  const std::multiset<Call>& failed() const { return failed_; }
  /// Every call since the object was made.
  const std::vector<Call>& calls() const { return calls_; }

  int open(const char* path, int flags, mode_t mode) override {
    return fails(Call::open) ? -1 : FileSystem::open(path, flags, mode);
  }
  // As on Linux: whatever close() reports, the descriptor is gone.
  int close(int fd) override {
    const bool failure = fails(Call::close);
    const int error_number = errno;
    const int result = FileSystem::close(fd);
    if (!failure) return result;
    errno = error_number;
    return -1;
  }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    return fails(Call::read) ? -1 : FileSystem::read(fd, buffer, size);
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override {
    return fails(Call::pread) ? -1 : FileSystem::pread(fd, buffer, size, offset);
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    if (!fails(Call::write)) return FileSystem::write(fd, data, size);
    return fault_->error_number == 0 ? FileSystem::write(fd, data, (size + 1) / 2) : -1;
  }
  int fsync(int /*fd*/) override { return fails(Call::fsync) ? -1 : 0; }
  int fstat(int fd, struct stat* out) override {
    return fails(Call::fstat) ? -1 : FileSystem::fstat(fd, out);
  }
  int lstat(const char* path, struct stat* out) override {
    return fails(Call::lstat) ? -1 : FileSystem::lstat(path, out);
  }
  int fchmod(int fd, mode_t mode) override {
    return fails(Call::fchmod) ? -1 : FileSystem::fchmod(fd, mode);
  }
  int fchown(int fd, uid_t owner, gid_t group) override {
    return fails(Call::fchown) ? -1 : FileSystem::fchown(fd, owner, group);
  }
  int flock(int fd, int operation) override {
    return fails(Call::flock) ? -1 : FileSystem::flock(fd, operation);
  }
  int rename(const char* from, const char* to) override {
    return fails(Call::rename) ? -1 : FileSystem::rename(from, to);
  }
  int unlink(const char* path) override {
    return fails(Call::unlink) ? -1 : FileSystem::unlink(path);
  }
  int mkdir(const char* path, mode_t mode) override {
    return fails(Call::mkdir) ? -1 : FileSystem::mkdir(path, mode);
  }
  int list(const char* directory, std::vector<std::string>& names) override {
    return fails(Call::list) ? -1 : FileSystem::list(directory, names);
  }

 private:
  bool fails(Call call) {
    calls_.push_back(call);
    if (!fault_ || fault_->call.value_or(call) != call) return false;
    ++seen_;
    if (fault_->persistent ? seen_ < fault_->nth : seen_ != fault_->nth) return false;
    failed_.insert(call);
    errno = fault_->error_number;
    return true;
  }

  std::optional<Fault> fault_;
  int seen_ = 0;
  std::multiset<Call> failed_;
  std::vector<Call> calls_;
};

}  // namespace tain::testing
