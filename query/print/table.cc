#include <algorithm>

#include "printer.h"
#include "text.h"
#include "unicode.h"

namespace tain::query {
namespace {

// The widths come from this many rows; what follows is written at once, and a cell that is wider
// only shifts its own row. Holding all rows back was rejected: an answer may be larger than memory.
constexpr std::size_t kMeasuredRows = 10'000;
constexpr std::string_view kGap = " | ";

struct Cell {
  std::string text;
  std::size_t width = 0;
};
using Cells = std::vector<Cell>;

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

struct ColumnLayout {
  std::size_t width = 0;
  bool has_numbers = false;
  bool has_text = false;
  bool is_right_aligned() const { return has_numbers && !has_text; }
};

class TablePrinter : public Printer {
 public:
  TablePrinter(std::ostream& out, const PrintOptions& options) : out_(out), options_(options) {}

  void begin(const std::vector<std::string>& columns) override {
    layout_.resize(columns.size());
    for (const std::string& column : columns) header_.push_back(to_cell(column));
    measure(header_);
  }

  void row(std::span<const Value> values) override {
    Cells cells;
    for (const Value& value : values) cells.push_back(to_cell(format_value(value, "NULL")));
    ++rows_;
    if (rows_ > kMeasuredRows) {
      flush();
      write(cells);
      return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::holds_alternative<std::nullptr_t>(values[i])) continue;
      (is_number(values[i]) ? layout_[i].has_numbers : layout_[i].has_text) = true;
    }
    measure(cells);
    held_.push_back(std::move(cells));
  }

  void end() override {
    flush();
    if (options_.count_rows) out_ << '(' << rows_ << (rows_ == 1 ? " row)\n" : " rows)\n");
  }

 private:
  Cell to_cell(std::string_view text) const {
    std::string visible = make_visible(text);
    if (options_.widest_cell) visible = cut_to_width(std::move(visible), *options_.widest_cell);
    const std::size_t width = display_width(visible);
    return {std::move(visible), width};
  }

  void measure(const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      layout_[i].width = std::max(layout_[i].width, cells[i].width);
    }
  }

  // Writes what was held back to be measured; after the first time, nothing.
  void flush() {
    if (!header_.empty()) {
      write(header_);
      write_rule();
      header_.clear();
    }
    for (const Cells& cells : held_) write(cells);
    held_.clear();
  }

  void write(const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool is_last = i + 1 == cells.size();
      const bool right = layout_[i].is_right_aligned();
      const std::size_t missing = layout_[i].width - std::min(layout_[i].width, cells[i].width);
      if (i > 0) out_ << kGap;
      if (right) out_ << std::string(missing, ' ');
      out_ << cells[i].text;
      if (!right && !is_last) out_ << std::string(missing, ' ');
    }
    out_ << '\n';
  }

  void write_rule() {
    for (std::size_t i = 0; i < layout_.size(); ++i) {
      out_ << (i > 0 ? "-+-" : "") << std::string(layout_[i].width, '-');
    }
    out_ << '\n';
  }

  std::ostream& out_;
  const PrintOptions options_;
  std::vector<ColumnLayout> layout_;
  Cells header_;             // until it is written
  std::vector<Cells> held_;  // the measured rows, until they are written
  std::size_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Printer> make_table_printer(std::ostream& out, const PrintOptions& options) {
  return std::make_unique<TablePrinter>(out, options);
}

}  // namespace tain::query
