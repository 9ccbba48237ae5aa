#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tain::syncd {

/// Tells a person how far a long piece of work is: how many files, how many a second, and how long
/// the rest will take at that rate.
///
/// On a terminal that is one line, written again and again, at most five times a second; in a log,
/// a line every ten seconds, so that work that is soon done says nothing.
class ProgressReport {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  enum class Place { terminal, log };

  /// `write` gets what is to be written: for a terminal with the characters that clear the line,
  /// for a log the text of a line. Both functions are called by show() and clear() only.
  ProgressReport(Place place, std::function<void(const std::string&)> write,
                 std::function<Moment()> clock = std::chrono::steady_clock::now);
  ProgressReport(const ProgressReport&) = delete;
  ProgressReport& operator=(const ProgressReport&) = delete;
  ~ProgressReport() { clear(); }

  /// `done` of the `total` files that are known of so far. The rate counts from the first call, and
  /// anew from one with fewer done.
  void show(std::int64_t done, std::int64_t total);
  /// Leaves the terminal's line empty, for other messages. Nothing in a log.
  void clear();

 private:
  void begin(std::int64_t done, Moment at);
  std::string text(std::int64_t done, std::int64_t total, Moment at) const;

  const Place place_;
  const std::function<void(const std::string&)> write_;
  const std::function<Moment()> clock_;
  bool begun_ = false;
  bool shown_ = false;  // the terminal's line is not empty
  Moment begin_;
  Moment next_;
  std::int64_t done_at_begin_ = 0;
  std::int64_t done_ = 0;
};

}  // namespace tain::syncd
