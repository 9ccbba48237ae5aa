#include "event_mapping.h"

#include <nlohmann/json.hpp>

namespace tain::syncd {
EventMapping::EventMapping(const mirror::Schema& schema, std::size_t max_body)
    : mapping_(schema.events),
      max_body_(max_body),
      line_offset_(schema.events.index_of("line_offset")),
      line_length_(schema.events.index_of("line_length")),
      session_id_(schema.events.index_of("session_id")),
      extra_(schema.events.index_of("extra")),
      left_in_file_(schema.events.index_of("left_in_file")) {}

mirror::Row EventMapping::row(const FileRole& role, const JsonNode& line, std::int64_t offset,
                              std::int64_t length, Anomalies& anomalies) const {
  mirror::Row row = mapping_.row(line, "", anomalies);
  row.values[line_offset_] = offset;
  row.values[line_length_] = length;
  if (mirror::is_null(row.values[session_id_]) && !role.session.empty()) {
    row.values[session_id_] = role.session;
  }
  std::string extra = mapping_.uncovered(line);
  if (!extra.empty()) row.values[extra_] = std::move(extra);
  if (length > static_cast<std::int64_t>(max_body_)) leave_long_texts(row);
  return row;
}

void EventMapping::leave_long_texts(mirror::Row& row) const {
  nlohmann::json left = nlohmann::json::array();
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const std::string* text = std::get_if<std::string>(&row.values[i]);
    if (text == nullptr || text->size() <= max_body_) continue;
    left.push_back(row.table->columns[i].name);
    row.values[i] = std::monostate();
  }
  if (!left.empty()) row.values[left_in_file_] = left.dump();
}

}  // namespace tain::syncd
