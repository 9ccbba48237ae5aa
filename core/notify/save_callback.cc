#include "save_callback.h"

#include <exception>
#include <system_error>
#include <utility>

namespace tain {

SaveCallback::SaveCallback(Function function, std::filesystem::path session_directory)
    : function_(std::move(function)), directory_(std::move(session_directory)) {}

SaveCallback::~SaveCallback() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SaveCallback::signal() noexcept {
  const std::lock_guard lock(mutex_);
  pending_ = true;
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return;  // no thread to be had: the call stays pending, and the next save tries again
  }
  changed_.notify_one();
}

void SaveCallback::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return pending_ || stopping_; });
    if (!pending_) return;
    pending_ = false;
    lock.unlock();
    try {
      function_(directory_);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the save is done; a callback's failure is the
                     // callback's own
    }
    lock.lock();
  }
}

}  // namespace tain
