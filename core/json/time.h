#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tain {

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t ms = 0;
  // clang-tidy 14 takes the 0 of a rewritten comparison for a null pointer.
  auto operator<=>(const Timestamp&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Tells the time. Passed in wherever time matters, so that a test owns it.
using Clock = std::function<Timestamp()>;

/// The machine's clock.
Timestamp now();

/// RFC 3339 in UTC with milliseconds: `2026-02-16T12:00:00.123Z`. Years 0000 to 9999.
std::string format_time(Timestamp time);
/// The date alone: `2026-02-16`.
std::string format_date(Timestamp time);

/// Reads what people and programs write: RFC 3339 with any offset (also `+0000`, and an offset with
/// a `Z` behind it), 0 to 9 or more fractional digits (cut to milliseconds), a space for the `T`,
/// no offset at all (UTC), or a date alone (midnight UTC). Nothing for anything else, nor for what
/// is outside the years 0000 to 9999 in UTC.
std::optional<Timestamp> parse_time(std::string_view text);

/// A Unix time whose unit its magnitude tells: seconds below 1e11, then milliseconds, microseconds,
/// nanoseconds, a factor of 1000 each. Nothing for what is not finite or beyond the year 9999.
std::optional<Timestamp> time_from_number(double value);

}  // namespace tain
