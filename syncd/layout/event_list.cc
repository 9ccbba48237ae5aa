#include "event_list.h"

#include <optional>

#include "core/model/classification.h"
#include "list_mapping.h"

namespace tain::syncd {
namespace {

// The lane that core's own writer would have given to an event of this type.
void fill_lane(mirror::Row& row) {
  const auto* type = std::get_if<std::string>(&row["type"]);
  mirror::Value& lane = row["lane"];
  if (type == nullptr || !mirror::is_null(lane)) return;
  if (const std::optional<Lane> usual = default_lane(*type)) lane = std::string(to_text(*usual));
}

}  // namespace

EventList::EventList(const mirror::Schema& schema) : event(schema.events) {}

mirror::Row EventList::row(const JsonNode& object, const std::string& place, const Names& names,
                           Anomalies& anomalies) const {
  mirror::Row row = event.row(object, place, anomalies);
  for (const auto& [column, value] : names) {
    if (mirror::is_null(row[column])) row[column] = value;
  }
  fill_lane(row);
  std::string extra = event.uncovered(object);
  if (!extra.empty()) row["extra"] = std::move(extra);
  return row;
}

void EventList::add(const JsonNode& root, std::string_view path, const Names& names,
                    std::vector<mirror::Row>& rows, Anomalies& anomalies, std::int64_t base) const {
  each_object(root, path, anomalies, [&](const JsonNode& object, const std::string& place) {
    mirror::Row& added = rows.emplace_back(row(object, place, names, anomalies));
    added["line_offset"] = base + static_cast<std::int64_t>(object.offset);
    added["line_length"] = static_cast<std::int64_t>(object.raw.size());
  });
}

}  // namespace tain::syncd
