#pragma once

#include <algorithm>
#include <chrono>

namespace tain::syncd {

/// How long to wait before something that failed is tried again: 100 ms at first, twice as long
/// each time, at most 30 s.
class Backoff {
 public:
  /// After a failure.
  std::chrono::milliseconds next() {
    pause_ = std::clamp(pause_ * 2, kFirst, kLongest);
    return pause_;
  }
  void reset() { pause_ = {}; }
  /// Whether it has failed since reset().
  bool is_failing() const { return pause_.count() > 0; }
  std::chrono::milliseconds pause() const { return pause_; }

 private:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  std::chrono::milliseconds pause_{0};
};

}  // namespace tain::syncd
