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
// What a column of text keeps at least, when a table is made to fit a terminal.
constexpr std::size_t kNarrowest = 8;

struct TableCell {
  std::string text;
  std::size_t width = 0;
  bool is_number = false;
};
using TableCells = std::vector<TableCell>;

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

struct ColumnLayout {
  std::size_t width = 0;   // of its widest cell
  std::size_t number = 0;  // of its widest number, which is never cut
  std::size_t shown = 0;   // how much of it is used
  bool has_numbers = false;
  bool has_text = false;
  bool is_right_aligned() const { return has_numbers && !has_text; }
  std::size_t cut_to(std::size_t widest) const { return std::max(std::min(width, widest), number); }
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
    TableCells cells;
    for (const Value& value : values) {
      cells.push_back(to_cell(format_value(value, "NULL")));
      cells.back().is_number = is_number(value);
    }
    ++rows_;
    if (rows_ > kMeasuredRows) {
      flush();
      write(cells);
      return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::holds_alternative<std::nullptr_t>(values[i])) continue;
      (is_number(values[i]) ? layout_[i].has_numbers : layout_[i].has_text) = true;
      if (is_number(values[i])) layout_[i].number = std::max(layout_[i].number, cells[i].width);
    }
    measure(cells);
    held_.push_back(std::move(cells));
  }

  void end() override {
    flush();
    if (options_.count_rows) out_ << '(' << rows_ << (rows_ == 1 ? " row)\n" : " rows)\n");
  }

 private:
  TableCell to_cell(std::string_view text) const {
    return cut(make_visible(text),
               options_.terminal ? options_.terminal->columns : std::string::npos);
  }

  static TableCell cut(std::string visible, std::size_t width) {
    if (width != std::string::npos) visible = cut_to_width(std::move(visible), width);
    const std::size_t taken = display_width(visible);
    return {std::move(visible), taken};
  }

  void measure(const TableCells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      layout_[i].width = std::max(layout_[i].width, cells[i].width);
    }
  }

  // Writes what was held back to be measured; after the first time, nothing.
  void flush() {
    if (!is_begun_) {
      is_begun_ = true;
      as_records_ = !fit() && rows_ > 0;
      if (!as_records_) write_header();
    }
    for (TableCells& cells : held_) write(cells);
    held_.clear();
  }

  // What the columns take when those of text are cut to `widest`.
  std::size_t total_width(std::size_t widest) const {
    std::size_t total = (layout_.size() - 1) * kGap.size();
    for (const ColumnLayout& column : layout_) {
      total += column.cut_to(widest);
    }
    return total;
  }

  bool fits(std::size_t widest) const {
    return !options_.terminal || layout_.empty() ||
           total_width(widest) <= options_.terminal->columns;
  }

  // Decides how much of each column is shown; false when there are too many for the terminal.
  bool fit() {
    std::size_t wide = 1;
    for (const ColumnLayout& column : layout_) wide = std::max(wide, column.width + 1);
    std::size_t narrow = kNarrowest;
    while (narrow + 1 < wide) {
      const std::size_t middle = (narrow + wide) / 2;
      (fits(middle) ? narrow : wide) = middle;
    }
    for (ColumnLayout& column : layout_) column.shown = column.cut_to(narrow);
    return fits(narrow);
  }

  void write(TableCells& cells) {
    ++written_;
    if (as_records_) {
      write_record(cells);
    } else {
      write_line(cells);
    }
  }

  void write_line(TableCells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const ColumnLayout& column = layout_[i];
      TableCell& cell = cells[i];
      if (options_.terminal && cell.width > column.shown && !cell.is_number) {
        cell = cut(std::move(cell.text), column.shown);
      }
      const bool is_last = i + 1 == cells.size();
      const bool right = column.is_right_aligned();
      const std::size_t missing = column.shown - std::min(column.shown, cell.width);
      if (i > 0) out_ << kGap;
      if (right) out_ << std::string(missing, ' ');
      out_ << cell.text;
      if (!right && !is_last) out_ << std::string(missing, ' ');
    }
    out_ << '\n';
  }

  void write_header() {
    TableCells names = header_;
    out_ << style_.bold;
    write_line(names);
    out_ << style_.plain;
    for (std::size_t i = 0; i < layout_.size(); ++i) {
      out_ << (i > 0 ? "-+-" : "") << std::string(layout_[i].shown, '-');
    }
    out_ << '\n';
  }

  // One line a column, for rows that are too wide.
  void write_record(TableCells& cells) {
    std::size_t names = 0;
    for (const TableCell& name : header_) names = std::max(names, name.width);
    const std::size_t columns = options_.terminal->columns;
    const std::size_t left = columns - std::min(columns, names + kGap.size());
    out_ << style_.bold << "-[ row " << written_ << " ]-" << style_.plain << '\n';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out_ << header_[i].text << std::string(names - header_[i].width, ' ') << kGap
           << cut(std::move(cells[i].text), std::max(left, kNarrowest)).text << '\n';
    }
  }

  std::ostream& out_;
  const PrintOptions options_;
  std::vector<ColumnLayout> layout_;
  const Style style_{options_.terminal};
  TableCells header_;
  std::vector<TableCells> held_;  // the measured rows, until they are written
  bool is_begun_ = false;
  bool as_records_ = false;
  std::size_t rows_ = 0;
  std::size_t written_ = 0;
};

}  // namespace

std::unique_ptr<Printer> make_table_printer(std::ostream& out, const PrintOptions& options) {
  return std::make_unique<TablePrinter>(out, options);
}

}  // namespace tain::query
