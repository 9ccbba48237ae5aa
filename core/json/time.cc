#include "time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace tain {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;

constexpr std::int64_t kLatest = 253'402'300'799'999;    // 9999-12-31T23:59:59.999Z
constexpr std::int64_t kEarliest = -62'167'219'200'000;  // 0000-01-01T00:00:00Z

// Takes pieces off the front of a text; every step answers whether the text went on as expected.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool number(std::size_t digits, int& out) {
    if (text_.size() < digits) return false;
    const char* end = text_.data() + digits;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
    }
    std::from_chars(text_.data(), end, out);
    text_.remove_prefix(digits);
    return true;
  }
  // Fractional digits, as milliseconds.
  bool fraction(int& ms) {
    int scale = 100;
    std::size_t used = 0;
    for (; used < text_.size() && text_[used] >= '0' && text_[used] <= '9'; ++used) {
      ms += (text_[used] - '0') * scale;
      scale /= 10;
    }
    text_.remove_prefix(used);
    return used > 0;
  }

 private:
  std::string_view text_;
};

bool parse_date(Cursor& in, std::int64_t& ms) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in.number(4, year) || !in.take('-') || !in.number(2, month) || !in.take('-') ||
      !in.number(2, day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  ms = milliseconds(sys_days(date).time_since_epoch()).count();
  return true;
}

bool parse_clock(Cursor& in, std::int64_t& ms) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int fraction = 0;
  if (!in.number(2, hour) || !in.take(':') || !in.number(2, minute)) return false;
  if (in.take(':')) {
    if (!in.number(2, second)) return false;
    if (in.take_any(".,") && !in.fraction(fraction)) return false;
  }
  if (hour > 23 || minute > 59 || second > 60) return false;  // 60: a leap second
  ms += ((hour * 60LL + minute) * 60 + second) * 1000 + fraction;
  return true;
}

bool parse_offset(Cursor& in, std::int64_t& ms) {
  if (in.done()) return true;
  if (in.take_any("Zz")) return in.done();
  const bool east = in.take('+');
  if (!east && !in.take('-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!in.number(2, hours)) return false;
  if (in.take(':')) {
    if (!in.number(2, minutes)) return false;
  } else {
    in.number(2, minutes);  // "+0530"; "+05" has none
  }
  if (hours > 23 || minutes > 59) return false;
  in.take_any("Zz");  // "+00:00Z" is written by isoformat() + "Z", and often
  const std::int64_t offset = (hours * 60LL + minutes) * 60'000;
  ms += east ? -offset : offset;
  return in.done();
}

}  // namespace

Timestamp now() {
  return {
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

std::string format_date(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<milliseconds>(milliseconds(time.ms)));
  const std::chrono::year_month_day date(day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string format_time(Timestamp time) {
  const auto point = std::chrono::sys_time<milliseconds>(milliseconds(time.ms));
  const auto of_day = (point - std::chrono::floor<std::chrono::days>(point)).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02d.%03dZ",
                static_cast<int>(of_day / 3'600'000), static_cast<int>(of_day / 60'000 % 60),
                static_cast<int>(of_day / 1000 % 60), static_cast<int>(of_day % 1000));
  return format_date(time) + text.data();
}

std::optional<Timestamp> parse_time(std::string_view text) {
  Cursor in(text);
  std::int64_t ms = 0;
  if (!parse_date(in, ms)) return std::nullopt;
  if (in.done()) return Timestamp{ms};
  if (!in.take_any("Tt ") || !parse_clock(in, ms) || !parse_offset(in, ms)) return std::nullopt;
  if (ms < kEarliest || ms > kLatest) return std::nullopt;  // the offset led out of it
  return Timestamp{ms};
}

std::optional<Timestamp> time_from_number(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const double magnitude = std::abs(value);
  double ms = value * 1000;
  for (double limit = 1e11; magnitude >= limit && limit < 1e20; limit *= 1000) ms /= 1000;
  if (ms < static_cast<double>(kEarliest) || ms > static_cast<double>(kLatest)) return std::nullopt;
  return Timestamp{std::llround(ms)};
}

}  // namespace tain
