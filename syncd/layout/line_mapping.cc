#include "line_mapping.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/model/classification.h"

namespace tain::syncd {
namespace {

// The lane that core's own writer would have given to an event of this type.
mirror::Value lane_by_type(const JsonNode& event) {
  const JsonNode* type = event.find("type");
  if (type == nullptr || type->type != JsonNode::Type::string) return {};
  const std::optional<Lane> lane = default_lane(type->text);
  if (!lane) return {};
  return std::string(to_text(*lane));
}

}  // namespace

LineMapping::LineMapping(const mirror::Schema& schema, std::size_t max_body)
    : event_(schema.events),
      message_(schema.session_task_messages),
      lane_(schema.events.index_of("lane")),
      max_body_(max_body) {
  event_.also("lane", "classification.lane");
}

mirror::Row LineMapping::row(const FileRole& role, const LogLine& line,
                             Anomalies& anomalies) const {
  if (role.kind == FileKind::messages) return row(message_, role, line, anomalies);
  mirror::Row event = row(event_, role, line, anomalies);
  if (mirror::is_null(event.values[lane_]) && find_path(line.object, "lane") == nullptr) {
    event.values[lane_] = lane_by_type(line.object);
  }
  return event;
}

mirror::Row LineMapping::row(const Mapping& mapping, const FileRole& role, const LogLine& line,
                             Anomalies& anomalies) const {
  mirror::Row row = mapping.row(line.object, "", anomalies);
  row["line_offset"] = line.offset;
  row["line_length"] = line.length;
  complete_from_path(role, row);
  std::string extra = mapping.uncovered(line.object);
  if (!extra.empty()) row["extra"] = std::move(extra);
  if (line.length > static_cast<std::int64_t>(max_body_)) leave_long_texts(row);
  return row;
}

void LineMapping::leave_long_texts(mirror::Row& row) const {
  nlohmann::json left = nlohmann::json::array();
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const std::string* text = std::get_if<std::string>(&row.values[i]);
    if (text == nullptr || text->size() <= max_body_) continue;
    left.push_back(row.table->columns[i].name);
    row.values[i] = std::monostate();
  }
  if (!left.empty()) row["left_in_file"] = left.dump();
}

}  // namespace tain::syncd
