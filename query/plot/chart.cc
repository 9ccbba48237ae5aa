#include "chart.h"

#include <algorithm>
#include <cmath>

#include "core/json/time.h"
#include "query/print/text.h"

namespace tain::query {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::size_t kDayLength = 10;

using Row = std::vector<AnswerCell>;

std::optional<std::int64_t> day_of(const AnswerCell& cell) {
  if (cell.number || cell.text.size() != kDayLength) return std::nullopt;
  const std::optional<Timestamp> time = parse_time(cell.text);
  if (!time) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(static_cast<double>(time->ms) / kDay));
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

// Two numbers may be finite, and their sum not.
void drop_infinite_sums(std::vector<Line>& lines) {
  for (Line& line : lines) {
    std::erase_if(line.values, [](const auto& value) { return !std::isfinite(value.second); });
  }
  std::erase_if(lines, [](const Line& line) { return line.values.empty(); });
}

void measure(LineChart& chart) {
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto& values = chart.lines[i].values;
    const std::int64_t first = values.begin()->first;
    const std::int64_t last = values.rbegin()->first;
    chart.first_day = i == 0 ? first : std::min(chart.first_day, first);
    chart.last_day = i == 0 ? last : std::max(chart.last_day, last);
    for (const auto& [day, value] : values) {
      chart.lowest = std::min(chart.lowest, value);
      chart.highest = std::max(chart.highest, value);
    }
  }
}

// A plot's columns, found in an answer.
class PlotReader {
 public:
  PlotReader(const Report& report, const AnswerTable& answer)
      : report_(report), plot_(*report.plot), answer_(answer) {
    for (const std::string& column : plot_.by) by_.push_back(require_column(column));
    if (plot_.per) per_ = require_column(*plot_.per);
    for (const std::string& value : plot_.values) {
      values_.push_back(value == "count" ? find_column(value) : require_column(value));
    }
  }

  Chart read() const {
    Chart chart;
    if (is_in_time()) {
      LineChart& lines = chart.lines.emplace();
      lines.title = title_of(join(plot_.values, ", "));
      for (std::size_t i = 0; i < values_.size(); ++i) add_lines(i, lines.lines);
      drop_infinite_sums(lines.lines);
      measure(lines);
      return chart;
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      chart.bars.push_back({title_of(plot_.values[i]), values_[i] ? bars(*values_[i]) : counts()});
    }
    return chart;
  }

 private:
  std::optional<std::size_t> find_column(const std::string& name) const {
    const auto& columns = answer_.columns;
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
  }

  std::size_t require_column(const std::string& name) const {
    if (const auto column = find_column(name)) return *column;
    refuse_report(
        report_, plot_.line,
        "@plot: the answer has no column \"" + name + "\"; it has " + join(answer_.columns, ", "));
  }

  std::string title_of(const std::string& value) const {
    return value + " by " + join(plot_.by, ", ") + (plot_.per ? " per " + *plot_.per : "");
  }

  bool is_in_time() const {
    if (by_.size() != 1) return false;
    bool has_day = false;
    for (const Row& row : answer_.rows) {
      const AnswerCell& cell = row[by_.front()];
      if (cell.is_null) continue;
      if (!day_of(cell)) return false;
      has_day = true;
    }
    return has_day;
  }

  std::string label_of(const Row& row) const {
    std::vector<std::string> parts;
    for (const std::size_t column : by_) parts.push_back(row[column].text);
    if (per_) parts.push_back(row[*per_].text);
    return join(parts, " · ");
  }

  std::vector<Bar> bars(std::size_t value) const {
    std::vector<Bar> bars;
    for (const Row& row : answer_.rows) {
      const double number = row[value].number.value_or(0);
      bars.push_back({label_of(row), std::isfinite(number) ? number : 0, row[value].text});
    }
    return bars;
  }

  // How many rows have each label, the labels as they first come.
  std::vector<Bar> counts() const {
    std::vector<Bar> bars;
    std::map<std::string, std::size_t> places;
    for (const Row& row : answer_.rows) {
      const std::string label = label_of(row);
      const auto [place, is_new] = places.emplace(label, bars.size());
      if (is_new) bars.push_back({label, 0, {}});
      bars[place->second].value += 1;
    }
    for (Bar& bar : bars) bar.text = std::to_string(static_cast<std::int64_t>(bar.value));
    return bars;
  }

  void add_lines(std::size_t value, std::vector<Line>& lines) const {
    std::map<std::string, std::size_t> places;
    for (const Row& row : answer_.rows) {
      const auto day = day_of(row[by_.front()]);
      const std::optional<double> number = values_[value] ? row[*values_[value]].number : 1;
      if (!day || !number || !std::isfinite(*number)) continue;
      const std::string& name = per_ ? row[*per_].text : plot_.values[value];
      const auto [place, is_new] = places.emplace(name, lines.size());
      if (is_new) lines.push_back({name, {}});
      lines[place->second].values[*day] += *number;
    }
  }

  const Report& report_;
  const ReportPlot& plot_;
  const AnswerTable& answer_;
  std::vector<std::optional<std::size_t>> values_;  // nothing: the number of rows
  std::vector<std::size_t> by_;
  std::optional<std::size_t> per_;
};

}  // namespace

// Of the halves: the range of two finite numbers may be infinite.
double LineChart::height_of(double value) const {
  const double half_range = highest / 2 - lowest / 2;
  return half_range > 0 ? (value / 2 - lowest / 2) / half_range : 0;
}

Chart make_chart(const Report& report, const AnswerTable& answer) {
  return PlotReader(report, answer).read();
}

std::string format_day(std::int64_t day) {
  return format_date(Timestamp{day * kDay});
}

}  // namespace tain::query
