#include "mapping.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "core/json/pointer.h"
#include "core/json/time.h"

namespace tain::syncd {
namespace {

// Of one document: a file of nothing but oddities must not fill the mirror.
constexpr std::size_t kMostOddities = 200;

std::string to_camel_case(const std::string& name) {
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_hump = name[i] == '_' && i > 0 && i + 1 < name.size();
    if (!is_hump) {
      camel += name[i];
    } else {
      const char next = name[++i];
      camel += next >= 'a' && next <= 'z' ? static_cast<char>(next - 'a' + 'A') : next;
    }
  }
  return camel;
}

using Keys = std::span<const std::string>;

// The value behind `keys`, or null; JSON null counts as absent.
const JsonNode* follow(const JsonNode* node, Keys keys) {
  for (const std::string& key : keys) {
    if (node == nullptr) return nullptr;
    node = node->find(key);
  }
  return node == nullptr || node->type == JsonNode::Type::null ? nullptr : node;
}

std::string pointer(const std::string& place, const std::vector<std::string>& path) {
  std::string text = place;
  for (const std::string& key : path) append_to_pointer(text, key);
  return text;
}

std::string_view expected(mirror::JsonShape shape) {
  switch (shape) {
    case mirror::JsonShape::any:
      return "JSON";
    case mirror::JsonShape::object:
      return "an object";
    case mirror::JsonShape::list:
    case mirror::JsonShape::list_of_text:
    case mirror::JsonShape::list_of_objects:
      return "a list";
  }
  return {};
}

std::string_view expected(ColumnType type, mirror::JsonShape shape) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::word:
      return "text";
    case ColumnType::integer:
      return "a 64-bit integer";
    case ColumnType::real:
      return "a number that a double holds";
    case ColumnType::boolean:
      return "true or false";
    case ColumnType::time:
      return "a time";
    case ColumnType::count:
      return "a list";
    case ColumnType::json:
      return expected(shape);
  }
  return {};
}

// The number of different elements; some programs keep only the number itself.
mirror::Value count(const JsonNode& node) {
  if (node.type == JsonNode::Type::integer) return node.integer;
  if (node.type != JsonNode::Type::array) return {};
  std::set<std::string_view> elements;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
    elements.insert(child->raw);
  }
  return static_cast<std::int64_t>(elements.size());
}

std::string is_not(std::string_view expected, const JsonNode& found) {
  return "expected " + std::string(expected) + ", found " + show(found);
}

void note(Anomalies& anomalies, Anomaly anomaly) {
  if (anomalies.size() < kMostOddities) anomalies.push_back(std::move(anomaly));
}

void reject_value(const Column& column, const std::string& place, std::string_view expected,
                  const JsonNode& found, Anomalies& anomalies) {
  note(anomalies, {"wrong type", place, column.name + ": " + is_not(expected, found)});
}

mirror::Value time(const JsonNode& node) {
  std::optional<Timestamp> time;
  if (node.type == JsonNode::Type::string) time = parse_time(node.text);
  if (node.is_number()) time = time_from_number(node.real);
  if (!time) return {};
  return time->ms;
}

}  // namespace

void reject(const std::string& place, std::string_view expected, const JsonNode& found,
            Anomalies& anomalies) {
  note(anomalies, {"wrong type", place, is_not(expected, found)});
}

std::string show(const JsonNode& node) {
  constexpr std::size_t kLongest = 80;
  if (node.type == JsonNode::Type::object) return "an object";
  if (node.type == JsonNode::Type::array) return "an array";
  std::string text(node.raw.substr(0, kLongest));
  while (!text.empty() && node.raw.size() > kLongest &&
         (static_cast<unsigned char>(text.back()) & 0x80) != 0) {
    text.pop_back();  // no half of a UTF-8 character
  }
  return node.raw.size() > kLongest ? text + "…" : text;
}

std::vector<std::string> keys_of(std::string_view path) {
  std::vector<std::string> keys;
  for (;;) {
    const std::size_t dot = path.find('.');
    keys.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return keys;
    path.remove_prefix(dot + 1);
  }
}

