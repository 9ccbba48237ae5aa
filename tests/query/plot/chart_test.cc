#include "query/plot/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "core/error.h"
#include "query/plot/terminal_plot.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;

AnswerCell text_cell(const std::string& text) {
  return {.text = text, .number = {}};
}
AnswerCell number_cell(double value) {
  return {.text = short_number(value), .number = value};
}
AnswerCell null_cell() {
  return {.text = "NULL", .number = {}, .is_null = true};
}

Report plotting(const std::string& plot) {
  return parse_report("mine", "/mine.sql", "-- @plot " + plot + "\nSELECT 1");
}

std::string drawn(const Chart& chart, const PlotStyle& style = {}) {
  std::ostringstream out;
  draw_plot(out, chart, style);
  return out.str();
}

TEST(Chart, DrawsABarForEachRow) {
  const AnswerTable answer{{"model", "cost"},
                           {{text_cell("large"), number_cell(8)},
                            {text_cell("small"), number_cell(2)},
                            {text_cell("tiny"), number_cell(0.001)},
                            {null_cell(), null_cell()}}};
  const Chart chart = make_chart(plotting("cost by model"), answer);
  EXPECT_FALSE(chart.lines);
  // 20 columns: a label of 5, a number of 5, two spaces; 8 are left for the blocks.
  EXPECT_EQ(drawn(chart, {.columns = 20}),
            "cost by model\n"
            "large ████████ 8\n"
            "small ██ 2\n"
            "tiny  ▏ 0.001\n"
            "NULL  NULL\n");
}

TEST(Chart, DrawsEighthsOfABlock) {
  AnswerTable answer{{"n", "v"}, {}};
  for (int i = 8; i >= 0; --i) answer.rows.push_back({text_cell("x"), number_cell(i)});
  const std::string plot = drawn(make_chart(plotting("v by n"), answer), {.columns = 4});
  EXPECT_THAT(plot, HasSubstr("x ████████ 8\nx ███████ 7\n"));
  answer = {{"n", "v"}, {{text_cell("x"), number_cell(64)}, {text_cell("x"), number_cell(13)}}};
  EXPECT_THAT(drawn(make_chart(plotting("v by n"), answer), {.columns = 4}),
              HasSubstr("\nx █▋ 13\n"));
}

TEST(Chart, JoinsTheColumnsOfALabelAndDrawsAChartForEachValue) {
  const AnswerTable answer{{"a", "b", "x", "y"},
                           {{text_cell("p"), text_cell("q"), number_cell(1), number_cell(2)}}};
  const Chart chart = make_chart(plotting("x, y by a, b"), answer);
  ASSERT_EQ(chart.bars.size(), 2U);
  EXPECT_EQ(chart.bars[1].title, "y by a, b");
  EXPECT_EQ(chart.bars[1].bars[0].label, "p · q");
  EXPECT_EQ(chart.bars[1].bars[0].value, 2);
}

TEST(Chart, CountsRowsWhereNoColumnIsNamedCount) {
  AnswerTable answer{{"kind"}, {{text_cell("b")}, {text_cell("a")}, {text_cell("b")}}};
  EXPECT_EQ(drawn(make_chart(plotting("count by kind"), answer), {.columns = 12}),
            "count by kind\n"
            "b ████████ 2\n"
            "a ████ 1\n");
  answer = {{"kind", "count"}, {{text_cell("b"), number_cell(7)}}};
  EXPECT_EQ(make_chart(plotting("count by kind"), answer).bars[0].bars[0].value, 7);
}

TEST(Chart, ACategoryAfterADayIsNoTime) {
  const AnswerTable answer{
      {"x", "v"},
      {{text_cell("2026-10-01"), number_cell(1)}, {text_cell("never"), number_cell(2)}}};
  EXPECT_FALSE(make_chart(plotting("v by x"), answer).lines);
}

TEST(Chart, DrawsDaysAsALineWithGaps) {
  const AnswerTable answer{{"day", "v"},
                           {{text_cell("2026-10-01"), number_cell(0)},
                            {text_cell("2026-10-02"), number_cell(4)},
                            {null_cell(), number_cell(100)},
                            {text_cell("2026-10-04"), number_cell(8)}}};
  const Chart chart = make_chart(plotting("v by day"), answer);
  ASSERT_TRUE(chart.lines);
  EXPECT_EQ(drawn(chart),
            "v by day\n"
            "v ▁▅ █ 0 to 8\n"
            "  2026-10-01 to 2026-10-04\n");
}

