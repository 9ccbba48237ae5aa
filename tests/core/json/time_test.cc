#include "core/json/time.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace tain {
namespace {

constexpr std::int64_t kNoon = 1'771'243'200'000;  // 2026-02-16T12:00:00Z

struct Spelling {
  const char* text;
  std::int64_t ms;
};

TEST(Time, ReadsEveryFormThatPeopleAndProgramsWrite) {
  for (const auto& [text, ms] :
       std::vector<Spelling>{{"2026-02-16T12:00:00Z", kNoon},
                             {"2026-02-16T12:00:00.123Z", kNoon + 123},
                             {"2026-02-16T12:00:00.1Z", kNoon + 100},
                             {"2026-02-16T12:00:00,5Z", kNoon + 500},
                             {"2026-02-16T12:00:00.123456Z", kNoon + 123},
                             {"2026-02-16T12:00:00.123999999Z", kNoon + 123},
                             {"2026-02-16T12:00:00.1234567890123Z", kNoon + 123},
                             {"2026-02-16T12:00:00+00:00", kNoon},
                             {"2026-02-16T12:00:00-00:00", kNoon},
                             {"2026-02-16T12:00:00.123456+00:00Z", kNoon + 123},
                             {"2026-02-16T14:00:00+02:00", kNoon},
                             {"2026-02-16T17:30:00+05:30", kNoon},
                             {"2026-02-16T17:30:00+0530", kNoon},
                             {"2026-02-16T14:00:00+02", kNoon},
                             {"2026-02-16T04:00:00-08:00", kNoon},
                             {"2026-02-17T11:59:00+23:59", kNoon},
                             {"2026-02-16T12:00:00", kNoon},
                             {"2026-02-16T12:00:00.123", kNoon + 123},
                             {"2026-02-16 12:00:00", kNoon},
                             {"2026-02-16 12:00:00+00:00", kNoon},
                             {"2026-02-16t12:00:00z", kNoon},
                             {"2026-02-16T12:00Z", kNoon},
                             {"2026-02-16", kNoon - 12 * 3'600'000},
                             {"1970-01-01T00:00:00Z", 0},
                             {"1969-12-31T23:59:59.999Z", -1},
                             {"2024-02-29T00:00:00Z", 1'709'164'800'000},
                             {"2016-12-31T23:59:60Z", 1'483'228'800'000},
                             {"0000-01-01T00:00:00Z", -62'167'219'200'000},
                             {"9999-12-31T23:59:59.999Z", 253'402'300'799'999}}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->ms, ms) << text;
  }
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026",
                           "2026-02",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-02-30",
                           "2025-02-29",
                           "2026-02-00",
                           "2026-2-16",
                           "26-02-16",
                           "+2026-02-16",
                           "-2026-02-16",
                           "2026/02/16",
                           "20260216",
                           "2026-02-16T",
                           "2026-02-16T12",
                           "2026-02-16T12:",
                           "2026-02-16T12:0",
                           "2026-02-16T25:00",
                           "2026-02-16T24:00:00Z",
                           "2026-02-16T12:60:00Z",
                           "2026-02-16T12:00:61Z",
                           "2026-02-16T12:00:00.Z",
                           "2026-02-16T12:00.5Z",
                           "2026-02-16T12:00:00ZZ",
                           "2026-02-16T12:00:00Z ",
                           " 2026-02-16",
                           "2026-02-16T12:00:00Z and more",
                           "2026-02-16x",
                           "2026-02-16T12:00:00Z+00:00",
                           "2026-02-16T12:00:00+",
                           "2026-02-16T12:00:00+2",
                           "2026-02-16T12:00:00+24:00",
                           "2026-02-16T12:00:00+02:60",
                           "2026-02-16T12:00:00+02:",
                           "2026-02-16T12:00:00+02:0",
                           "2026-02-16T12:00:00+02:0030",
                           "2026-02-16T12:00:00+020",
                           "2026-02-16T12:00:00+00:00ZZ",
                           "2026-02-16T12:00:00 +00:00",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "now",
                           "1771243200"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  EXPECT_FALSE(parse_time(std::string_view("2026-02-16\0", 11)));
}

TEST(Time, WritesUtcWithMilliseconds) {
  EXPECT_EQ(format_time({kNoon + 7}), "2026-02-16T12:00:00.007Z");
  EXPECT_EQ(format_time({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time({-62'167'219'200'000}), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_date({kNoon}), "2026-02-16");
  EXPECT_EQ(format_date({-1}), "1969-12-31");
}

TEST(Time, WhatIsWrittenReadsBackTheSame) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> any(-62'167'219'200'000, 253'402'300'799'999);
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp time{any(random)};
    ASSERT_EQ(parse_time(format_time(time)), time) << format_time(time);
  }
}

TEST(Time, TheUnitOfAUnixTimeShowsInItsMagnitude) {
  EXPECT_EQ(time_from_number(1'771'243'200)->ms, kNoon);
  EXPECT_EQ(time_from_number(1'771'243'200.123)->ms, kNoon + 123);
  EXPECT_EQ(time_from_number(1'771'243'200'123)->ms, kNoon + 123);
  EXPECT_EQ(time_from_number(1'771'243'200'123'000)->ms, kNoon + 123);
  EXPECT_EQ(time_from_number(1.771243200123e18)->ms, kNoon + 123);
  EXPECT_EQ(time_from_number(0)->ms, 0);
  EXPECT_EQ(time_from_number(-1)->ms, -1000);
  EXPECT_EQ(time_from_number(99'999'999'999)->ms, 99'999'999'999'000);
  EXPECT_EQ(time_from_number(100'000'000'000)->ms, 100'000'000'000);
}

TEST(Time, ANumberThatIsNoTimeIsNone) {
  EXPECT_FALSE(time_from_number(std::nan("")));
  EXPECT_FALSE(time_from_number(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(time_from_number(1e30));
  EXPECT_FALSE(time_from_number(-1e30));
}

}  // namespace
}  // namespace tain
