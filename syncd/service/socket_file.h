#pragma once

#include <sys/types.h>

#include <filesystem>

#include "core/fs/file_lock.h"

namespace tain::syncd {

/// The name of a socket in the file system: ours as long as nobody removed or replaced it.
class SocketFile {
 public:
  explicit SocketFile(std::filesystem::path path) : path_(std::move(path)) {}
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  /// Removes it, if it is ours.
  ~SocketFile();

  const std::filesystem::path& path() const { return path_; }
  /// Makes way for a socket of `type` (SOCK_STREAM, SOCK_DGRAM): makes its directory (0700), and
  /// removes a socket that nobody listens at. Throws Error when somebody does, where no socket can
  /// be, or where others may write into the directory.
  ///
  /// The socket is to be bound, and to listen, while the lock is held that is returned: else one
  /// that another daemon is just making would be taken for a dead one and removed.
  [[nodiscard]] DirectoryLock prepare(int type) const;
  /// Remembers what was bound just now.
  void bound();
  /// Whether the name still leads to what was bound.
  bool is_in_place() const;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tain::syncd