TEST(Chart, DrawsALineForEachValueOfAColumnToOneScale) {
  const AnswerTable answer{{"day", "model", "v"},
                           {{text_cell("2026-10-01"), text_cell("large"), number_cell(8)},
                            {text_cell("2026-10-01"), text_cell("small"), number_cell(1)},
                            {text_cell("2026-10-02"), text_cell("small"), number_cell(2)}}};
  const Chart chart = make_chart(plotting("v by day per model"), answer);
  ASSERT_TRUE(chart.lines);
  EXPECT_EQ(drawn(chart),
            "v by day per model\n"
            "large █  8\n"
            "small ▂▃ 1 to 2\n"
            "      2026-10-01 to 2026-10-02\n");
}

TEST(Chart, DrawsTheHighestOfTheDaysThatShareABlock) {
  AnswerTable answer{{"day", "v"}, {}};
  for (int day = 1; day <= 20; ++day) {
    answer.rows.push_back({text_cell((day < 10 ? "2026-10-0" : "2026-10-") + std::to_string(day)),
                           number_cell(day == 2 ? 7 : 0)});
  }
  EXPECT_THAT(drawn(make_chart(plotting("v by day"), answer), {.columns = 10}),
              HasSubstr("\nv █▁▁▁▁▁▁▁ 0 to 7\n"));
}

TEST(Chart, WhatCannotBeDrawnIsNoBar) {
  const AnswerTable answer{
      {"n", "v"},
      {{text_cell("down"), number_cell(-3)},
       {text_cell("inf"), number_cell(std::numeric_limits<double>::infinity())},
       {text_cell("word"), text_cell("many")}}};
  EXPECT_EQ(drawn(make_chart(plotting("v by n"), answer)),
            "v by n\ndown -3\ninf  inf\nword many\n");
}

TEST(Chart, SaysThatThereIsNothingAndWhatIsLeftOut) {
  AnswerTable answer{{"n", "v"}, {}};
  EXPECT_EQ(drawn(make_chart(plotting("v by n"), answer)), "v by n\n(nothing)\n");
  answer.rows.assign(53, {text_cell("x"), number_cell(1)});
  EXPECT_THAT(drawn(make_chart(plotting("v by n"), answer)), HasSubstr("1\n(and 3 more)\n"));
}

TEST(Chart, ADayWithoutAValueIsNoLine) {
  const AnswerTable answer{{"day", "v"}, {{text_cell("2026-10-01"), null_cell()}}};
  EXPECT_EQ(drawn(make_chart(plotting("v by day"), answer)), "v by day\n(nothing)\n");
}

TEST(Chart, DrawsTheLargestNumbers) {
  const AnswerTable answer{{"day", "v"},
                           {{text_cell("2026-10-01"), number_cell(-1e308)},
                            {text_cell("2026-10-02"), number_cell(0)},
                            {text_cell("2026-10-03"), number_cell(1e308)}}};
  EXPECT_THAT(drawn(make_chart(plotting("v by day"), answer)),
              HasSubstr("\nv ▁▅█ -1e+308 to 1e+308\n"));
}

TEST(Chart, ADayWhoseSumIsInfiniteIsInNoLine) {
  AnswerTable answer{{"day", "v"},
                     {{text_cell("2026-10-01"), number_cell(1e308)},
                      {text_cell("2026-10-01"), number_cell(1e308)},
                      {text_cell("2026-10-01"), number_cell(-1e308)}}};
  EXPECT_EQ(drawn(make_chart(plotting("v by day"), answer)), "v by day\n(nothing)\n");
  answer.rows.push_back({text_cell("2026-10-02"), number_cell(1)});
  EXPECT_EQ(drawn(make_chart(plotting("v by day"), answer)), "v by day\nv █ 1\n  2026-10-02\n");
}

TEST(Chart, FitsTheTerminalAndCannotBeUsedToControlIt) {
  const std::string hostile = "\x1b[31m" + std::string(200, 'w') + "\n";
  const AnswerTable answer{
      {"n", "v"}, {{text_cell(hostile), number_cell(1)}, {text_cell("界界界"), number_cell(0.5)}}};
  const std::string plot = drawn(make_chart(plotting("v by n"), answer), {.columns = 40});
  EXPECT_THAT(plot, HasSubstr("\n\\x1b[31mwwwwwww… █"));
  std::istringstream lines(plot);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 40U) << line;
  EXPECT_EQ(plot.find('\x1b'), std::string::npos);
  EXPECT_THAT(drawn(make_chart(plotting("v by n"), answer), {.columns = 40, .colour = true}),
              HasSubstr("\x1b[36m█"));
}

TEST(Chart, AColumnThatIsNotThereIsToldWithTheFileAndTheLine) {
  try {
    make_chart(plotting("cost by nosuch"), {{"model", "cost"}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "read the report /mine.sql: line 1: @plot: the answer has no column \"nosuch\"; it "
        "has model, cost");
  }
}

}  // namespace
}  // namespace tain::query
