#include "svg.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "query/print/unicode.h"
#include "terminal_plot.h"

namespace tain::query {
namespace {

// In the units of the drawing, which is as wide as its place.
constexpr double kWidth = 720;
constexpr double kRow = 24;
constexpr double kLabelEnd = 212;  // right edge of the labels
constexpr double kBarBegin = 220;
constexpr double kWidestBar = 380;
constexpr double kLeft = 64;  // the frame of the lines
constexpr double kRight = 708;
constexpr double kTop = 12;
constexpr double kBottom = 200;
constexpr std::size_t kLabelColumns = 30;
constexpr std::size_t kStyles = 6;

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" +
         std::string(anchor) + "\">" + escape_html(text) + "</text>";
}

std::string style_of(std::size_t index) {
  return "s" + std::to_string(index % kStyles);
}

std::string open_svg(const std::string& title, double height) {
  const std::string escaped = escape_html(title);
  return "<svg role=\"img\" aria-label=\"" + escaped + "\" viewBox=\"0 0 " + number(kWidth) + " " +
         number(height) + "\">\n<title>" + escaped + "</title>\n";
}

std::string draw_svg_bar(const Bar& bar, double highest, double y) {
  const double width = highest > 0 ? std::max(0.0, bar.value / highest * kWidestBar) : 0;
  return "<g><title>" + escape_html(bar.label + ": " + bar.text) + "</title>" +
         text_at(kLabelEnd, y + 16, "end", cut_to_width(make_visible(bar.label), kLabelColumns)) +
         "<rect class=\"s0\" x=\"" + number(kBarBegin) + "\" y=\"" + number(y + 3) + "\" width=\"" +
         number(width) + "\" height=\"" + number(kRow - 6) + "\"/>" +
         text_at(kBarBegin + width + 6, y + 16, "start", bar.text) + "</g>\n";
}

std::string draw_svg_bars(const BarChart& chart) {
  const std::size_t count = std::min(chart.bars.size(), kMostBars);
  double highest = 0;
  for (std::size_t i = 0; i < count; ++i) highest = std::max(highest, chart.bars[i].value);
  std::string svg = open_svg(chart.title, kRow * static_cast<double>(count));
  for (std::size_t i = 0; i < count; ++i) {
    svg += draw_svg_bar(chart.bars[i], highest, kRow * static_cast<double>(i));
  }
  svg += "</svg>\n";
  if (chart.bars.size() <= count) return svg;
  return svg + "<p class=\"note\">The first " + std::to_string(count) + " of " +
         std::to_string(chart.bars.size()) + " are drawn.</p>\n";
}

// Where the days and the values of a chart lie.
class Frame {
 public:
  explicit Frame(const LineChart& chart) : chart_(chart) {}

  double x(std::int64_t day) const {
    const auto days = static_cast<double>(chart_.last_day - chart_.first_day);
    if (days == 0) return (kLeft + kRight) / 2;
    return kLeft + (kRight - kLeft) * static_cast<double>(day - chart_.first_day) / days;
  }
  double y(double value) const { return kBottom - (kBottom - kTop) * chart_.height_of(value); }

 private:
  const LineChart& chart_;
};

// Days that follow each other are joined; a day without a value is a gap.
std::string draw_path(const Line& line, const Frame& frame) {
  std::string path;
  std::optional<std::int64_t> previous;
  for (const auto& [day, value] : line.values) {
    path += previous && day == *previous + 1 ? "L" : "M";
    path += number(frame.x(day)) + " " + number(frame.y(value));
    previous = day;
  }
  return path;
}

std::string draw_svg_line(const Line& line, const Frame& frame, std::size_t index) {
  std::string svg = "<g class=\"" + style_of(index) + "\"><path d=\"" + draw_path(line, frame) +
                    "\" fill=\"none\"/>\n";
  for (const auto& [day, value] : line.values) {
    svg += "<circle cx=\"" + number(frame.x(day)) + "\" cy=\"" + number(frame.y(value)) +
           "\" r=\"3\"><title>" +
           escape_html(line.name + ", " + format_day(day) + ": " + short_number(value)) +
           "</title></circle>\n";
  }
  return svg + "</g>\n";
}

std::string draw_axes(const LineChart& chart) {
  std::string svg = "<path class=\"axis\" d=\"M" + number(kLeft) + " " + number(kTop) + "V" +
                    number(kBottom) + "H" + number(kRight) + "\" fill=\"none\"/>\n" +
                    text_at(kLeft - 6, kTop + 5, "end", short_number(chart.highest)) +
                    text_at(kLeft - 6, kBottom + 5, "end", short_number(chart.lowest));
  if (chart.first_day == chart.last_day) {
    return svg + text_at((kLeft + kRight) / 2, kBottom + 20, "middle", format_day(chart.first_day));
  }
  return svg + text_at(kLeft, kBottom + 20, "start", format_day(chart.first_day)) +
         text_at(kRight, kBottom + 20, "end", format_day(chart.last_day)) + "\n";
}

std::string draw_svg_lines(const LineChart& chart) {
  const Frame frame(chart);
  double legend = kBottom + 28;
  std::string svg = open_svg(chart.title, legend + kRow * static_cast<double>(chart.lines.size())) +
                    draw_axes(chart);
  for (std::size_t i = 0; i < chart.lines.size(); ++i, legend += kRow) {
    svg += draw_svg_line(chart.lines[i], frame, i) + "<rect class=\"" + style_of(i) + "\" x=\"" +
           number(kLeft) + "\" y=\"" + number(legend + 5) + "\" width=\"14\" height=\"14\"/>" +
           text_at(kLeft + 20, legend + 16, "start", chart.lines[i].name) + "\n";
  }
  return svg + "</svg>\n";
}

}  // namespace

std::string escape_markup(std::string_view visible) {
  std::string escaped;
  for (const char c : visible) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string escape_html(std::string_view text) {
  return escape_markup(make_visible(text));
}

std::string draw_svg(const Chart& chart) {
  const std::string nothing = "<p class=\"note\">Nothing to draw.</p>\n";
  std::string svg;
  for (const BarChart& bars : chart.bars) {
    svg += "<h2>" + escape_html(bars.title) + "</h2>\n" +
           (bars.bars.empty() ? nothing : draw_svg_bars(bars));
  }
  if (const auto& lines = chart.lines) {
    svg += "<h2>" + escape_html(lines->title) + "</h2>\n" +
           (lines->lines.empty() ? nothing : draw_svg_lines(*lines));
  }
  return svg;
}

}  // namespace tain::query
