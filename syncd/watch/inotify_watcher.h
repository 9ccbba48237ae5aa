#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/fs/file_system.h"
#include "syncd/layout/layout.h"
#include "syncd/sync/dirty_set.h"
#include "watcher.h"

namespace tain::syncd {

/// Linux's inotify. Directories are watched one by one; the kernel queues their events, drain()
/// turns them into marks.
///
/// A directory that appears is marked as a tree: by the time its event is read, it may have
/// children that no event tells of. One that disappears or is renamed away loses its watches, and
/// its old place is marked as a tree.
class InotifyWatcher final : public Watcher {
 public:
  /// Throws IoError where the kernel gives no inotify instance.
  InotifyWatcher(const Layouts& layouts, DirtySet& dirty);

  bool watch(const std::string& directory) override;
  std::size_t watched_below(std::string_view directory) const override;

  /// Readable when there are events.
  int fd() const { return fd_.get(); }
  /// Reads events until there are none. False when the kernel dropped some, or could not be asked:
  /// only a scan of everything tells what happened. Called by one thread.
  bool drain();
  /// Why watch() failed, once; empty while it has not.
  std::string take_trouble();

 private:
  void handle(const std::string& directory, std::uint32_t mask, const char* name);
  void forget_name(const std::string& directory, int descriptor);  // with mutex_ held
  void forget_below(const std::string& directory);

  const Layouts& layouts_;
  DirtySet& dirty_;
  UniqueFd fd_;
  mutable std::mutex mutex_;
  std::unordered_map<int, std::string>
      directories_;  // by watch descriptor; guarded by mutex_, as all below
  std::map<std::string, int, std::less<>> descriptors_;  // the other way round
  std::string trouble_;
  bool trouble_told_ = false;
};

}  // namespace tain::syncd
