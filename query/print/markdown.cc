#include "printer.h"
#include "text.h"
#include "unicode.h"

namespace tain::query {
namespace {

// What would end a cell, or be read as HTML rather than shown.
std::string_view escaped(char c) {
  switch (c) {
    case '|':
      return "\\|";
    case '\\':
      return "\\\\";
    case '<':
      return "&lt;";
    case '&':
      return "&amp;";
    case '\n':
      return "<br>";
    default:
      return {};
  }
}

// GitHub's tables.
class MarkdownPrinter : public Printer {
 public:
  explicit MarkdownPrinter(std::ostream& out) : out_(out) {}

  void begin(const std::vector<std::string>& columns) override {
    std::vector<Value> names(columns.begin(), columns.end());
    row(names);
    for (std::size_t i = 0; i < columns.size(); ++i) out_ << "| --- ";
    out_ << "|\n";
  }

  void row(std::span<const Value> values) override {
    for (const Value& value : values) {
      out_ << "| ";
      write(format_value(value, "NULL"));
      out_ << ' ';
    }
    out_ << "|\n";
  }

  void end() override {}

 private:
  void write(std::string_view cell) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      const std::string_view replacement = escaped(cell[i]);
      if (replacement.empty()) continue;
      out_ << make_visible(cell.substr(done, i - done)) << replacement;
      done = i + 1;
    }
    out_ << make_visible(cell.substr(done));
  }

  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Printer> make_markdown_printer(std::ostream& out) {
  return std::make_unique<MarkdownPrinter>(out);
}

}  // namespace tain::query
