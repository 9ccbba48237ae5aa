// The formats json and jsonl: the same objects, in an array or one a line.

#include <algorithm>
#include <cmath>

#include "core/json/document.h"
#include "printer.h"
#include "text.h"
#include "unicode.h"

namespace tain::query {
namespace {

std::string quote(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Encoder {
  std::string operator()(std::nullptr_t) const { return "null"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  // JSON has no infinities.
  std::string operator()(double value) const {
    return std::isfinite(value) ? format_real(value) : "null";
  }
  std::string operator()(std::string_view value) const { return quote(to_utf8(value)); }
  std::string operator()(Blob value) const { return quote(format_blob(value.bytes)); }
};

// A repeated key would be lost in most readers: name, name_2, name_3.
std::vector<std::string> distinct(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  const auto is_taken = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& column : columns) {
    std::string name = column;
    for (int n = 2; is_taken(name); ++n) name = column + "_" + std::to_string(n);
    names.push_back(std::move(name));
  }
  return names;
}

class ObjectWriter {
 public:
  explicit ObjectWriter(std::ostream& out) : out_(out) {}

  void set_columns(const std::vector<std::string>& columns) {
    for (const std::string& name : distinct(columns)) keys_.push_back(quote(to_utf8(name)) + ":");
  }

  void write(std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ << (i == 0 ? "{" : ",") << keys_[i] << std::visit(Encoder{}, values[i]);
    }
    out_ << '}';
  }

 private:
  std::ostream& out_;
  std::vector<std::string> keys_;
};

class JsonPrinter : public Printer {
 public:
  explicit JsonPrinter(std::ostream& out) : out_(out), objects_(out) {}

  void begin(const std::vector<std::string>& columns) override {
    objects_.set_columns(columns);
    out_ << '[';
  }
  void row(std::span<const Value> values) override {
    out_ << (is_empty_ ? "\n" : ",\n");
    is_empty_ = false;
    objects_.write(values);
  }
  void end() override { out_ << (is_empty_ ? "]\n" : "\n]\n"); }

 private:
  std::ostream& out_;
  ObjectWriter objects_;
  bool is_empty_ = true;
};

class JsonlPrinter : public Printer {
 public:
  explicit JsonlPrinter(std::ostream& out) : out_(out), objects_(out) {}

  void begin(const std::vector<std::string>& columns) override { objects_.set_columns(columns); }
  void row(std::span<const Value> values) override {
    objects_.write(values);
    out_ << '\n';
  }
  void end() override {}

 private:
  std::ostream& out_;
  ObjectWriter objects_;
};

}  // namespace

std::unique_ptr<Printer> make_json_printer(std::ostream& out) {
  return std::make_unique<JsonPrinter>(out);
}

std::unique_ptr<Printer> make_jsonl_printer(std::ostream& out) {
  return std::make_unique<JsonlPrinter>(out);
}

}  // namespace tain::query
