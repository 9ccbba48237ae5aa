#include "session_mapping.h"

#include "core/json/time.h"
#include "core/model/session.h"

namespace tain::syncd {
namespace {

using mirror::Row;
using mirror::Value;

// Text as it is; anything else as JSON.
std::string text_or_json(const JsonNode& node) {
  return node.type == JsonNode::Type::string ? std::string(node.text) : minify(node.raw);
}

Value time_value(const JsonNode* node, const std::string& place, Anomalies& anomalies) {
  if (node == nullptr || node->type == JsonNode::Type::null) return {};
  std::optional<Timestamp> time;
  if (node->type == JsonNode::Type::string) time = parse_time(node->text);
  if (node->is_number()) time = time_from_number(node->real);
  if (time) return time->ms;
  anomalies.push_back({"wrong type", place, "expected a time, found " + std::string(node->raw)});
  return {};
}

}  // namespace

SessionMapping::SessionMapping(const mirror::Schema& schema)
    : session(schema.sessions),
      commit(schema.session_commits),
      decision(schema.session_decisions),
      goals{{"high_level", "goals.high_level"},
            {"mid_level", "goals.mid_level"},
            {"detailed", "goals.detailed"}},
      checkpoints{"build_progress.checkpoints_completed"},
      phase_history("phase_history"),
      schema_(&schema) {}

std::vector<Row> SessionMapping::rows(const FileRole& role, const JsonNode& root,
                                      Anomalies& anomalies) const {
  Rows rows;
  rows.push_back(session.row(root, "", anomalies));
  Value& id = rows.front()["session_id"];
  if (mirror::is_null(id)) id = role.session;
  add_phases(root, rows, anomalies);
  add_checkpoints(root, rows, anomalies);
  add_list(root, "commits", commit, rows, anomalies);
  add_list(root, "key_decisions", decision, rows, anomalies);
  add_goals(root, rows);
  add_questions(root, rows);
  add_artifacts(root, rows);
  return rows;
}

Row SessionMapping::phase_row(const std::string& phase, const JsonNode* started,
                              const JsonNode* completed, const std::string& place,
                              Anomalies& anomalies) const {
  return {&schema_->session_phases,
          {phase, time_value(started, place, anomalies), time_value(completed, place, anomalies)}};
}

void SessionMapping::add_phases(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* history = find_path(root, phase_history);
  if (history == nullptr) return;
  for (const auto& [phase, word] : Vocabulary<Phase>::words) {
    const std::string name(word);
    const JsonNode* started = history->find(name + "_started_at");
    const JsonNode* completed = history->find(name + "_completed_at");
    Row row = phase_row(name, started, completed, "/" + phase_history + "/" + name, anomalies);
    const bool entered =
        !mirror::is_null(row["started_at"]) || !mirror::is_null(row["completed_at"]);
    if (entered) rows.push_back(std::move(row));
  }
}

void SessionMapping::add_checkpoints(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* list = nullptr;
  for (const std::string& path : checkpoints) {
    if (list == nullptr) list = find_path(root, path);
  }
  if (list == nullptr || list->type != JsonNode::Type::array) return;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next) {
    if (child->type == JsonNode::Type::integer) {
      rows.push_back({&schema_->session_checkpoints, {child->integer}});
    } else {
      anomalies.push_back({"wrong type", "/" + checkpoints.front(),
                           "expected a checkpoint's number, found " + std::string(child->raw)});
    }
  }
}

void SessionMapping::add_list(const JsonNode& root, const char* key, const Mapping& mapping,
                              Rows& rows, Anomalies& anomalies) const {
  const JsonNode* list = root.find(key);
  if (list == nullptr || list->type != JsonNode::Type::array) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    const std::string place = std::string("/") + key + "/" + std::to_string(position);
    Row row = mapping.row(*child, place, anomalies);
    row["position"] = position;
    rows.push_back(std::move(row));
  }
}

void SessionMapping::add_goals(const JsonNode& root, Rows& rows) const {
  for (const auto& [level, path] : goals) {
    const JsonNode* list = find_path(root, path);
    if (list == nullptr || list->type != JsonNode::Type::array) continue;
    std::int64_t position = 0;
    for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
      rows.push_back({&schema_->session_goals, {level, position, text_or_json(*child)}});
    }
  }
}

void SessionMapping::add_questions(const JsonNode& root, Rows& rows) const {
  const JsonNode* list = root.find("open_questions");
  if (list == nullptr || list->type != JsonNode::Type::array) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    rows.push_back({&schema_->session_questions, {position, text_or_json(*child)}});
  }
}

void SessionMapping::add_artifacts(const JsonNode& root, Rows& rows) const {
  const JsonNode* artifacts = root.find("artifacts");
  if (artifacts == nullptr || artifacts->type != JsonNode::Type::object) return;
  for (const JsonNode* child = artifacts->first; child != nullptr; child = child->next) {
    rows.push_back({&schema_->session_artifacts, {std::string(child->key), text_or_json(*child)}});
  }
}

}  // namespace tain::syncd
