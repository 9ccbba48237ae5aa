#pragma once

#include <chrono>
#include <csignal>

namespace tain::query {

/// The waiting of a command that goes on printing until somebody ends it. While this lives, SIGINT
/// and SIGTERM end the waiting instead of the process, so that what is printed is whole; but where
/// what is being printed is not taken within a second, the process. One at a time, as the signals
/// are the process's.
class WaitForMore {
 public:
  /// `fd` is what is printed to.
  explicit WaitForMore(int fd);
  WaitForMore(const WaitForMore&) = delete;
  WaitForMore& operator=(const WaitForMore&) = delete;
  ~WaitForMore();

  /// Waits that long; false at once when a signal has come, or when nobody reads `fd` any more.
  bool operator()(std::chrono::milliseconds time) const;

 private:
  int fd_;
  struct sigaction interrupt_ = {};  ///< what they were before
  struct sigaction terminate_ = {};
};

}  // namespace tain::query
