#pragma once

#include <atomic>

#include "watcher.h"

namespace tain::syncd {

/// Watches nothing and says so, which makes the daemon scan every root often. Needs no more of a
/// system than reading directories.
class PollingWatcher final : public Watcher {
 public:
  bool watch(const std::string& /*directory*/) override {
    ++failures_;
    return false;
  }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return failures_; }
  std::string trouble() const override {
    return failures_ == 0 ? "" : "the configuration says \"watch\": \"polling\"";
  }

 private:
  std::atomic<std::uint64_t> failures_ = 0;
};

}  // namespace tain::syncd
