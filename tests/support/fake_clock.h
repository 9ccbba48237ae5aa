#pragma once

#include "core/json/time.h"

namespace tain::testing {

/// A clock that moves only when told.
class FakeClock {
 public:
  explicit FakeClock(Timestamp start = {1'771'243'200'000}) : now_(start) {}  // 2026-02-16T12:00Z
  Timestamp now() const { return now_; }
  void advance(std::int64_t ms) { now_.ms += ms; }
  /// For options; refers to this object.
  Clock clock() {
    return [this] { return now_; };
  }

 private:
  Timestamp now_;
};

}  // namespace tain::testing
