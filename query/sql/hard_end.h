#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tain::query {

/// Ends the process when a call of SQLite's is not back two seconds after its deadline.
///
/// SQLite looks at the clock between the instructions of its virtual machine, not inside of one:
/// a single call of instr() may take hours, and nothing but the end of the process ends it. So this
/// writes its message to standard error and leaves with status 1, without flushing anything.
class HardEnd {
 public:
  using Steady = std::chrono::steady_clock;

  explicit HardEnd(std::string message);
  HardEnd(const HardEnd&) = delete;
  HardEnd& operator=(const HardEnd&) = delete;
  ~HardEnd();

  /// A call begins, with a deadline no earlier than that of the one before. By one thread.
  void begin(Steady::time_point deadline);
  /// It is back.
  void end() { is_under_way_ = false; }

 private:
  void watch();

  const std::string message_;
  std::atomic<Steady::time_point> deadline_{Steady::time_point{}};
  std::atomic<bool> is_under_way_ = false;
  std::mutex mutex_;
  std::condition_variable left_;
  bool leaving_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tain::query
