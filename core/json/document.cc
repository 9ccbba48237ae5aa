#include "document.h"

#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../error.h"

namespace tain {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int kNumberOutOfRange = 406;  // nlohmann's id of "number overflow"

// A decimal number reduced to what it is worth: digits without zeros at either end, and the power
// of ten of the last.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
  bool operator==(const Decimal&) const = default;
};

Decimal decimal_of(std::string_view text) {
  Decimal result;
  result.negative = text.starts_with('-');
  const std::size_t exponent_mark = text.find_first_of("eE");
  if (exponent_mark != std::string_view::npos) {
    std::string_view exponent = text.substr(exponent_mark + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), result.exponent);
  }
  bool fraction = false;
  for (const char c : text.substr(0, exponent_mark)) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    if (fraction) --result.exponent;
    if (c != '0' || !result.digits.empty()) result.digits += c;
  }
  while (result.digits.ends_with('0')) {
    result.digits.pop_back();
    ++result.exponent;
  }
  if (result.digits.empty()) result.exponent = 0;
  return result;
}

std::string escape_pointer(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

// Builds the document from nlohmann's parser events, because its own builder keeps the last of two
// equal keys and rounds numbers without a word.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const std::filesystem::path& path) : path_(path) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    Json number(value);
    // The parser puts the locale's decimal point nowhere; the text is as it stands in the file.
    if (decimal_of(text) != decimal_of(number.dump())) {
      throw LossyRewriteError(path_, place_of_next(),
                              "the number " + text + " would become " + number.dump());
    }
    return add(std::move(number));
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in JSON text

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Level& level = levels_.back();
    level.key = value;
    if (!level.keys.insert(value).second) {
      throw LossyRewriteError(path_, place_of_next(), "the key stands twice in its object");
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    if (error.id == kNumberOutOfRange) {
      throw LossyRewriteError(path_, place_of_next(), "no double holds the number " + token);
    }
    throw ParseError(path_, position, reason_of(error.what()));
  }

 private:
  struct Level {
    Json* container;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …": the last
  // part.
  static std::string reason_of(std::string text) {
    const std::size_t column = text.find("column");
    const std::size_t colon =
        column == std::string::npos ? text.find("] ") : text.find(": ", column);
    return colon == std::string::npos ? text : text.substr(colon + 2);
  }

  template <class T>
  bool add(T&& value) {
    place(Json(std::forward<T>(value)));
    return true;
  }

  Json* place(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.container->is_array()) {
      level.container->push_back(std::move(value));
      return &level.container->back();
    }
    // The key is new (see key()), so it goes to the end without a search.
    auto& members = level.container->get_ref<Json::object_t&>();
    return &members.Json::object_t::Container::emplace_back(level.key, std::move(value)).second;
  }

  bool open(Json container) {
    if (levels_.size() == Document::kMaxDepth) {
      throw ParseError(path_, 0,
                       "nested deeper than " + std::to_string(Document::kMaxDepth) + " levels");
    }
    levels_.push_back({place(std::move(container)), {}, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string place_of_next() const {
    std::string pointer;
    for (const Level& level : levels_) {
      pointer += '/';
      pointer += level.container->is_object() ? escape_pointer(level.key)
                                              : std::to_string(child_index(level));
    }
    return pointer;
  }
  // In an open level the child being built is the last one; in the innermost it is still to come.
  std::size_t child_index(const Level& level) const {
    return &level == &levels_.back() ? level.container->size() : level.container->size() - 1;
  }

  const std::filesystem::path& path_;
  Json root_;
  std::vector<Level> levels_;
};

}  // namespace

Document Document::parse(std::string_view bytes, const std::filesystem::path& path) {
  Document document;
  document.byte_order_mark_ = bytes.starts_with(kByteOrderMark);
  if (bytes.empty()) throw ParseError(path, 0, "the file is empty");
  Builder builder(path);
  Json::sax_parse(bytes, &builder);
  document.root_ = builder.take();
  if (!document.root_.is_object()) {
    throw ParseError(path, 0,
                     std::string("expected an object, found ") + document.root_.type_name());
  }
  return document;
}

std::string Document::dump() const {
  std::string bytes(byte_order_mark_ ? kByteOrderMark : std::string_view());
  bytes += root_.dump(2);
  bytes += '\n';
  return bytes;
}

}  // namespace tain
