#include "session_mapping.h"

#include <map>
#include <set>
#include <utility>

#include "core/json/time.h"

namespace tain::syncd {
namespace {

using mirror::Row;
using mirror::Value;

// Text as it is; anything else as JSON.
std::string text_or_json(const JsonNode& node) {
  return node.type == JsonNode::Type::string ? std::string(node.text) : minify(node.raw);
}

void reject(const std::string& place, std::string_view expected, const JsonNode& found,
            Anomalies& anomalies) {
  anomalies.push_back(
      {"wrong type", place, "expected " + std::string(expected) + ", found " + show(found)});
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

// Where "a.b" stands, as a JSON pointer.
std::string pointer(std::string_view path) {
  std::string text = "/";
  for (const char c : path) text += c == '.' ? '/' : c;
  return text;
}

// The container at `path`; null where there is none, with an anomaly where there is something else.
const JsonNode* container(const JsonNode& root, std::string_view path, JsonNode::Type type,
                          Anomalies& anomalies) {
  const JsonNode* node = find_path(root, path);
  if (node == nullptr || node->type == type) return node;
  reject(pointer(path), type == JsonNode::Type::array ? "a list" : "an object", *node, anomalies);
  return nullptr;
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
  Value& id = rows.front()["session_id"];
  if (mirror::is_null(id)) id = role.session;
  add_phases(root, rows, anomalies);
  add_checkpoints(root, rows, anomalies);
  add_list(root, "commits", commit, rows, anomalies);
  add_list(root, "key_decisions", decision, rows, anomalies);
  add_goals(root, rows, anomalies);
  add_questions(root, rows, anomalies);
  add_artifacts(root, rows, anomalies);
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
  const JsonNode* history = container(root, "phase_history", JsonNode::Type::object, anomalies);
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
        reject(pointer(path) + "/" + std::to_string(index), "a checkpoint's number", *child,
               anomalies);
      }
    }
    return;
  }
}

void SessionMapping::add_list(const JsonNode& root, const char* key, const Mapping& mapping,
                              Rows& rows, Anomalies& anomalies) const {
  const JsonNode* list = container(root, key, JsonNode::Type::array, anomalies);
  if (list == nullptr) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    const std::string place = std::string("/") + key + "/" + std::to_string(position);
    if (child->type != JsonNode::Type::object) {
      reject(place, "an object", *child, anomalies);
      continue;
    }
    Row row = mapping.row(*child, place, anomalies);
    row["position"] = position;
    rows.push_back(std::move(row));
  }
}

void SessionMapping::add_goals(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  std::map<std::string, std::int64_t> positions;  // two paths may lead to one level
  for (const auto& [level, path] : goals) {
    const JsonNode* list = container(root, path, JsonNode::Type::array, anomalies);
    if (list == nullptr) continue;
    for (const JsonNode* child = list->first; child != nullptr; child = child->next) {
      rows.push_back({&schema_->session_goals, {level, positions[level]++, text_or_json(*child)}});
    }
  }
}

void SessionMapping::add_questions(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* list = container(root, "open_questions", JsonNode::Type::array, anomalies);
  if (list == nullptr) return;
  std::int64_t position = 0;
  for (const JsonNode* child = list->first; child != nullptr; child = child->next, ++position) {
    rows.push_back({&schema_->session_questions, {position, text_or_json(*child)}});
  }
}

void SessionMapping::add_artifacts(const JsonNode& root, Rows& rows, Anomalies& anomalies) const {
  const JsonNode* artifacts = container(root, "artifacts", JsonNode::Type::object, anomalies);
  if (artifacts == nullptr) return;
  for (const JsonNode* child = artifacts->first; child != nullptr; child = child->next) {
    rows.push_back({&schema_->session_artifacts, {std::string(child->key), text_or_json(*child)}});
  }
}

}  // namespace tain::syncd
