#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tain {

/// The system calls that core makes on files, one method each, with the call's own meaning: the
/// result, or -1 and errno. Tests override one to fail it; everything else uses
/// `FileSystem::real()`.
///
/// Thread-safe: it has no state.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int open(const char* path, int flags, mode_t mode);
  virtual int close(int fd);
  virtual ssize_t read(int fd, void* buffer, std::size_t size);
  virtual ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset);
  virtual ssize_t write(int fd, const void* data, std::size_t size);
  virtual int fsync(int fd);
  virtual int fstat(int fd, struct stat* out);
  virtual int lstat(const char* path, struct stat* out);
  virtual int fchmod(int fd, mode_t mode);
  virtual int fchown(int fd, uid_t owner, gid_t group);
  virtual int flock(int fd, int operation);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
  virtual int rmdir(const char* path);
  /// Appends the names in `directory`, without "." and "..", to `names`; 0, or -1 and errno.
  virtual int list(const char* directory, std::vector<std::string>& names);

  /// The operating system's file system.
  static FileSystem& real();
};

/// A file descriptor with one owner.
class UniqueFd {
 public:
  UniqueFd() = default;
  UniqueFd(FileSystem& fs, int fd) : fs_(&fs), fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fs_(other.fs_), fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fs_, other.fs_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() {
    if (fd_ >= 0) fs_->close(fd_);
  }
  int get() const { return fd_; }
  /// Closes it before the end of its life, for who has to know: -1 and errno where the system says
  /// only now that something was not written. The descriptor is gone either way.
  int close() { return fs_->close(std::exchange(fd_, -1)); }

 private:
  FileSystem* fs_ = nullptr;
  int fd_ = -1;
};

/// Opens, retrying when a signal interrupts. Throws IoError with `operation`.
UniqueFd open_or_throw(FileSystem& fs, const std::filesystem::path& path, int flags, mode_t mode,
                       const char* operation);

/// Writes all of `bytes`, through short writes and signals. Throws IoError with `operation`.
void write_all(FileSystem& fs, int fd, std::string_view bytes, const std::filesystem::path& path,
               const char* operation);

/// fsync, retrying when a signal interrupts. Throws IoError with `operation`.
void fsync_or_throw(FileSystem& fs, int fd, const std::filesystem::path& path,
                    const char* operation);

/// fsync of a directory: makes the names in it durable. Throws IoError with `operation`.
void fsync_directory(FileSystem& fs, const std::filesystem::path& directory, const char* operation);

/// The names in `directory`, sorted, without those that begin with a dot; none where there is no
/// such directory. Throws IoError.
std::vector<std::string> list_names(FileSystem& fs, const std::filesystem::path& directory);

/// Makes `directory` and the parents that it lacks; with `durable`, the new names survive a power
/// loss.
void make_directories(FileSystem& fs, const std::filesystem::path& directory, bool durable);

}  // namespace tain
