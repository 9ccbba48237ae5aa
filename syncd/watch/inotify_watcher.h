#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/fs/file_system.h"
#include "syncd/layout/layout.h"
#include "syncd/sync/dirty_set.h"
#include "watcher.h"

namespace tain::syncd {

/// What a reading of the kernel's queue came to.
enum class Drained {
  all,       ///< every event since the last reading is a mark
  overflow,  ///< the kernel dropped some: only a scan of everything tells what happened
  failed,    ///< the queue cannot be read: the same, and it takes restart() to go on
};

/// Linux's inotify. Directories are watched one by one; the kernel queues their events, drain()
/// turns them into marks.
///
/// A directory that appears is marked as a tree: by the time its event is read, it may have
/// children that no event tells of. One that disappears or is renamed away loses its watches, and
/// its old place is marked as a tree.
///
/// A sixteenth of the watches that the user may have is left to other programs. Directories of
/// network and FUSE file systems are watched, but what other hosts do there raises no event, so
/// watch() is false for them. So it is for a directory that is mounted in two places, in the second
/// of them.
class InotifyWatcher final : public Watcher {
 public:
  /// What a test may replace.
  struct System {
    FileSystem& files = FileSystem::real();
    std::function<bool(const std::string& directory)> is_remote = {};
    /// How many watches this user may have; nothing where nobody says.
    std::function<std::optional<std::size_t>()> limit = {};
  };

  /// Without an inotify instance to be had, watch() is false until restart() gets one.
  InotifyWatcher(const Layouts& layouts, DirtySet& dirty);
  InotifyWatcher(const Layouts& layouts, DirtySet& dirty, System system);

  bool watch(const std::string& directory) override;
  void forget(const std::string& directory) override;
  /// Whether every change in `directory`, under just this name, raises an event.
  bool sees(const std::string& directory) const;
  std::size_t watched_below(std::string_view directory) const override;
  std::uint64_t failures() const override;
  std::string trouble() const override;

  /// How many watches may be used; nothing where there is no limit.
  std::optional<std::size_t> limit() const;
  /// Asks the system for the limit again: somebody may have raised it.
  void read_limit();
  /// Called for each event with the directory that it happened in; by drain().
  std::function<void(const std::string& directory)> on_event = [](const std::string&) {};

  // The rest is for one thread.

  /// Readable when there are events; -1 where there is no instance.
  int fd() const { return fd_.get(); }
  /// Reads events until there are none.
  Drained drain();
  /// Begins anew with an instance that watches nothing; false when there is none to be had.
  /// Afterwards everything has to be scanned.
  bool restart();

 private:
  Drained handle_events(const char* buffer, std::size_t size);
  void handle(const std::string& directory, std::uint32_t mask, const char* name);
  // These with mutex_ held.
  bool add(const std::string& directory);
  bool fail(std::string why);

  const Layouts& layouts_;
  DirtySet& dirty_;
  System system_;
  mutable std::mutex mutex_;
  UniqueFd fd_;  // replaced with mutex_ held; all below is guarded by it
  // The watch descriptors, by directory, and the other way round: a name has one, and it one name.
  std::map<std::string, int, std::less<>> descriptors_;
  std::unordered_map<int, const std::string*> directories_;
  std::optional<std::size_t> limit_;
  std::uint64_t failures_ = 0;
  std::string trouble_;
};

}  // namespace tain::syncd
