// The tree that core writes: everything below `.tain/`.

#include <algorithm>
#include <map>

#include "core/fs/paths.h"
#include "core/json/pointer.h"
#include "layout.h"
#include "list_mapping.h"
#include "path_pattern.h"
#include "session_mapping.h"
#include "task_mapping.h"

namespace tain::syncd {
namespace {

struct Place {
  FileKind kind;
  PathPattern pattern;
};

// Below `.tain/`. The first that matches counts; what is left over is a document if it is JSON.
std::vector<Place> native_places() {
  const auto at_root = [](FileKind kind, PathPattern::Steps steps) {
    return Place{kind, PathPattern(std::move(steps))};
  };
  const auto in_task = [](FileKind kind, std::string_view id, PathPattern::Steps steps) {
    steps.insert(steps.begin(), {exactly(kTasksDirectory), any(id)});
    return Place{kind, PathPattern(std::move(steps))};
  };
  // A session may lie in another's directory.
  const auto in_session = [](FileKind kind, PathPattern::Steps steps) {
    steps.insert(steps.begin(), {exactly(kSessionsDirectory), below(), any("session_id")});
    return Place{kind, PathPattern(std::move(steps))};
  };
  const auto in_session_task = [&](FileKind kind, std::string_view id, std::string_view file) {
    return in_session(kind, {exactly(kTasksDirectory), any(id), exactly(file)});
  };
  return {
      at_root(FileKind::project, {exactly(kProjectFile)}),
      at_root(FileKind::config, {exactly(kConfigFile)}),
      at_root(FileKind::agent, {exactly(kAgentsDirectory), json_file("slug")}),
      at_root(FileKind::bookmark, {exactly(kBookmarksDirectory), json_file("id")}),
      at_root(FileKind::worker, {exactly(kWorkersDirectory), json_file("worker_id")}),
      at_root(FileKind::runtime_binding, {exactly(kBindingsDirectory), any("runtime_source"),
                                          json_file("runtime_session_id")}),
      in_task(FileKind::task, "id", {exactly(kTaskFile)}),
      in_task(FileKind::events, "task_id", {exactly(kEventsFile)}),
      in_task(FileKind::evaluation, "task_id", {exactly(kEvaluationFile)}),
      in_task(FileKind::execution, "task_id", {exactly(kExecutionsDirectory), json_file("id")}),
      in_session_task(FileKind::session_task, "id", kTaskFile),
      in_session_task(FileKind::messages, "task_id", kMessagesFile),
      // An event's task_id is a work item's: these are the session's.
      in_session_task(FileKind::events, "", kEventsFile),
      in_session_task(FileKind::document, "", kResultFile),
      // Whatever it is called: "state" is a run's id like any other.
      in_session(FileKind::agent_run, {exactly(kAgentRunsDirectory), json_file("id")}),
      in_session(FileKind::session, {exactly(kStateFile)}),
      in_session(FileKind::events, {exactly(kEventsFile)}),
      at_root(FileKind::events, {below(), exactly(kEventsFile)}),
  };
}

class NativeLayout final : public Layout {
 public:
  explicit NativeLayout(const mirror::Schema& schema)
      : places_(native_places()),
        one_row_{{FileKind::agent_run, Mapping(schema.agent_runs)},
                 {FileKind::execution, Mapping(schema.executions)},
                 {FileKind::evaluation, Mapping(schema.evaluations)},
                 {FileKind::session_task, Mapping(schema.session_tasks)},
                 {FileKind::bookmark, Mapping(schema.bookmarks)},
                 {FileKind::runtime_binding, Mapping(schema.runtime_bindings)},
                 {FileKind::worker, Mapping(schema.workers)},
                 {FileKind::project, Mapping(schema.projects)}},
        session_(schema),
        task_(schema),
        agent_(schema.agents),
        capability_(schema.agent_capabilities),
        setting_(schema.config) {}