const JsonNode* find_path(const JsonNode& object, std::string_view path) {
  return follow(&object, keys_of(path));
}

std::string pointer_to(std::string_view path) {
  return pointer("", keys_of(path));
}

// Where a value stands, of which most are never told.
struct Mapping::Place {
  const std::string& object;
  const Path& path;
  std::string text() const { return pointer(object, path); }
};

Mapping::Mapping(const mirror::Table& table) : table_(&table) {
  for (const Column& column : table.columns) {
    const auto shape = table.shapes.find(column.name);
    Source& source = sources_.emplace_back(Source{
        column, shape == table.shapes.end() ? mirror::JsonShape::any : shape->second, {}, {}});
    if (!column.path.empty()) source.paths.push_back(column.path);
  }
  number_members();
}

void Mapping::number_members() {
  members_.clear();
  has_groups_ = false;
  for (Source& source : sources_) {
    has_groups_ = has_groups_ || source.column.path.size() > 1;
    source.members.clear();
    for (const Path& path : source.paths) {
      Member& member =
          members_.try_emplace(path.front(), Member{members_.size(), false, {}}).first->second;
      source.members.push_back(member.number);
      if (path.size() == 1) {
        member.whole = true;
      } else {
        member.within.push_back(path[1]);
      }
    }
  }
}

Mapping& Mapping::also(std::string_view column, const std::string& path) {
  sources_[table_->index_of(column)].paths.push_back(keys_of(path));
  number_members();
  return *this;
}

Mapping& Mapping::only(std::string_view column, const std::vector<std::string>& paths) {
  std::vector<Path>& places = sources_[table_->index_of(column)].paths;
  places.clear();
  for (const std::string& path : paths) {
    places.push_back(keys_of(path));
    if (places.back().size() > 1) places.push_back({path});
  }
  number_members();
  return *this;
}

Mapping& Mapping::camel_case() {
  for (Source& source : sources_) {
    if (source.column.path.empty()) continue;
    Path path = source.column.path;
    std::transform(path.begin(), path.end(), path.begin(), to_camel_case);
    if (path != source.column.path) source.paths.push_back(std::move(path));
  }
  number_members();
  return *this;
}

Mapping& Mapping::elsewhere(const std::string& key) {
  elsewhere_.push_back(key);
  return *this;
}

Mapping& Mapping::word(std::string_view column, const std::string& theirs,
                       const std::string& ours) {
  sources_[table_->index_of(column)].words[theirs] = ours;
  return *this;
}

Mapping& Mapping::numbers_as_text() {
  numbers_as_text_ = true;
  return *this;
}

mirror::Row Mapping::row(const JsonNode& object, const std::string& place,
                         Anomalies& anomalies) const {
  std::vector<const JsonNode*> members(members_.size());
  for (const JsonNode* child = object.first; child != nullptr; child = child->next) {
    const auto known = members_.find(child->key);
    if (known != members_.end()) members[known->second.number] = child;  // the last one counts
  }
  mirror::Row row{table_, {}};
  row.values.reserve(sources_.size());
  for (const Source& source : sources_) {
    row.values.push_back(read(source, members, place, anomalies));
  }
  if (has_groups_) check_groups(object, place, anomalies);
  return row;
}

// Several columns may stand in one nested object; that it is none, is said once.
void Mapping::check_groups(const JsonNode& object, const std::string& place,
                           Anomalies& anomalies) const {
  std::string_view checked;
  for (const Source& source : sources_) {
    const Path& path = source.column.path;
    if (path.size() < 2 || path.front() == checked) continue;
    checked = path.front();
    const JsonNode* group = object.find(path.front());
    const bool absent = group == nullptr || group->type == JsonNode::Type::null;
    if (absent || group->type == JsonNode::Type::object) continue;
    reject(pointer(place, {path.front()}), "an object", *group, anomalies);
  }
}

mirror::Value Mapping::read(const Source& source, const std::vector<const JsonNode*>& members,
                            const std::string& place, Anomalies& anomalies) const {
  for (std::size_t i = 0; i < source.paths.size(); ++i) {
    const Path& path = source.paths[i];
    if (const JsonNode* node = follow(members[source.members[i]], Keys(path).subspan(1))) {
      return convert(source, *node, {place, path}, anomalies);
    }
  }
  return {};
}

