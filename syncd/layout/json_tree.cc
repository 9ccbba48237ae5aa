#include "json_tree.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>

namespace tain::syncd {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::size_t kMostAnomalies =
    50;  // of one document: a file of nothing but oddities stays readable

std::string_view trim(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kWhiteSpace);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// RFC 8259 §6. simdjson leaves numbers unchecked until they are read, and fails on those that do
// not fit.
class NumberGrammar {
 public:
  explicit NumberGrammar(std::string_view text) : rest_(text) {
    take('-');
    valid_ = take('0') || digits();
    if (take('.')) {
      integral_ = false;
      valid_ = valid_ && digits();
    }
    if (take('e') || take('E')) {
      integral_ = false;
      if (!take('+')) take('-');
      valid_ = valid_ && digits();
    }
    valid_ = valid_ && rest_.empty();
  }
  bool valid() const { return valid_; }
  bool integral() const { return integral_; }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }

  std::string_view rest_;
  bool valid_ = false;
  bool integral_ = true;
};

// Accepts everything; only the place of the first error matters.
class Diagnosis final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::optional<JsonFault> fault;

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    const std::string what = error.what();  // "[…] parse error at line 1, column 2: reason"
    const std::size_t column = what.find("column");
    const std::size_t colon =
        column == std::string::npos ? what.find("] ") : what.find(": ", column);
    fault = {position == 0 ? 0 : position - 1,
             colon == std::string::npos ? what : what.substr(colon + 2)};
    return false;
  }
};

// The second opinion on a text that is known to be bad: simdjson is fast, nlohmann says where and
// why. It also refuses what we take, and then it has not come to what is really wrong.
JsonFault diagnose(std::string_view text, std::size_t offset, std::string_view simdjson_reason) {
  Diagnosis diagnosis;
  nlohmann::json::sax_parse(text, &diagnosis);
  const std::string reason = diagnosis.fault ? diagnosis.fault->reason : "";
  const bool we_take_it = reason.find("number overflow") != std::string::npos ||
                          reason.find("surrogate") != std::string::npos;
  if (diagnosis.fault && !we_take_it) return *diagnosis.fault;
  return {offset, std::string(simdjson_reason)};
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

bool hex4(std::string_view text, std::uint32_t& code) {
  if (text.size() < 4) return false;
  const auto result = std::from_chars(text.data(), text.data() + 4, code, 16);
  return result.ptr == text.data() + 4;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return '\0';
  }
}

// Takes `XXXX` or `XXXX\uYYYY` off the front; a surrogate without its other half becomes U+FFFD.
bool unescape_unicode(std::string_view& rest, std::string& out) {
  std::uint32_t code = 0;
  if (!hex4(rest, code)) return false;
  rest.remove_prefix(4);
  std::uint32_t low = 0;
  const bool high_half = code >= 0xD800 && code < 0xDC00;
  if (high_half && rest.starts_with("\\u") && hex4(rest.substr(2), low) && low >= 0xDC00 &&
      low < 0xE000) {
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    rest.remove_prefix(6);
  } else if (code >= 0xD800 && code < 0xE000) {
    code = 0xFFFD;
  }
  append_utf8(out, code);
  return true;
}