  std::string_view name() const override { return "native"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<std::size_t> marker = find_marker(path);
    if (!marker || *marker + 1 >= path.size()) return std::nullopt;
    const PathParts inside(path.begin() + static_cast<std::ptrdiff_t>(*marker) + 1, path.end());
    FileRole role{FileKind::document, name(), join_path(path, *marker)};
    for (const Place& place : places_) {
      const auto names = place.pattern.match(inside);
      if (!names) continue;
      role.kind = place.kind;
      for (const auto& [column, value] : *names) role.names.emplace_back(column, value);
      return role;
    }
    return inside.back().ends_with(kJsonSuffix) ? std::optional(role) : std::nullopt;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_marker(directory).has_value();
  }

  Whereabouts whereabouts() const override { return {.markers = {std::string(kProjectMarker)}}; }

  std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                   Anomalies& anomalies) const override {
    switch (role.kind) {
      case FileKind::session:
        return session_.rows(role, root, anomalies);
      case FileKind::task:
        return task_.rows(role, root, anomalies);
      case FileKind::agent:
        return agent_rows(role, root, anomalies);
      case FileKind::config:
        return config_rows(root, anomalies);
      case FileKind::agent_run:
      case FileKind::execution:
      case FileKind::evaluation:
      case FileKind::session_task:
      case FileKind::bookmark:
      case FileKind::runtime_binding:
      case FileKind::worker:
      case FileKind::project:
        return {one_row(role, root, anomalies)};
      case FileKind::events:  // line by line, see LineMapping
      case FileKind::messages:
      case FileKind::tasks:
      case FileKind::transcript:
      case FileKind::document:  // whole in `documents`, and nowhere else
        return {};
    }
    return {};
  }

 private:
  // A project inside another's `.tain` would be a strange thing; the innermost counts.
  static std::optional<std::size_t> find_marker(const PathParts& path) {
    const auto found = std::find(path.rbegin(), path.rend(), kProjectMarker);
    if (found == path.rend()) return std::nullopt;
    return static_cast<std::size_t>(path.rend() - found) - 1;
  }

  mirror::Row one_row(const FileRole& role, const JsonNode& root, Anomalies& anomalies) const {
    mirror::Row row = one_row_.at(role.kind).row(root, "", anomalies);
    complete_from_path(role, row);
    return row;
  }

  std::vector<mirror::Row> agent_rows(const FileRole& role, const JsonNode& root,
                                      Anomalies& anomalies) const {
    mirror::Row agent = agent_.row(root, "", anomalies);
    complete_from_path(role, agent);
    if (mirror::is_null(agent["id"])) agent["id"] = agent["slug"];  // which core gives it, too
    const mirror::Value id = agent["id"];
    std::vector<mirror::Row> rows{std::move(agent)};
    add_objects(root, "capabilities", capability_, rows, anomalies);
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) (*row)["agent_id"] = id;
    return rows;
  }

  // A setting that is no object is there, and says nothing. Of several of one name the last counts,
  // as everywhere in an object.
  std::vector<mirror::Row> config_rows(const JsonNode& root, Anomalies& anomalies) const {
    std::vector<mirror::Row> rows;
    std::map<std::string_view, std::size_t> rows_by_key;
    for (const JsonNode* entry = root.first; entry != nullptr; entry = entry->next) {
      std::string place;
      append_to_pointer(place, entry->key);
      if (entry->type != JsonNode::Type::object) reject(place, "an object", *entry, anomalies);
      mirror::Row row = setting_.row(*entry, place, anomalies);
      row["key"] = std::string(entry->key);
      const auto [known, is_new] = rows_by_key.emplace(entry->key, rows.size());
      if (is_new) rows.emplace_back();
      rows[known->second] = std::move(row);
    }
    return rows;
  }

  std::vector<Place> places_;
  std::map<FileKind, Mapping> one_row_;
  SessionMapping session_;
  TaskMapping task_;
  Mapping agent_;
  Mapping capability_;
  Mapping setting_;
};

}  // namespace

std::unique_ptr<Layout> make_native_layout(const mirror::Schema& schema) {
  return std::make_unique<NativeLayout>(schema);
}

}  // namespace tain::syncd
