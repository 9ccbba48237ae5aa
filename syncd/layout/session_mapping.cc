#include "session_mapping.h"

#include <map>
#include <set>
#include <utility>

#include "core/json/time.h"
#include "list_mapping.h"

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
  reject(place, "a time", *node, anomalies);
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
      schema_(&schema) {}

std::vector<Row> SessionMapping::rows(const FileRole& role, const JsonNode& root,
                                      Anomalies& anomalies) const {
  Rows rows;
  rows.push_back(session.row(root, "", anomalies));
  complete_from_path(role, rows.front());
  const Value id = rows.front()["session_id"];
  add_phases(root, rows, anomalies);
  add_checkpoints(root, rows, anomalies);
  add_objects(root, "commits", commit, rows, anomalies);
  add_objects(root, "key_decisions", decision, rows, anomalies);
  add_goals(root, rows, anomalies);
  add_questions(root, rows, anomalies);
  add_artifacts(root, rows, anomalies);
  add_texts(root, task_ids, schema_->session_task_ids, id, rows);
  return rows;
}

void SessionMapping::add_phase(const std::string& phase, const PhaseTimes& times, Rows& rows,
                               Anomalies& anomalies) const {
  Value started = time_value(times.started, times.started_place, anomalies);
  Value completed = time_value(times.completed, times.completed_place, anomalies);
  if (mirror::is_null(started) && mirror::is_null(completed)) return;  // never entered
  rows.push_back({&schema_->session_phases, {phase, std::move(started), std::move(completed)}});
}

// The phases are the file's own: a name that we do not know is one, too.
void SessionMapping::add_phases(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  constexpr std::string_view kStarted = "_started_at";
  constexpr std::string_view kCompleted = "_completed_at";
  const JsonNode* history =
      find_container(root, "phase_history", JsonNode::Type::object, anomalies);
  if (history == nullptr) return;
  std::set<std::string> phases;
  for (const JsonNode* child = history->first; child != nullptr; child = child->next) {
    for (const std::string_view suffix : {kStarted, kCompleted}) {
      if (child->key.ends_with(suffix)) {
        phases.emplace(child->key.substr(0, child->key.size() - suffix.size()));
      }
    }
  }
  for (const std::string& phase : phases) {
    const std::string started = phase + std::string(kStarted);
    const std::string completed = phase + std::string(kCompleted);
    add_phase(phase,
              {history->find(started), history->find(completed), "/phase_history/" + started,
               "/phase_history/" + completed},
              rows, anomalies);
  }
}

void SessionMapping::add_checkpoints(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  for (const std::string& path : checkpoints) {
    const JsonNode* list = find_path(root, path);
    if (list == nullptr) continue;
    std::size_t index = 0;
    for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++index) {
      if (child->type == JsonNode::Type::integer) {
        rows.push_back({&schema_->session_checkpoints, {child->integer}});
      } else {
        reject(pointer_to(path) + "/" + std::to_string(index), "a checkpoint's number", *child,
               anomalies);
      }
    }
    return;
  }
}

void SessionMapping::add_goals(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  std::map<std::string, std::int64_t> positions;  // two paths may lead to one level
  for (const auto& [level, path] : goals) {
    const JsonNode* list = find_container(root, path, JsonNode::Type::array, anomalies);
    if (list == nullptr) continue;
    for (const JsonNode* child = list->first; child != nullptr; child = child->next) {
      rows.push_back({&schema_->session_goals, {level, positions[level]++, text_or_json(*child)}});
    }
  }
}

void SessionMapping::add_questions(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* list = find_container(root, "open_questions", JsonNode::Type::array, anomalies);
  if (list == nullptr) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    rows.push_back({&schema_->session_questions, {position, text_or_json(*child)}});
  }
}

void SessionMapping::add_artifacts(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* artifacts = find_container(root, "artifacts", JsonNode::Type::object, anomalies);
  if (artifacts == nullptr) return;
  for (const JsonNode* child = artifacts->first; child != nullptr; child = child->next) {
    rows.push_back({&schema_->session_artifacts, {std::string(child->key), text_or_json(*child)}});
  }
}

}  // namespace tain::syncd
