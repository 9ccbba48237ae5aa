#include "list_mapping.h"

#include <utility>

namespace tain::syncd {
namespace {

// `node` stands at `place`.
void visit_below(const JsonNode& node, const std::string& place, std::string_view path,
                 Anomalies& anomalies, const VisitObject& visit) {
  constexpr std::string_view kEach = "[].";
  const std::size_t each = path.find(kEach);
  const std::string_view way = path.substr(0, each);
  const JsonNode* list = find_path(node, way);
  if (list == nullptr) return;
  const std::string here = place + pointer_to(way);
  if (list->type != JsonNode::Type::array) return reject(here, "a list", *list, anomalies);
  std::size_t index = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++index) {
    const std::string at = here + "/" + std::to_string(index);
    if (child->type != JsonNode::Type::object) {
      reject(at, "an object", *child, anomalies);
    } else if (each == std::string_view::npos) {
      visit(*child, at);
    } else {
      visit_below(*child, at, path.substr(each + kEach.size()), anomalies, visit);
    }
  }
}

}  // namespace

const JsonNode* find_container(const JsonNode& root, std::string_view path, JsonNode::Type type,
                               Anomalies& anomalies) {
  const JsonNode* node = find_path(root, path);
  if (node == nullptr || node->type == type) return node;
  reject(pointer_to(path), type == JsonNode::Type::array ? "a list" : "an object", *node,
         anomalies);
  return nullptr;
}

void each_object(const JsonNode& root, std::string_view path, Anomalies& anomalies,
                 const VisitObject& visit) {
  visit_below(root, "", path, anomalies, visit);
}

void add_objects(const JsonNode& root, const std::string& key, const Mapping& mapping,
                 std::vector<mirror::Row>& rows, Anomalies& anomalies) {
  const JsonNode* list = find_container(root, key, JsonNode::Type::array, anomalies);
  if (list == nullptr) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    const std::string place = pointer_to(key) + "/" + std::to_string(position);
    if (child->type != JsonNode::Type::object) {
      reject(place, "an object", *child, anomalies);
      continue;
    }
    mirror::Row row = mapping.row(*child, place, anomalies);
    row["position"] = position;
    rows.push_back(std::move(row));
  }
}

void add_texts(const JsonNode& root, std::string_view key, const mirror::Table& table,
               const mirror::Value& owner, std::vector<mirror::Row>& rows) {
  const JsonNode* list = root.find(key);
  if (list == nullptr || list->type != JsonNode::Type::array) return;
  const std::size_t first = table.index_of("position");  // then whose list it is, and the text
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    if (child->type != JsonNode::Type::string) continue;
    mirror::Row row{&table, std::vector<mirror::Value>(table.columns.size())};
    row.values[first] = position;
    row.values[first + 1] = owner;
    row.values[first + 2] = std::string(child->text);
    rows.push_back(std::move(row));
  }
}

}  // namespace tain::syncd
