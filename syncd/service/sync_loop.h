#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

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
/// scanned again. All of it happens in turn(), which needs no thread: run() only calls it again.
class SyncLoop {
 public:
  /// Opens the mirror; throws as MirrorWriter does. `lock` keeps other writers out, and is taken
  /// again when its file was removed; null: nobody else knows of the mirror.
  SyncLoop(const Config& config, const Layouts& layouts, const mirror::Schema& schema,
           DirtySet& dirty, Watcher& watcher, SharedStatus& status,
           mirror::WriterLock* lock = nullptr);

  /// Called on this thread after every batch, so that barriers can be looked at.
  std::function<void()> on_progress = [] {};

  /// Returns when the dirty set is closed. Throws as turn() does.
  void run();
  /// Brings the mirror in order where it has to be, then takes one batch. A failure is a result,
  /// and stands in the status. Throws LockLost, nothing else.
  Turn turn();
  /// How long to wait after a turn that failed; 0 when the last one did not.
  std::chrono::milliseconds pause() const { return pause_; }
  /// Works until nothing is dirty: a single catch-up. Throws where run() would try again.
  void catch_up();
  /// For who found the mirror damaged while reading it: the next turn replaces it. Thread-safe.
  void distrust() { distrusted_ = true; }

  const SyncStep& step() const { return step_; }

 private:
  bool iterate();
  void work_off();
  void hold_the_lock();
  void ensure_mirror();
  void reopen();
  void publish();
  void report_failure(const std::string& what);

  DirtySet& dirty_;
  SharedStatus& status_;
  mirror::WriterLock* lock_;
  Scanner scanner_;
  FileSync files_;
  mirror::MirrorWriter writer_;
  SyncStep step_;
  bool begun_ = false;
  bool to_reopen_ = false;
  bool damaged_ = false;
  std::atomic<bool> distrusted_ = false;
  std::chrono::milliseconds pause_{0};
};

}  // namespace tain::syncd
