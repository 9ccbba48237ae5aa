#include "task_mapping.h"

#include "core/model/task.h"
#include "list_mapping.h"

namespace tain::syncd {
namespace {

// By core's own function, of what the row says: SQL could not cut a text as it does.
std::string display_title_of(mirror::Row& row) {
  Task task;
  if (const auto* title = std::get_if<std::string>(&row["title"])) task.title = *title;
  if (const auto* prompt = std::get_if<std::string>(&row["initial_prompt"])) {
    task.initial_prompt = *prompt;
  }
  return display_title(task);
}

}  // namespace

std::vector<mirror::Row> TaskMapping::rows(const FileRole& role, const JsonNode& root,
                                           Anomalies& anomalies, const TaskSpot& spot) const {
  mirror::Row row = task.row(root, spot.place, anomalies);
  complete_from_path(role, row);
  row["display_title"] = display_title_of(row);
  const mirror::Value id = row["id"];
  std::vector<mirror::Row> rows{std::move(row)};
  add_texts(root, session_ids, schema_->task_sessions, id, rows);
  add_texts(root, dependencies, schema_->task_dependencies, id, rows);
  for (mirror::Row& each : rows) each["line_offset"] = spot.offset;
  return rows;
}

}  // namespace tain::syncd
