#pragma once

#include <cstddef>
#include <ostream>

#include "chart.h"

namespace tain::query {

/// How a plot is drawn with characters.
struct PlotStyle {
  std::size_t columns = 80;
  bool colour = false;
};

/// So many bars are drawn; of more, the first.
inline constexpr std::size_t kMostBars = 50;

/// Draws with Unicode's blocks: a bar a line, or a sparkline for each line of a chart in time.
/// Where there are more days than columns, a block is the highest of its days.
void draw_plot(std::ostream& out, const Chart& chart, const PlotStyle& style);

/// A number as a person reads it: at most six digits.
std::string short_number(double value);

}  // namespace tain::query
