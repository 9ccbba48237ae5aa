#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tain::syncd {

/// Who is told when something changes in a directory. What it learns of becomes marks in the dirty
/// set. Thread-safe.
class Watcher {
 public:
  virtual ~Watcher() = default;

  /// Begins to watch `directory` (not what is below it). False when it cannot see all its changes:
  /// then only scans do. Watching again does no harm.
  virtual bool watch(const std::string& directory) = 0;
  /// Ends the watches of `directory` and of everything below it.
  virtual void forget(const std::string& directory) = 0;
  /// How many directories at or below `directory` are watched.
  virtual std::size_t watched_below(std::string_view directory) const = 0;
  /// How often watch() returned false. Whoever has to know that no change can have been missed
  /// compares two readings.
  virtual std::uint64_t failures() const = 0;
  /// Why it did so the last time, and what helps; empty while it has not.
  virtual std::string trouble() const = 0;
};

/// For a single run: nothing is watched, and nothing is missed.
class NoWatcher final : public Watcher {
 public:
  bool watch(const std::string& /*directory*/) override { return true; }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return 0; }
  std::string trouble() const override { return {}; }
};

}  // namespace tain::syncd
