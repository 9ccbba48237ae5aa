#include "document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../error.h"
#include "pointer.h"

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
    // An exponent beyond 32 bits stays 0 here: the double is then zero or infinite, and either
    // shows.
    std::int32_t power = 0;
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    result.exponent = power;
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

// The fewest digits that read back as `value`. nlohmann's own take one more than needed for about
// one double in a thousand: enough to refuse, or to respell, a number that Python wrote.
std::string number_text(double value) {
  if (!std::isfinite(value)) throw InvalidArgument("number", "a finite one", std::to_string(value));
  std::string text = Json(value).dump();
  std::array<char, 64> buffer{};
  const auto print = [&](std::chars_format format) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
    return std::string(buffer.data(), end);
  };
  std::string shortest = print(std::chars_format::scientific);
  if (decimal_of(shortest) == decimal_of(text)) return text;
  const double magnitude = std::abs(value);
  const bool readable = magnitude >= 1e-4 && magnitude < 1e15;
  return readable ? print(std::chars_format::fixed) : shortest;
}

// Writes as nlohmann does, numbers aside: see number_text.
class Writer {
 public:
  explicit Writer(std::size_t indent) : indent_(indent) {}

  std::string take() { return std::move(text_); }
  void value(const Json& json) {
    if (json.is_object()) {
      members(json);
    } else if (json.is_array()) {
      elements(json);
    } else if (json.is_number_float()) {
      text_ += number_text(json.get<double>());
    } else {
      text_ += json.dump();
    }
  }

 private:
  void members(const Json& json) {
    begin('{');
    for (const auto& [key, child] : json.get_ref<const Json::object_t&>()) {
      begin_child();
      text_ += Json(key).dump();
      text_ += indent_ > 0 ? ": " : ":";
      value(child);
    }
    end('}');
  }
  void elements(const Json& json) {
    begin('[');
    for (const Json& child : json) {
      begin_child();
      value(child);
    }
    end(']');
  }
  // What is written has to be read again.
  void begin(char bracket) {
    if (++depth_ > Document::kMaxDepth) {
      throw InvalidArgument(
          "JSON", "at most " + std::to_string(Document::kMaxDepth) + " levels of nesting", "more");
    }
    text_ += bracket;
  }
  void begin_child() {
    if (text_.back() != '{' && text_.back() != '[') text_ += ',';
    new_line();
  }
  void end(char bracket) {
    --depth_;
    if (text_.back() != '{' && text_.back() != '[') new_line();
    text_ += bracket;
  }
  void new_line() {
    if (indent_ == 0) return;
    text_ += '\n';
    text_.append(depth_ * indent_, ' ');
  }

  std::size_t indent_;
  std::size_t depth_ = 0;
  std::string text_;
};

// Where the bracket stands that opens `level`; the parser does not tell its events.
std::size_t offset_of_level(std::string_view bytes, std::size_t level) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if ((c == '[' || c == '{') && ++depth == level) return i;
    if (c == ']' || c == '}') --depth;
  }
  return bytes.size();
}

// Builds the document from nlohmann's parser events, because its own builder keeps the last of two
// equal keys and rounds numbers without a word.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view bytes, const std::filesystem::path& path) : bytes_(bytes), path_(path) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  // Zero comes here only as "-0", whose sign no integer holds.
  bool number_integer(number_integer_t value) override {
    return value == 0 ? add(-0.0) : add(value);
  }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    const std::string rewritten = number_text(value);
    if (decimal_of(text) != decimal_of(rewritten)) {
      throw LossyRewriteError(path_, place_of_next(),
                              "the number " + shortened(text) + " would become " + rewritten);
    }
    return add(value);
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
    if (!is_new(level)) {
      throw LossyRewriteError(path_, place_of_next(), "the key stands twice in its object");
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    if (error.id == kNumberOutOfRange) {
      throw LossyRewriteError(path_, place_of_next(),
                              "no double holds the number " + shortened(token));
    }
    // The parser counts the bytes it has read, the one in question among them.
    throw ParseError(path_, position == 0 ? 0 : position - 1, shortened(reason_of(error.what())));
  }

 private:
  struct Level {
    Json* container;
    std::string key;
    std::unordered_set<std::string> keys;  // of a large object
  };

  // Looking through the few members that most objects have is quicker than hashing them.
  static bool is_new(Level& level) {
    constexpr std::size_t kFew = 48;
    const auto& members = level.container->get_ref<const Json::object_t&>();
    if (members.size() < kFew) {
      return std::none_of(members.begin(), members.end(),
                          [&](const auto& member) { return member.first == level.key; });
    }
    if (level.keys.empty()) {
      for (const auto& member : members) level.keys.insert(member.first);
    }
    return level.keys.insert(level.key).second;
  }

  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …": the last
  // part.
  static std::string reason_of(const std::string& text) {
    const std::size_t column = text.find("column");
    const std::size_t colon =
        column == std::string::npos ? text.find("] ") : text.find(": ", column);
    return colon == std::string::npos ? text : text.substr(colon + 2);
  }

  // The parser quotes what it last read, which may be the whole file.
  static std::string shortened(const std::string& text) {
    constexpr std::size_t kLongest = 200;
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
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
      throw ParseError(path_, offset_of_level(bytes_, Document::kMaxDepth + 1),
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
      append_to_pointer(
          pointer, level.container->is_object() ? level.key : std::to_string(child_index(level)));
    }
    return pointer;
  }
  // In an open level the child being built is the last one; in the innermost it is still to come.
  std::size_t child_index(const Level& level) const {
    return &level == &levels_.back() ? level.container->size() : level.container->size() - 1;
  }

  const std::string_view bytes_;
  const std::filesystem::path& path_;
  Json root_;
  std::vector<Level> levels_;
};

}  // namespace

Document Document::parse(std::string_view bytes, const std::filesystem::path& path) {
  Document document;
  document.byte_order_mark_ = bytes.starts_with(kByteOrderMark);
  if (bytes.empty()) throw ParseError(path, 0, "the file is empty");
  // nlohmann takes a NUL for the end of the text, and what follows it would be lost.
  const std::size_t nul = bytes.find('\0');
  if (nul != std::string_view::npos) throw ParseError(path, nul, "a NUL byte");
  Builder builder(bytes, path);
  Json::sax_parse(bytes, &builder);
  document.root_ = builder.take();
  if (!document.root_.is_object()) {
    const std::size_t start = document.byte_order_mark_ ? kByteOrderMark.size() : 0;
    throw ParseError(path, bytes.find_first_not_of(" \t\r\n", start),
                     std::string("expected an object, found ") + document.root_.type_name());
  }
  return document;
}

std::string Document::dump() const {
  std::string bytes(byte_order_mark_ ? kByteOrderMark : std::string_view());
  Writer writer(2);
  writer.value(root_);
  return bytes + writer.take() + '\n';
}

std::string dump_line(const Json& json) {
  Writer writer(0);
  writer.value(json);
  return writer.take();
}

}  // namespace tain
