#pragma once

#include <memory>

#include "config.h"

namespace tain::syncd {

/// The daemon: watcher, notifications, timers and control socket around one dirty set and the
/// thread that empties it.
///
/// Order: lock the mirror ▸ listen ▸ start the syncing thread, whose first scan watches every
/// directory before it reads it ▸ serve. Stop: close the dirty set ▸ the batch under way is
/// committed ▸ join ▸ remove the sockets.
class Daemon {
 public:
  /// Loads the configuration, and again at SIGHUP. Throws as load_config, as the mirror does, and
  /// Error when another daemon has the mirror or the socket.
  explicit Daemon(const ConfigOverrides& overrides);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Serves until SIGTERM, SIGINT or the shutdown command. Throws LockLost when the mirror's lock
  /// file was removed and another process has become its writer.
  void run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tain::syncd
