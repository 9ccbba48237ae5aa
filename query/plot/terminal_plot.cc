#include "terminal_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "query/print/unicode.h"

namespace tain::query {
namespace {

constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kEighths = 8;
constexpr std::array<std::string_view, kEighths> kPartsOfBlock = {"",  "▏", "▎", "▍",
                                                                  "▌", "▋", "▊", "▉"};
constexpr std::string_view kFullBlock = "█";
constexpr std::array<std::string_view, kEighths> kSparks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string padded(std::string text, std::size_t width) {
  const std::size_t used = display_width(text);
  return text.append(width - std::min(width, used), ' ');
}

std::string coloured(std::string text, const PlotStyle& style) {
  return style.colour ? "\x1b[36m" + std::move(text) + "\x1b[0m" : std::move(text);
}

std::string heading(const std::string& title, const PlotStyle& style) {
  const std::string text = make_visible(title);
  return style.colour ? "\x1b[1m" + text + "\x1b[0m" : text;
}

// Anything above nothing is to be seen.
std::string blocks(double part, std::size_t columns) {
  if (part <= 0) return {};
  const double exact = part * static_cast<double>(columns * kEighths);
  const std::size_t eighths =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(exact)));
  std::string bar;
  for (std::size_t i = 0; i < eighths / kEighths; ++i) bar += kFullBlock;
  return bar.append(kPartsOfBlock[eighths % kEighths]);
}

// What stands in front of the blocks, and how much of the line they have.
struct PlotWidths {
  std::size_t label = 0;
  std::size_t blocks = 0;
};

PlotWidths share(std::size_t label, std::size_t number, const PlotStyle& style) {
  label = std::min(label, style.columns * 2 / 5);
  const std::size_t taken = label + number + 2;
  const std::size_t left = style.columns - std::min(style.columns, taken);
  return {label, std::max(left, kNarrowestBar)};
}

void draw_bars(std::ostream& out, const BarChart& chart, const PlotStyle& style) {
  out << heading(chart.title, style) << '\n';
  const std::size_t count = std::min(chart.bars.size(), kMostBars);
  std::size_t label = 0;
  std::size_t number = 0;
  double highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    label = std::max(label, display_width(make_visible(chart.bars[i].label)));
    number = std::max(number, display_width(make_visible(chart.bars[i].text)));
    highest = std::max(highest, chart.bars[i].value);
  }
  const PlotWidths widths = share(label, number, style);
  for (std::size_t i = 0; i < count; ++i) {
    const Bar& bar = chart.bars[i];
    const std::string drawn = blocks(highest > 0 ? bar.value / highest : 0, widths.blocks);
    out << padded(cut_to_width(make_visible(bar.label), widths.label), widths.label) << ' '
        << coloured(drawn, style) << (drawn.empty() ? "" : " ") << make_visible(bar.text) << '\n';
  }
  if (chart.bars.empty()) out << "(nothing)\n";
  if (chart.bars.size() > count) out << "(and " << chart.bars.size() - count << " more)\n";
}

// The blocks of a line: one a day, or one for as many days as it takes.
std::string sparks(const Line& line, const LineChart& chart, std::size_t columns) {
  const auto days = static_cast<std::size_t>(chart.last_day - chart.first_day) + 1;
  const std::size_t count = std::min(days, columns);
  std::vector<std::optional<double>> peaks(count);
  for (const auto& [day, value] : line.values) {
    const auto place = static_cast<std::size_t>(day - chart.first_day);
    std::optional<double>& peak = peaks[place * count / days];
    peak = std::max(peak.value_or(value), value);
  }
  std::string text;
  for (const std::optional<double>& peak : peaks) {
    const double part = peak ? chart.height_of(*peak) : 0;
    text += peak ? kSparks[static_cast<std::size_t>(std::lround(part * (kEighths - 1)))] : " ";
  }
  return text;
}

std::string range_of(const Line& line) {
  double lowest = line.values.begin()->second;
  double highest = lowest;
  for (const auto& [day, value] : line.values) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  const std::string text = short_number(highest);
  return lowest < highest ? short_number(lowest) + " to " + text : text;
}

void draw_days(std::ostream& out, const LineChart& chart, std::size_t begin) {
  out << std::string(begin, ' ') << format_day(chart.first_day);
  if (chart.last_day > chart.first_day) out << " to " << format_day(chart.last_day);
  out << '\n';
}

void draw_lines(std::ostream& out, const LineChart& chart, const PlotStyle& style) {
  std::size_t label = 0;
  std::size_t number = 0;
  for (const Line& line : chart.lines) {
    label = std::max(label, display_width(make_visible(line.name)));
    number = std::max(number, range_of(line).size());
  }
  const PlotWidths widths = share(label, number, style);
  for (const Line& line : chart.lines) {
    out << padded(cut_to_width(make_visible(line.name), widths.label), widths.label) << ' '
        << coloured(sparks(line, chart, widths.blocks), style) << ' ' << range_of(line) << '\n';
  }
  draw_days(out, chart, widths.label + 1);
}

}  // namespace

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

void draw_plot(std::ostream& out, const Chart& chart, const PlotStyle& style) {
  for (const BarChart& bars : chart.bars) draw_bars(out, bars, style);
  if (!chart.lines) return;
  out << heading(chart.lines->title, style) << '\n';
  if (chart.lines->lines.empty()) {
    out << "(nothing)\n";
  } else {
    draw_lines(out, *chart.lines, style);
  }
}

}  // namespace tain::query
