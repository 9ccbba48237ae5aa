#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

namespace tain {

/// A user's on-save callback, run on a thread of its own, so that it can neither slow nor break a
/// save: it may block and it may throw. Saves that happen while it runs are reported by one further
/// call.
///
/// Calling it inline was rejected: one callback that talks to a network stalls the agent. A queue
/// was rejected: the callback says only *that* the session changed, so one pending call stands for
/// any number.
class SaveCallback {
 public:
  using Function = std::function<void(const std::filesystem::path& session_directory)>;

  /// Starts no thread until the first signal().
  SaveCallback(Function function, std::filesystem::path session_directory);
  SaveCallback(const SaveCallback&) = delete;
  SaveCallback& operator=(const SaveCallback&) = delete;
  /// Delivers what is pending, and waits for it.
  ~SaveCallback();

  /// The session may have changed. Returns at once. Thread-safe.
  void signal() noexcept;

 private:
  void run();

  const Function function_;
  const std::filesystem::path directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool pending_ = false;   // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // started under mutex_, joined by the destructor
};

}  // namespace tain
