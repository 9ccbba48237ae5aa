#include "sync_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/json/time.h"

namespace tain::syncd {
namespace {

constexpr std::chrono::milliseconds kFirstPause(100);
constexpr std::chrono::milliseconds kLongestPause(30'000);

// Somebody else's lock and a full disk come and go, and leave the connection as it was.
bool outlasts(const sqlite::DatabaseError& error) {
  return error.code() == SQLITE_BUSY || error.code() == SQLITE_LOCKED ||
         error.code() == SQLITE_FULL;
}

}  // namespace

SyncLoop::SyncLoop(const Config& config, const Layouts& layouts, const mirror::Schema& schema,
                   DirtySet& dirty, Watcher& watcher, SharedStatus& status,
                   mirror::WriterLock* lock)
    : dirty_(dirty),
      status_(status),
      lock_(lock),
      scanner_(layouts, watcher, config.pruned),
      files_(layouts, schema, config.limits),
      writer_(config.db, schema, now, lock),
      step_(config.roots, dirty, scanner_, files_, layouts, writer_) {
  if (writer_.notice()) spdlog::warn("{}", *writer_.notice());
}

void SyncLoop::run() {
  while (!dirty_.closed()) {
    switch (turn()) {
      case Turn::worked:
        break;
      case Turn::idle:
        dirty_.wait(std::nullopt);
        break;
      case Turn::failed:
        dirty_.wait(pause_);
        break;
    }
  }
}

Turn SyncLoop::turn() {
  try {
    const bool worked = iterate();
    pause_ = {};
    return worked ? Turn::worked : Turn::idle;
  } catch (const mirror::LockLost&) {
    throw;
  } catch (const sqlite::DatabaseError& error) {
    damaged_ = damaged_ || error.is_corrupt();
    to_reopen_ = to_reopen_ || !outlasts(error);
    report_failure(error.what());
  } catch (const std::exception& error) {
    report_failure(error.what());
  }
  return Turn::failed;
}

bool SyncLoop::iterate() {
  ensure_mirror();
  const bool worked = step_.run();
  if (writer_.is_rebuilding() && dirty_.size() == 0) {
    writer_.finish_rebuild();
    spdlog::info("the mirror is rebuilt");
  }
  publish();
  on_progress();
  return worked;
}

void SyncLoop::catch_up() {
  try {
    work_off();
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    damaged_ = true;
    work_off();
  }
}

void SyncLoop::work_off() {
  ensure_mirror();
  while (step_.run()) {
  }
  if (writer_.is_rebuilding()) writer_.finish_rebuild();
  publish();
}

// Whoever had the lock meanwhile may have written.
void SyncLoop::hold_the_lock() {
  if (lock_ == nullptr || lock_->is_held()) return;
  spdlog::warn("the mirror's lock file was removed or replaced; it is taken again");
  to_reopen_ = true;
  lock_->regain();
}

void SyncLoop::ensure_mirror() {
  hold_the_lock();
  damaged_ = distrusted_.exchange(false) || damaged_;
  switch (writer_.condition()) {
    case mirror::Condition::sound:
      break;
    case mirror::Condition::closed:
      to_reopen_ = true;
      break;
    case mirror::Condition::gone:
      spdlog::warn("the mirror was removed or replaced; it is built anew");
      to_reopen_ = true;
      break;
    case mirror::Condition::damaged:
      damaged_ = true;
      break;
  }
  if (to_reopen_ || damaged_) reopen();
  if (begun_) return;
  // Before anything is done that a barrier waits for.
  status_.update([this](auto& snapshot) { snapshot.rebuilding = writer_.is_rebuilding(); });
  step_.begin();
  begun_ = true;
}

// What is in the mirror now is to be found out: until begin() has succeeded, however often it has
// to be tried.
void SyncLoop::reopen() {
  begun_ = false;
  to_reopen_ = true;
  writer_.reopen(std::exchange(damaged_, false));
  to_reopen_ = false;
  if (writer_.notice()) spdlog::error("{}", *writer_.notice());
}

void SyncLoop::publish() {
  status_.update([this](SharedStatus::Snapshot& snapshot) {
    snapshot.counters = step_.counters();
    snapshot.watches = step_.watches();
    for (const mirror::RootRecord& root : step_.roots()) {
      snapshot.available[root.path] = root.available;
    }
    snapshot.seq = writer_.ledger().seq();
    snapshot.last_error.clear();
    snapshot.rebuilding = writer_.is_rebuilding();
  });
}

void SyncLoop::report_failure(const std::string& what) {
  bool is_new = false;
  status_.update([&](SharedStatus::Snapshot& snapshot) {
    is_new = snapshot.last_error != what;
    snapshot.last_error = what;
  });
  if (is_new) spdlog::error("{}; {} changes wait, trying again", what, dirty_.size());
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
}

}  // namespace tain::syncd
