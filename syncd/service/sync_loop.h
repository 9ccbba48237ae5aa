#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "backoff.h"
#include "config.h"
#include "status.h"
#include "syncd/mirror/mirror_writer.h"
#include "syncd/sync/sync_step.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// What a turn of the loop came to.
enum class Turn {
  worked,  ///< there may be more
  idle,    ///< nothing is dirty
  failed,  ///< what was dirty still is; to be tried again after pause()
};

/// The syncing thread: everything between the dirty set and the mirror, and the only owner of the
/// writing connection.
///
/// It calls SyncStep until the dirty set is closed. When the mirror fails it keeps the work and
/// tries again, ever more slowly; a damaged or vanished mirror is replaced, and everything is
/// scanned again. A mirror that was built with other settings is rebuilt beside itself.
class SyncLoop {
 public:
  /// Opens the mirror; throws as MirrorWriter does. `lock` keeps other writers out, and is taken
  /// again when its file was removed; null: nobody else knows of the mirror.
  SyncLoop(Config config, const Layouts& layouts, const mirror::Schema& schema, DirtySet& dirty,
           Watcher& watcher, SharedStatus& status, mirror::WriterLock* lock = nullptr);

  /// Called on this thread after every batch, so that barriers can be looked at.
  std::function<void()> on_progress = [] {};
  /// Called on this thread after a batch of a catch-up (the first one, and those after an order):
  /// how many of the files that are known of so far have been looked at.
  std::function<void(std::int64_t done, std::int64_t total)> on_catching_up = [](auto, auto) {};

  /// Returns when the dirty set is closed. Throws as turn() does.
  void run();
  /// Brings the mirror in order where it has to be, then takes one batch. A failure is a result,
  /// and stands in the status. Throws LockLost, nothing else.
  Turn turn();
  /// How long to wait after a turn that failed; 0 when the last one did not.
  std::chrono::milliseconds pause() const { return backoff_.pause(); }
  /// Works until nothing is dirty: a single catch-up. Throws where run() would try again.
  void catch_up();

  // Orders. They are taken before the next batch, and an order is carried out when the status'
  // `orders_done` has reached the number that is returned: by then everything has been scanned
  // again. Thread-safe.

  /// Goes on with other roots, limits and pruned names. The mirror and the socket stay.
  std::uint64_t reconfigure(Config config);
  /// Builds a new mirror beside the present one, which serves its readers until it is complete.
  std::uint64_t rebuild();

  /// For who found the mirror damaged while reading it: the next turn replaces it. Thread-safe.
  void distrust();
  /// Whether it waits for work, or has got on since the last call. Thread-safe.
  bool is_alive();

  const SyncStep& step() const { return engine_->step; }

 private:
  // What depends on the configuration.
  struct Engine {
    Engine(const Config& config, SyncLoop& loop);
    Scanner scanner;
    FileSync files;
    SyncStep step;
  };
  struct Orders {
    std::uint64_t last = 0;
    std::optional<Config> config;
    bool rebuild = false;
  };

  bool iterate();
  void reconfigure_now(const Config& config);
  void wait(std::optional<std::chrono::milliseconds> longest);
  void work_off();
  void take_orders();
  void hold_the_lock();
  void ensure_mirror();
  void reopen();
  void note_progress();
  bool finish_load();
  void say_newer_formats();
  bool is_built_alike();
  bool is_building() const;
  void publish();
  void tell_of_watches();
  void tell_of_empty_roots();
  void beat();
  void leave();
  void report_failure(const std::string& what);

  Config config_;
  const Layouts& layouts_;
  const mirror::Schema& schema_;
  DirtySet& dirty_;
  Watcher& watcher_;
  SharedStatus& status_;
  mirror::WriterLock* lock_;
  mirror::MirrorWriter writer_;
  std::optional<Engine> engine_;
  bool begun_ = false;
  bool to_reopen_ = false;
  bool damaged_ = false;
  std::atomic<bool> distrusted_ = false;
  Backoff backoff_;
  Generation caught_up_ = 0;       // reached when the first scans are done
  std::int64_t files_before_ = 0;  // looked at before them
  bool caught_up_told_ = false;
  std::map<std::string, bool> unwatched_;  // the roots that were said not to be watched wholly
  std::set<std::string> told_empty_;       // the roots of which it was said that nothing is there
  std::set<std::string> newer_layouts_;    // of which it was said that a file is of a newer version
  std::chrono::steady_clock::time_point beaten_;
  std::int64_t beaten_scans_ = 0;
  std::uint64_t orders_taken_ = 0;

  std::atomic<bool> waiting_ = false;
  std::atomic<std::uint64_t> progress_ = 0;  // grows with whatever is done
  std::atomic<std::uint64_t> progress_seen_ = 0;

  std::mutex orders_mutex_;
  Orders orders_;  // guarded by orders_mutex_
};

}  // namespace tain::syncd
