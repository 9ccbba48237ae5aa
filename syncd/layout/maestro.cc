// The trees of the program that seed 001 describes: `projects/*.json`, `tasks/<project>/*.json`
// (and, of its older versions, `tasks/*.json`) and `sessions/*.json`, camelCase, milliseconds.
//
// They lie below a directory `.maestro`, where every JSON file is that program's. Elsewhere (a
// copy, or a server that was given another directory) only the ids tell that a file is: it calls
// each as its id, which begins with `proj_`, `task_` or `sess_`.
//
// A project is a file there, so its tasks and sessions are those of `<tree>/projects/<id>`: two
// programs' projects in one working directory stay two, and `projects.working_dir` joins them. A
// session and an old task are in one directory with those of other projects, so their content says
// whose they are.

#include <algorithm>

#include "core/fs/paths.h"
#include "event_list.h"
#include "layout.h"
#include "path_pattern.h"
#include "session_mapping.h"
#include "task_mapping.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kMaestroMarker = ".maestro";
constexpr std::string_view kMaestroProjects = "projects";
constexpr std::string_view kTeamMembers = "team-members";

SessionMapping make_maestro_session(const mirror::Schema& schema) {
  SessionMapping mapping(schema);
  mapping.task_ids = "taskIds";
  mapping.session.camel_case()
      .numbers_as_text()
      .also("session_id", "id")
      .also("topic", "name")
      .also("created_at", "startedAt")
      .also("last_activity_at", "lastActivity")
      .also("updated_at", "lastActivity")
      .word("status", "active", "running")
      .word("status", "working", "running")
      .word("status", "idle", "waiting")
      .word("status", "complete", "completed")
      .word("status", "errored", "failed")
      .word("status", "stopped", "cancelled")
      .word("status", "canceled", "cancelled");
  return mapping;
}

TaskMapping make_maestro_task(const mirror::Schema& schema) {
  TaskMapping mapping(schema);
  mapping.session_ids = "sessionIds";
  mapping.task.camel_case()
      .numbers_as_text()
      .also("due_at", "dueDate")
      .word("status", "todo", "pending")
      .word("status", "open", "pending")
      .word("status", "running", "in_progress")
      .word("status", "done", "completed")
      .word("status", "closed", "completed")
      .word("status", "errored", "failed")
      .word("status", "canceled", "cancelled");
  return mapping;
}

EventList make_maestro_events(const mirror::Schema& schema) {
  EventList events(schema);
  events.event.camel_case()
      .numbers_as_text()
      .also("at", "timestamp")
      .also("task_id", "data.taskId")
      .also("message", "data.message");
  return events;
}

// Where in the tree a file lies.
struct Spot {
  std::size_t base;  // of the names that lead to it, those above `projects`, `tasks` and `sessions`
  FileKind kind;
  std::string_view project;  // empty: the path does not say it
};

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

class MaestroLayout final : public Layout {
 public:
  explicit MaestroLayout(const mirror::Schema& schema)
      : project_(schema.projects),
        session_(make_maestro_session(schema)),
        task_(make_maestro_task(schema)),
        events_(make_maestro_events(schema)) {
    project_.camel_case();
  }

  std::string_view name() const override { return "maestro"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    if (!path.back().ends_with(kJsonSuffix)) return std::nullopt;
    const std::optional<std::size_t> marker = find_marker(path);
    const std::optional<Spot> spot = find_spot(path, marker);
    if (spot) return role_at(path, *spot);
    if (!marker) return std::nullopt;
    return FileRole{FileKind::document, name(), join_path(path, *marker + 1)};
  }

  bool is_inside(const PathParts& directory) const override {
    return std::find(directory.begin(), directory.end(), kMaestroMarker) != directory.end();
  }

  Whereabouts whereabouts() const override { return {.in_home = {kMaestroMarker}}; }

  std::optional<std::string> project_root(const FileRole& role,
                                          const JsonNode& root) const override {
    const bool is_shared = role.kind == FileKind::session || role.kind == FileKind::task;
    const JsonNode* id = root.find("projectId");
    if (!is_shared || role.names.size() > 1 || id == nullptr || !is_plain_name(id->text)) {
      return std::nullopt;
    }
    return root_of(role.project_root, id->text);
  }

