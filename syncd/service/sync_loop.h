#pragma once

#include <chrono>
#include <functional>
#include <string>

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
  SyncLoop(const Config& config, const Layouts& layouts, const mirror::Schema& schema,
           DirtySet& dirty, Watcher& watcher, SharedStatus& status);

  /// Called on this thread after every batch, so that barriers can be looked at.
  std::function<void()> on_progress = [] {};

  /// Returns when the dirty set is closed.
  void run();
  /// Works until nothing is dirty: a single catch-up. Throws where run() would try again.
  void catch_up();

  const SyncStep& step() const { return step_; }

 private:
  void iterate();
  void work_off();
  void ensure_mirror();
  bool is_built_alike();
  void publish();
  void report_failure(const std::string& what);

  DirtySet& dirty_;
  SharedStatus& status_;
  Scanner scanner_;
  FileSync files_;
  mirror::MirrorWriter writer_;
  SyncStep step_;
  bool begun_ = false;
  bool corrupt_ = false;
  std::chrono::milliseconds pause_{0};
};

}  // namespace tain::syncd
