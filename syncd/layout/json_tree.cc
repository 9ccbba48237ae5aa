#include "json_tree.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <cmath>
#include <deque>
#include <functional>

#include "core/json/pointer.h"
#include "redaction.h"

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

namespace {

// Where nodes live until the next text, at addresses that stay. What a usual text takes is kept, so
// that only an unusual one asks for memory.
class Nodes {
 public:
  std::size_t size() const { return size_; }
  JsonNode& add() {
    if (size_ == blocks_.size() * kBlock) {
      blocks_.push_back(std::make_unique<std::array<JsonNode, kBlock>>());
    }
    JsonNode& node = (*blocks_[size_ / kBlock])[size_ % kBlock];
    ++size_;
    node = {};
    return node;
  }
  void clear() {
    size_ = 0;
    if (blocks_.size() > kKept) blocks_.resize(kKept);
  }

 private:
  static constexpr std::size_t kBlock = 256;
  static constexpr std::size_t kKept = 64;  // blocks, of some 30 KB
  std::vector<std::unique_ptr<std::array<JsonNode, kBlock>>> blocks_;
  std::size_t size_ = 0;
};

// Tells for most objects at once that no key is repeated: a bit for each hash that was seen.
class KeysSeen {
 public:
  // False: certainly not.
  bool may_have(std::string_view key) {
    const std::size_t bit = std::hash<std::string_view>()(key) % bits_.size();
    const bool seen = bits_.test(bit);
    bits_.set(bit);
    return seen;
  }

 private:
  std::bitset<2048> bits_;
};

}  // namespace

struct JsonParser::Impl {
  ondemand::parser parser;
  ondemand::document document;
  std::string_view text;
  std::size_t skipped = 0;  // bytes of what was given, before `text`
  std::string copy;
  std::string redacted;
  const Redaction* redaction = nullptr;
  bool is_of_concern = false;  // a key was met that `redaction` has to look at
  Nodes nodes;
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
  JsonNode& add_node();
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
  std::size_t offset_of(std::string_view raw) const {
    return skipped + static_cast<std::size_t>(raw.data() - text.data());
  }
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
    append_to_pointer(pointer, step.in_array ? std::to_string(step.index) : step.key);
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

JsonNode& JsonParser::Impl::add_node() {
  if (nodes.size() >= kMaxValues) {
    throw Failure{location(), "more than " + std::to_string(kMaxValues) + " values"};
  }
  return nodes.add();
}

void JsonParser::Impl::build_number(JsonNode& node) {
  const NumberSyntax syntax = check_number(node.raw);
  if (!syntax.valid) throw Failure{node.raw.data(), "not a JSON value"};
  const char* end = node.raw.data() + node.raw.size();
  // from_chars leaves the value alone when it is out of range; strtod would give the infinity or
  // the zero.
  if (std::from_chars(node.raw.data(), end, node.real).ec == std::errc::result_out_of_range) {
    node.real = std::strtod(std::string(node.raw).c_str(), nullptr);
  }
  node.type = JsonNode::Type::real;
  if (syntax.integral) {
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
  node.offset = offset_of(node.raw);
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
    JsonNode& child = add_node();
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
    JsonNode& child = add_node();
    const char* raw_key = field.key().raw();
    child.key = unescape(field.unescaped_key(),
                         {raw_key, static_cast<std::size_t>(text.data() + text.size() - raw_key)});
    steps.back().key = child.key;
    if (redaction != nullptr && redaction->concerns(child.key)) is_of_concern = true;
    build(field.value(), child);
    *link = &child;
    link = &child.next;
  }
  note_duplicates(node);
  steps.pop_back();
}

void JsonParser::Impl::note_duplicates(const JsonNode& object) {
  KeysSeen seen;
  bool may_repeat = false;
  keys.clear();
  for (const JsonNode* child = object.first; child != nullptr; child = child->next) {
    keys.push_back(child->key);
    may_repeat = seen.may_have(child->key) || may_repeat;
  }
  if (!may_repeat) return;
  std::sort(keys.begin(), keys.end());
  for (auto it = std::adjacent_find(keys.begin(), keys.end()); it != keys.end();
       it = std::adjacent_find(std::upper_bound(it, keys.end(), *it), keys.end())) {
    steps.back().key = *it;
    note("duplicate key", "the last value counts");
  }
}

JsonNode* JsonParser::Impl::build_root() {
  JsonNode& root = add_node();
  if (take(document.is_scalar())) {
    root.raw = trim(take(document.raw_json_token()));
    root.offset = offset_of(root.raw);
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

JsonParser::JsonParser(const Redaction* redaction)
    : impl_(std::make_unique<Impl>()), redaction_(redaction) {
  impl_->redaction = redaction;
}
JsonParser::~JsonParser() = default;

// What is blanked is parsed a second time: ranges of the first tree hold what must not be seen.
JsonResult JsonParser::parse(std::string_view text) {
  JsonResult result = parse_whole(text);
  if (result.fault || !impl_->is_of_concern) return result;
  std::optional<std::string> redacted = redaction_->apply(*result.root, text);
  if (!redacted) return result;
  const std::size_t size = redacted->size();
  impl_->redacted = std::move(*redacted);
  impl_->redacted.resize(size + simdjson::SIMDJSON_PADDING);
  return parse_whole(std::string_view(impl_->redacted).substr(0, size));
}

JsonResult JsonParser::parse_whole(std::string_view text) {
  Impl& impl = *impl_;
  JsonResult result;
  result.text = text;
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  impl.skipped = skipped;
  impl.is_of_concern = false;
  impl.text = text.substr(skipped);
  impl.nodes.clear();
  impl.strings.clear();
  impl.steps.clear();
  impl.anomalies = &result.anomalies;
  // simdjson looks at the byte behind the text when a bracket is missing, and takes what it finds:
  // nothing, at the end of a line or of all.
  const char behind = text.data() == nullptr ? '\0' : text.data()[text.size()];
  if (behind != '\0' && behind != '\n') impl.copy_text();
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
    result.fault = diagnose(impl.text, {offset, failure.reason});
    result.fault->offset += skipped;
    result.anomalies.clear();
  }
  return result;
}

std::string minify(std::string_view raw) {
  if (raw.find_first_of(kWhiteSpace) == std::string_view::npos) return std::string(raw);
  std::string out(raw.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(raw.data(), raw.size(), out.data(), size) != simdjson::SUCCESS) {
    return std::string(raw);
  }
  out.resize(size);
  return out;
}

}  // namespace tain::syncd
