#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/json/time.h"
#include "syncd/sync/sync_step.h"

namespace tain::syncd {

/// What the syncing thread lets others know of itself. Thread-safe.
class SharedStatus {
 public:
  struct Snapshot {
    Timestamp started_at = now();
    SyncCounters counters;
    std::map<std::string, RootWatch> watches;      ///< by the root's path
    std::map<std::string, bool> available;         ///< the same
    std::map<std::string, Timestamp> last_events;  ///< the same: when the system told of a change
    std::uint64_t watch_failures = 0;  ///< the watcher's failures() that `watches` reckons with
    std::int64_t seq = 0;
    std::int64_t overflows = 0;
    std::string last_error;    ///< empty: the last batch was committed
    std::string last_failure;  ///< the same, but also when it is over
    std::optional<Timestamp> last_failure_at;
    std::string refused_config;  ///< why it was, when it was last read; empty: it was not
    bool rebuilding = false;
    std::uint64_t orders_done = 0;  ///< see SyncLoop
  };

  Snapshot get() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }
  /// Calls `change(snapshot)` with the lock held.
  template <class Change>
  void update(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(snapshot_);
  }

 private:
  mutable std::mutex mutex_;
  Snapshot snapshot_;
};

}  // namespace tain::syncd