mirror::Value Mapping::convert(const Source& source, const JsonNode& node, const Place& place,
                               Anomalies& anomalies) const {
  const ColumnType type = source.column.type;
  mirror::Value value;
  switch (type) {
    case ColumnType::text:
      if (is_text(node)) value = std::string(node.is_number() ? node.raw : node.text);
      break;
    case ColumnType::word: {
      const bool is_string = node.type == JsonNode::Type::string;
      const auto ours = source.words.find(is_string ? node.text : node.raw);
      if (ours != source.words.end()) {
        value = ours->second;
      } else if (is_string) {
        value = std::string(node.text);
      }
      break;
    }
    case ColumnType::integer:
      if (node.type == JsonNode::Type::integer) value = node.integer;
      break;
    case ColumnType::real:
      if (node.is_number() && std::isfinite(node.real)) value = node.real;
      break;
    case ColumnType::boolean:
      if (node.type == JsonNode::Type::boolean) value = std::int64_t{node.boolean};
      break;
    case ColumnType::time:
      value = time(node);
      break;
    case ColumnType::count:
      value = count(node);
      break;
    case ColumnType::json:
      value = shaped(source, node, place, anomalies);
      break;
  }
  if (mirror::is_null(value)) {
    reject_value(source.column, place.text(), expected(type, source.shape), node, anomalies);
  }
  if (type == ColumnType::word && std::holds_alternative<std::string>(value)) {
    const std::string& word = std::get<std::string>(value);
    const auto& words = source.column.words;
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      note(anomalies, {"unknown word", place.text(), source.column.name + ": " + show(node)});
    }
  }
  return value;
}

// Nothing where the whole has another shape. An element that has is an anomaly, and stays: the
// column is what the file says, and has its tables for what is meant.
mirror::Value Mapping::shaped(const Source& source, const JsonNode& node, const Place& place,
                              Anomalies& anomalies) const {
  using mirror::JsonShape;
  if (source.shape == JsonShape::any) return minify(node.raw);
  const bool is_object = node.type == JsonNode::Type::object;
  if (source.shape == JsonShape::object && !is_object) return {};
  if (source.shape != JsonShape::object && node.type != JsonNode::Type::array) return {};
  std::size_t index = 0;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next, ++index) {
    const auto here = [&] { return place.text() + "/" + std::to_string(index); };
    if (source.shape == JsonShape::list_of_text && !is_text(*child)) {
      reject_value(source.column, here(), "text", *child, anomalies);
    }
    if (source.shape == JsonShape::list_of_objects && child->type != JsonNode::Type::object) {
      reject_value(source.column, here(), "an object", *child, anomalies);
    }
  }
  return minify(node.raw);
}

bool Mapping::is_text(const JsonNode& node) const {
  return node.type == JsonNode::Type::string || (numbers_as_text_ && node.is_number());
}

bool Mapping::covers(const JsonNode& member) const {
  if (std::find(elsewhere_.begin(), elsewhere_.end(), member.key) != elsewhere_.end()) return true;
  const auto known = members_.find(member.key);
  const bool is_object = member.type == JsonNode::Type::object;
  if (known == members_.end()) return is_object && member.first == nullptr;
  if (known->second.whole) return true;
  if (!is_object) return false;
  const std::vector<std::string>& within = known->second.within;
  for (const JsonNode* child = member.first; child != nullptr; child = child->next) {
    if (std::find(within.begin(), within.end(), child->key) == within.end()) return false;
  }
  return true;
}

std::string Mapping::uncovered(const JsonNode& object) const {
  std::string json;
  for (const JsonNode* member = object.first; member != nullptr; member = member->next) {
    if (covers(*member)) continue;
    json.append(json.empty() ? "{" : ",");
    json.append(nlohmann::json(member->key).dump()).append(":").append(minify(member->raw));
  }
  return json.empty() ? json : json + "}";
}

}  // namespace tain::syncd
