#include "printer.h"
#include "text.h"

namespace tain::query {
namespace {

// RFC 4180, with \n for its CRLF: that is what the Unix tools at the other end of the pipe expect.
class CsvPrinter : public Printer {
 public:
  explicit CsvPrinter(std::ostream& out) : out_(out) {}

  void begin(const std::vector<std::string>& columns) override {
    std::vector<Value> names(columns.begin(), columns.end());
    row(names);
  }

  void row(std::span<const Value> values) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ << ',';
      if (!std::holds_alternative<std::nullptr_t>(values[i])) write(format_value(values[i], ""));
    }
    out_ << '\n';
  }

  void end() override {}

 private:
  // An empty text is quoted, and so differs from NULL.
  void write(const std::string& field) {
    if (!field.empty() && field.find_first_of(",\"\r\n") == std::string::npos) {
      out_ << field;
      return;
    }
    out_ << '"';
    for (const char c : field) {
      if (c == '"') out_ << '"';
      out_ << c;
    }
    out_ << '"';
  }

  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Printer> make_csv_printer(std::ostream& out) {
  return std::make_unique<CsvPrinter>(out);
}

}  // namespace tain::query