  std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                   Anomalies& anomalies) const override {
    if (role.kind == FileKind::task) return task_rows(role, root, anomalies);
    if (role.kind == FileKind::session) return session_rows(role, root, anomalies);
    if (role.kind != FileKind::project) return {};
    mirror::Row row = project_.row(root, "", anomalies);
    complete_from_path(role, row);
    return {std::move(row)};
  }

 private:
  static std::string root_of(std::string_view tree, std::string_view project) {
    return std::string(tree).append("/").append(kMaestroProjects).append("/").append(project);
  }

  // The innermost, as everywhere.
  static std::optional<std::size_t> find_marker(const PathParts& path) {
    const auto found = std::find(path.rbegin() + 1, path.rend(), kMaestroMarker);
    if (found == path.rend()) return std::nullopt;
    return static_cast<std::size_t>(path.rend() - found) - 1;
  }

  // Below a marker any name will do, elsewhere only one that begins as its ids do.
  static std::optional<Spot> find_spot(const PathParts& path, std::optional<std::size_t> marker) {
    const std::size_t size = path.size();
    const auto is = [&](std::size_t levels, std::string_view directory) {
      return size > levels && (!marker || size > *marker + 1 + levels) &&
             path[size - 1 - levels] == directory;
    };
    const auto called = [&](std::size_t levels, std::string_view prefix) {
      return marker || path[size - 1 - levels].starts_with(prefix);
    };
    if (is(1, kMaestroProjects) && called(0, "proj_")) return Spot{size - 2, FileKind::project, {}};
    if (is(1, kSessionsDirectory) && called(0, "sess_")) {
      return Spot{size - 2, FileKind::session, {}};
    }
    if (is(1, kTasksDirectory) && called(0, "task_")) return Spot{size - 2, FileKind::task, {}};
    if (is(2, kTasksDirectory) && called(0, "task_") && called(1, "proj_")) {
      return Spot{size - 3, FileKind::task, path[size - 2]};
    }
    if (!marker && is(2, kTeamMembers) && called(0, "tm_")) {
      return Spot{size - 3, FileKind::document, {}};
    }
    return std::nullopt;
  }

  FileRole role_at(const PathParts& path, const Spot& spot) const {
    FileRole role{spot.kind, name(), join_path(path, spot.base)};
    std::string id(path.back().substr(0, path.back().size() - kJsonSuffix.size()));
    if (spot.kind == FileKind::project) role.project_root = root_of(role.project_root, id);
    role.names.emplace_back(spot.kind == FileKind::session ? "session_id" : "id", std::move(id));
    if (!spot.project.empty()) {
      role.project_root = root_of(role.project_root, spot.project);
      role.names.emplace_back("project_id", spot.project);
    }
    return role;
  }

  std::vector<mirror::Row> task_rows(const FileRole& role, const JsonNode& root,
                                     Anomalies& anomalies) const {
    std::vector<mirror::Row> rows = task_.rows(role, root, anomalies);
    const mirror::Value id = rows.front()["id"];
    events_.add(root, "timeline", {{"task_id", id}}, rows, anomalies);
    return rows;
  }

  std::vector<mirror::Row> session_rows(const FileRole& role, const JsonNode& root,
                                        Anomalies& anomalies) const {
    std::vector<mirror::Row> rows = session_.rows(role, root, anomalies);
    const mirror::Value id = rows.front()["session_id"];
    for (const std::string_view list : {"events", "timeline"}) {
      events_.add(root, list, {{"session_id", id}}, rows, anomalies);
    }
    return rows;
  }

  Mapping project_;
  SessionMapping session_;
  TaskMapping task_;
  EventList events_;
};

}  // namespace

std::unique_ptr<Layout> make_maestro_layout(const mirror::Schema& schema) {
  return std::make_unique<MaestroLayout>(schema);
}

}  // namespace tain::syncd
