#include "hard_end.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/error.h"
#include "core/fs/file_system.h"

namespace tain::query {
namespace {

// The progress handler, which is the soft end, comes first wherever it comes at all.
constexpr std::chrono::seconds kGrace{2};

[[noreturn]] void end_process(const std::string& message) {
  try {
    write_all(FileSystem::real(), STDERR_FILENO, message, "standard error", "write");
  } catch (const Error&) {
    // the status says it too
  }
  ::_exit(1);
}

}  // namespace

HardEnd::HardEnd(std::string message)
    : message_(std::move(message)), thread_([this] { watch(); }) {}

HardEnd::~HardEnd() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  left_.notify_one();
  thread_.join();
}

void HardEnd::begin(Steady::time_point deadline) {
  deadline_ = deadline;
  is_under_way_ = true;
}

// Deadlines only move on, so nothing is missed by looking again when the last known one is over;
// and between two calls, a grace later.
void HardEnd::watch() {
  std::unique_lock lock(mutex_);
  while (!leaving_) {
    const Steady::time_point now = Steady::now();
    const Steady::time_point end = deadline_.load() + kGrace;
    if (is_under_way_ && now >= end) end_process(message_);
    left_.wait_until(lock, std::max(end, now + kGrace));
  }
}

}  // namespace tain::query
