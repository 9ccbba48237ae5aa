#include "list_mapping.h"

#include <utility>

namespace tain::syncd {

const JsonNode* find_container(const JsonNode& root, std::string_view path, JsonNode::Type type,
                               Anomalies& anomalies) {
  const JsonNode* node = find_path(root, path);
  if (node == nullptr || node->type == type) return node;
  reject(pointer_to(path), type == JsonNode::Type::array ? "a list" : "an object", *node,
         anomalies);
  return nullptr;
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
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    if (child->type != JsonNode::Type::string) continue;
    rows.push_back({&table, {position, owner, std::string(child->text)}});
  }
}

}  // namespace tain::syncd
