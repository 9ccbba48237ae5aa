#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "backoff.h"
#include "config.h"
#include "status.h"
#include "syncd/mirror/mirror_writer.h"
#include "syncd/sync/sync_step.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// The syncing thread: everything between the dirty set and the mirror, and the only owner of the
/// writing connection.
///
/// It calls SyncStep until the dirty set is closed. When the mirror fails it keeps the work and
/// tries again, ever more slowly; a damaged or vanished mirror is replaced, and everything is
/// scanned again. A mirror that was built with other settings is rebuilt beside itself.
class SyncLoop {
 public:
  /// Opens the mirror; throws as MirrorWriter does.
  SyncLoop(Config config, const Layouts& layouts, const mirror::Schema& schema, DirtySet& dirty,
           Watcher& watcher, SharedStatus& status);

  /// Called on this thread after every batch, so that barriers can be looked at.
  std::function<void()> on_progress = [] {};

  /// Returns when the dirty set is closed.
  void run();
  /// Works until nothing is dirty: a single catch-up. Throws where run() would try again.
  void catch_up();

  // Orders. They are taken before the next batch, and an order is carried out when the status'
  // `orders_done` has reached the number that is returned: by then everything has been scanned
  // again. Thread-safe.

  /// Goes on with other roots, limits and pruned names. The mirror and the socket stay.
  std::uint64_t reconfigure(Config config);
  /// Builds a new mirror beside the present one, which serves its readers until it is complete.
  std::uint64_t rebuild();

  /// Whether it waits for work, or has got on since the last call. Thread-safe.
  bool is_alive();

  const SyncStep& step() const { return engine_->step; }

 private:
  // What depends on the configuration.
  struct Engine {
    Engine(const Config& config, const SyncLoop& loop, mirror::MirrorWriter& writer);
    Scanner scanner;
    FileSync files;
    SyncStep step;
  };
  struct Orders {
    std::uint64_t last = 0;
    std::optional<Config> config;
    bool rebuild = false;
  };

  void iterate();
  void wait(std::optional<std::chrono::milliseconds> longest);
  void work_off();
  void take_orders();
  void ensure_mirror();
  void note_progress();
  bool is_built_alike();
  void publish();
  void tell_of_watches();
  void beat();
  void leave();
  void report_failure(const std::string& what);

  Config config_;
  const Layouts& layouts_;
  const mirror::Schema& schema_;
  DirtySet& dirty_;
  Watcher& watcher_;
  SharedStatus& status_;
  mirror::MirrorWriter writer_;
  std::optional<Engine> engine_;
  bool begun_ = false;
  bool corrupt_ = false;
  Backoff backoff_;
  Generation caught_up_ = 0;  // reached when the first scans are done
  bool caught_up_told_ = false;
  std::map<std::string, bool> unwatched_;  // the roots that were said not to be watched wholly
  std::chrono::steady_clock::time_point beaten_;
  std::int64_t beaten_scans_ = 0;
  std::uint64_t orders_taken_ = 0;

  std::atomic<bool> waiting_ = false;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> rounds_seen_ = 0;

  std::mutex orders_mutex_;
  Orders orders_;  // guarded by orders_mutex_
};

}  // namespace tain::syncd
