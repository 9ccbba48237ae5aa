#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tain::syncd {

/// Who is told when something changes in a directory. What it learns of becomes marks in the dirty
/// set.
class Watcher {
 public:
  virtual ~Watcher() = default;

  /// Begins to watch `directory` (not what is below it). False when it cannot: then only scans see
  /// its changes. Watching again does no harm. Thread-safe.
  virtual bool watch(const std::string& directory) = 0;
  /// How many directories at or below `directory` are watched. Thread-safe.
  virtual std::size_t watched_below(std::string_view directory) const = 0;
};

/// For a single run: nothing is watched.
class NoWatcher final : public Watcher {
 public:
  bool watch(const std::string& /*directory*/) override { return true; }
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
};

}  // namespace tain::syncd