// The value of a string whose content starts at `raw`, up to its closing quote. Only for what
// simdjson refuses.
std::optional<std::string> unescape_leniently(std::string_view rest) {
  std::string out;
  while (!rest.empty() && rest.front() != '"') {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const char kind = rest.front();
    rest.remove_prefix(1);
    if (kind == 'u') {
      if (!unescape_unicode(rest, out)) return std::nullopt;
    } else if (const char plain = simple_escape(kind)) {
      out += plain;
    } else {
      return std::nullopt;
    }
  }
  return out;
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

struct Failure {
  const char* at;  // null: unknown
  std::string reason;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view wanted) const {
  const JsonNode* found = nullptr;
  if (type != Type::object) return nullptr;
  for (const JsonNode* child = first; child != nullptr; child = child->next) {
    if (child->key == wanted) found = child;
  }
  return found;
}

struct JsonParser::Impl {
  ondemand::parser parser;
  ondemand::document document;
  std::string_view text;
  std::string copy;
  std::deque<JsonNode> nodes;       // addresses stay
  std::deque<std::string> strings;  // what simdjson could not unescape
  std::vector<std::string_view> keys;
  std::vector<Anomaly>* anomalies = nullptr;
  // The way to the value being read, for anomalies' places; built only when one is found.
  struct Step {
    std::string_view key;
    std::size_t index;
    bool in_array;
  };
  std::vector<Step> steps;

  void copy_text() {
    copy.assign(text);
    copy.resize(text.size() + simdjson::SIMDJSON_PADDING);
    text = std::string_view(copy).substr(0, text.size());
  }
  JsonNode* build_root();
  void build(ondemand::value value, JsonNode& node);
  void build_array(ondemand::value& value, JsonNode& node);
  void build_object(ondemand::value& value, JsonNode& node);
  void build_number(JsonNode& node);
  template <class Source>
  void build_scalar(Source& source, JsonNode& node);
  std::string_view unescape(simdjson::simdjson_result<std::string_view> value,
                            std::string_view raw_content);
  void note_duplicates(const JsonNode& object);
  void note(std::string kind, std::string detail);
  std::string place() const;
  std::string_view raw_until_here(const char* begin);
  const char* location();
  template <class T>
  T take(simdjson::simdjson_result<T> result);
};

template <class T>
T JsonParser::Impl::take(simdjson::simdjson_result<T> result) {
  T value{};
  const simdjson::error_code error = std::move(result).get(value);
  if (error != simdjson::SUCCESS) throw Failure{location(), simdjson::error_message(error)};
  return value;
}

const char* JsonParser::Impl::location() {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return nullptr;
  return at;
}

std::string JsonParser::Impl::place() const {
  std::string pointer;
  for (const Step& step : steps) {
    pointer += '/';
    pointer += step.in_array ? std::to_string(step.index) : escape_pointer(step.key);
  }
  return pointer;
}

void JsonParser::Impl::note(std::string kind, std::string detail) {
  constexpr std::size_t kLongest = 120;
  if (anomalies->size() >= kMostAnomalies) return;
  if (detail.size() > kLongest) {
    std::size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(detail[cut]) & 0xC0) == 0x80) --cut;
    detail = detail.substr(0, cut) + "…";
  }
  anomalies->push_back({std::move(kind), place(), std::move(detail)});
}

std::string_view JsonParser::Impl::raw_until_here(const char* begin) {
  const char* end = location();
  if (end == nullptr) end = text.data() + text.size();
  return trim({begin, static_cast<std::size_t>(end - begin)});
}

std::string_view JsonParser::Impl::unescape(simdjson::simdjson_result<std::string_view> value,
                                            std::string_view raw_content) {
  std::string_view unescaped;
  const simdjson::error_code error = std::move(value).get(unescaped);
  if (error == simdjson::SUCCESS) return unescaped;
  std::optional<std::string> lenient = unescape_leniently(raw_content);
  if (!lenient) throw Failure{raw_content.data(), simdjson::error_message(error)};
  note("lone surrogate", "shown as U+FFFD");
  return strings.emplace_back(std::move(*lenient));
}

void JsonParser::Impl::build_number(JsonNode& node) {
  const NumberGrammar grammar(node.raw);
  if (!grammar.valid()) throw Failure{node.raw.data(), "not a JSON value"};
  const char* end = node.raw.data() + node.raw.size();
  // from_chars leaves the value alone when it is out of range; strtod would give the infinity or
  // the zero.
  if (std::from_chars(node.raw.data(), end, node.real).ec == std::errc::result_out_of_range) {
    node.real = std::strtod(std::string(node.raw).c_str(), nullptr);
  }
  node.type = JsonNode::Type::real;
  if (grammar.integral()) {
    const auto parsed = std::from_chars(node.raw.data(), end, node.integer);
    node.type = parsed.ec == std::errc() ? JsonNode::Type::integer : JsonNode::Type::huge;
  } else if (!std::isfinite(node.real)) {
    node.type = JsonNode::Type::huge;
  }
  if (node.type == JsonNode::Type::huge) note("number out of range", std::string(node.raw));
}

// `source` is a value, or a whole document that is a scalar.
template <class Source>
void JsonParser::Impl::build_scalar(Source& source, JsonNode& node) {
  switch (take(source.type())) {
    case ondemand::json_type::string:
      node.type = JsonNode::Type::string;
      node.text = unescape(source.get_string(), node.raw.substr(1));
      return;
    case ondemand::json_type::boolean:
      node.type = JsonNode::Type::boolean;
      node.boolean = take(source.get_bool());
      return;
    case ondemand::json_type::null:
      if (node.raw != "null") throw Failure{node.raw.data(), "not a JSON value"};
      node.type = JsonNode::Type::null;
      return;
    case ondemand::json_type::number:
      build_number(node);
      return;
    case ondemand::json_type::array:
    case ondemand::json_type::object:
      throw Failure{node.raw.data(), "not a scalar"};
  }
}

