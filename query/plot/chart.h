#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "answer_table.h"
#include "query/reports/report.h"

namespace tain::query {

struct Bar {
  std::string label;
  double value = 0;  ///< finite
  std::string text;  ///< the value, as the table has it
};

/// Bars to one scale.
struct BarChart {
  std::string title;
  std::vector<Bar> bars;
};

/// A value a day.
struct Line {
  std::string name;
  std::map<std::int64_t, double> values;  ///< by day since 1970-01-01; finite
};

/// Lines to one scale, each with at least one value; the rest is of these, and of none where there
/// is no line.
struct LineChart {
  std::string title;
  std::vector<Line> lines;
  std::int64_t first_day = 0;
  std::int64_t last_day = 0;
  double lowest = 0;  ///< 0, or the lowest value below
  double highest = 0;

  /// How far up `value`, one of the chart's, lies: from 0, the lowest, to 1; 0 where all are equal.
  double height_of(double value) const;
};

/// What a report's @plot says of its answer. Values over one column that holds nothing but days
/// (`2026-02-16`) are lines in time, all others are bars, a chart for each value. Rows without a
/// day are in no line, nor is a day whose sum no number holds.
struct Chart {
  std::vector<BarChart> bars;
  std::optional<LineChart> lines;
};

/// Throws Error when `answer` lacks a column that the plot names.
Chart make_chart(const Report& report, const AnswerTable& answer);

/// `2026-02-16`, of a day since 1970-01-01.
std::string format_day(std::int64_t day);

}  // namespace tain::query
