#pragma once

#include <chrono>

#include "core/fs/file_system.h"

namespace tain::query {

/// The waiting of a command that goes on printing until somebody ends it. From the first wait on,
/// SIGINT and SIGTERM end the waiting instead of the process, so that what is printed is whole.
class WaitForMore {
 public:
  /// `fd` is what is printed to. Throws IoError.
  explicit WaitForMore(int fd);

  /// Waits that long; false at once when a signal has come, or when nobody reads `fd` any more.
  bool operator()(std::chrono::milliseconds time) const;

 private:
  int fd_;
  UniqueFd signals_;
};

}  // namespace tain::query
