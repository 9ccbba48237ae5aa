#include "progress_report.h"

#include <cmath>
#include <utility>

namespace tain::syncd {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kRedrawn(200);
constexpr seconds kLogged(10);
constexpr std::string_view kClearLine = "\r\x1b[K";

std::string in_words(std::int64_t left) {
  if (left < 60) return std::to_string(left) + " s";
  if (left < 3600) return std::to_string(left / 60) + " min " + std::to_string(left % 60) + " s";
  return std::to_string(left / 3600) + " h " + std::to_string(left % 3600 / 60) + " min";
}

}  // namespace

ProgressReport::ProgressReport(Place place, std::function<void(const std::string&)> write,
                               std::function<Moment()> clock)
    : place_(place), write_(std::move(write)), clock_(std::move(clock)) {}

void ProgressReport::show(std::int64_t done, std::int64_t total) {
  const Moment at = clock_();
  if (!begun_ || done < done_) begin(done, at);
  done_ = done;
  if (at < next_) return;
  const bool on_terminal = place_ == Place::terminal;
  next_ = at + (on_terminal ? kRedrawn : milliseconds(kLogged));
  write_((on_terminal ? std::string(kClearLine) : "") + text(done, total, at));
  shown_ = on_terminal;
}

void ProgressReport::clear() {
  if (std::exchange(shown_, false)) write_(std::string(kClearLine));
}

void ProgressReport::begin(std::int64_t done, Moment at) {
  begun_ = true;
  begin_ = at;
  done_at_begin_ = done;
  next_ = place_ == Place::terminal ? at : at + kLogged;
}

// Without a rate nothing can be said of the time.
std::string ProgressReport::text(std::int64_t done, std::int64_t total, Moment at) const {
  std::string text = std::to_string(done) + " of " + std::to_string(total) + " files";
  const double elapsed = duration<double>(at - begin_).count();
  const auto since = static_cast<double>(done - done_at_begin_);
  if (elapsed <= 0 || since <= 0) return text;
  const double rate = since / elapsed;
  const double left = static_cast<double>(total - done) / rate;
  return text + ", " + std::to_string(std::llround(rate)) + "/s, " + in_words(std::llround(left)) +
         " left";
}

}  // namespace tain::syncd