void JsonParser::Impl::build(ondemand::value value, JsonNode& node) {
  node.raw = trim(value.raw_json_token());
  const char* begin = node.raw.data();
  const ondemand::json_type type = take(value.type());
  if (type != ondemand::json_type::array && type != ondemand::json_type::object) {
    build_scalar(value, node);
    return;
  }
  if (steps.size() >= kMaxDepth) {
    throw Failure{begin, "nested deeper than " + std::to_string(kMaxDepth) + " levels"};
  }
  if (type == ondemand::json_type::array) {
    build_array(value, node);
  } else {
    build_object(value, node);
  }
  node.raw = raw_until_here(begin);
}

void JsonParser::Impl::build_array(ondemand::value& value, JsonNode& node) {
  node.type = JsonNode::Type::array;
  const JsonNode** link = &node.first;
  steps.push_back({{}, 0, true});
  for (auto element : take(value.get_array())) {
    JsonNode& child = nodes.emplace_back();
    build(take(element), child);
    *link = &child;
    link = &child.next;
    ++steps.back().index;
  }
  steps.pop_back();
}

void JsonParser::Impl::build_object(ondemand::value& value, JsonNode& node) {
  node.type = JsonNode::Type::object;
  const JsonNode** link = &node.first;
  steps.push_back({{}, 0, false});
  for (auto member : take(value.get_object())) {
    ondemand::field field = take(member);
    JsonNode& child = nodes.emplace_back();
    const char* raw_key = field.key().raw();
    child.key = unescape(field.unescaped_key(),
                         {raw_key, static_cast<std::size_t>(text.data() + text.size() - raw_key)});
    steps.back().key = child.key;
    build(field.value(), child);
    *link = &child;
    link = &child.next;
  }
  note_duplicates(node);
  steps.pop_back();
}

void JsonParser::Impl::note_duplicates(const JsonNode& object) {
  keys.clear();
  for (const JsonNode* child = object.first; child != nullptr; child = child->next) {
    keys.push_back(child->key);
  }
  std::sort(keys.begin(), keys.end());
  for (auto it = std::adjacent_find(keys.begin(), keys.end()); it != keys.end();
       it = std::adjacent_find(std::upper_bound(it, keys.end(), *it), keys.end())) {
    steps.back().key = *it;
    note("duplicate key", "the last value counts");
  }
}

JsonNode* JsonParser::Impl::build_root() {
  JsonNode& root = nodes.emplace_back();
  if (take(document.is_scalar())) {
    root.raw = trim(take(document.raw_json_token()));
    build_scalar(document, root);
  } else {
    build(take(document.get_value()), root);
  }
  // What is left is white space, or something that does not belong there.
  const char* rest = root.raw.data() + root.raw.size();
  const std::string_view behind(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const std::size_t extra = behind.find_first_not_of(kWhiteSpace);
  if (extra != std::string_view::npos) {
    throw Failure{rest + extra, "more text behind the end of the document"};
  }
  return &root;
}

std::size_t JsonParser::padding() {
  return simdjson::SIMDJSON_PADDING;
}

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}
JsonParser::~JsonParser() = default;

JsonResult JsonParser::parse(std::string_view text) {
  Impl& impl = *impl_;
  JsonResult result;
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  impl.text = text.substr(skipped);
  impl.nodes.clear();
  impl.strings.clear();
  impl.steps.clear();
  impl.anomalies = &result.anomalies;
  // simdjson looks at the byte behind the text when a bracket is missing, and takes what it finds.
  if (text.data() != nullptr && text.data()[text.size()] != '\0') impl.copy_text();
  if (skipped > 0) impl.note("byte order mark", "");
  if (trim(impl.text).empty()) {
    result.fault = {skipped, text.empty() ? "the file is empty" : "nothing but white space"};
    return result;
  }
  try {
    const simdjson::error_code error = impl.parser
                                           .iterate(impl.text.data(), impl.text.size(),
                                                    impl.text.size() + simdjson::SIMDJSON_PADDING)
                                           .get(impl.document);
    if (error != simdjson::SUCCESS) throw Failure{nullptr, simdjson::error_message(error)};
    result.root = impl.build_root();
  } catch (const Failure& failure) {
    const std::size_t offset =
        failure.at == nullptr ? 0 : static_cast<std::size_t>(failure.at - impl.text.data());
    result.fault = diagnose(impl.text, offset, failure.reason);
    result.fault->offset += skipped;
    result.anomalies.clear();
  }
  return result;
}

std::string minify(std::string_view raw) {
  std::string out(raw.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(raw.data(), raw.size(), out.data(), size) != simdjson::SUCCESS) {
    return std::string(raw);
  }
  out.resize(size);
  return out;
}

}  // namespace tain::syncd
