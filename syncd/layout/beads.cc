// Beads' issue trackers: `.beads/issues.jsonl`, in other years `.beads/beads.jsonl`, an issue a
// line. The whole file is written anew on each export, renamed between the two names, and at times
// written empty first.
//
// An issue is a task. A tombstone is an issue that was deleted: a cancelled task. Lines of another
// `_type` (`memory`) and those without an id are events, and so are comments, and the lines of the
// logs of deletions and interactions. What no column has, is in `extra`.

#include <algorithm>

#include "core/fs/paths.h"
#include "event_list.h"
#include "layout.h"
#include "line_mapping.h"
#include "list_mapping.h"
#include "task_mapping.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kBeadsMarker = ".beads";
constexpr auto kIssues = std::to_array<std::string_view>({"issues.jsonl", "beads.jsonl"});
constexpr auto kLogs = std::to_array<std::string_view>({"deletions.jsonl", "interactions.jsonl"});
constexpr std::string_view kIssue = "issue";

template <std::size_t kSize>
bool is_called_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TaskMapping make_issue(const mirror::Schema& schema) {
  TaskMapping mapping(schema);
  mapping.dependencies.clear();  // objects, see add_dependencies()
  mapping.task.numbers_as_text()
      .only("dependencies", {})
      .only("kind", {})
      .also("labels", "tags")
      .also("assignee_agent_id", "assignee")
      .also("completed_at", "closed_at")
      .elsewhere("comments")
      .elsewhere("depends_on")
      .elsewhere("_type")
      .word("status", "open", "pending")
      .word("status", "deferred", "waiting")
      .word("status", "closed", "completed")
      .word("status", "complete", "completed")
      .word("status", "done", "completed")
      .word("status", "tombstone", "cancelled")
      .word("status", "canceled", "cancelled")
      .word("priority", "0", "urgent")
      .word("priority", "1", "high")
      .word("priority", "2", "medium")
      .word("priority", "3", "low")
      .word("priority", "4", "low");
  return mapping;
}

Mapping make_beads_line(const mirror::Schema& schema) {
  Mapping line(schema.events);
  line.numbers_as_text()
      .also("type", "_type")
      .also("at", "created_at")
      .also("at", "updated_at")
      .also("at", "deleted_at")
      .also("task_id", "issue_id")
      .also("actor_id", "deleted_by")
      .also("actor_id", "actor")
      .also("title", "key")
      .also("body", "value")
      .also("body", "content")
      .only("actor_type", {});
  return line;
}

EventList make_beads_comments(const mirror::Schema& schema) {
  EventList comments(schema);
  comments.event.numbers_as_text()
      .also("at", "created_at")
      .also("task_id", "issue_id")
      .also("actor_id", "author")
      .also("body", "text");
  return comments;
}

std::string_view text_in(const JsonNode* node) {
  return node == nullptr ? std::string_view() : node->text;
}

// Those of an older generation are ids alone, and wait.
struct Dependency {
  std::string_view id;
  std::string_view type;
};

Dependency dependency_of(const JsonNode& element) {
  if (element.type != JsonNode::Type::object) return {element.text, {}};
  return {text_in(element.find("depends_on_id")), text_in(element.find("type"))};
}

class BeadsLayout final : public Layout {
 public:
  explicit BeadsLayout(const mirror::Schema& schema)
      : schema_(schema),
        issue_(make_issue(schema)),
        comments_(make_beads_comments(schema)),
        line_(make_beads_line(schema)) {}

  std::string_view name() const override { return "beads"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<std::size_t> marker = find_marker(path);
    if (!marker || *marker + 1 >= path.size()) return std::nullopt;
    FileRole role{FileKind::document, name(), join_path(path, *marker)};
    if (path.back().ends_with(kJsonSuffix)) return role;
    if (*marker + 2 != path.size()) return std::nullopt;
    if (is_called_one_of(kIssues, path.back())) {
      role.kind = FileKind::tasks;
    } else if (is_called_one_of(kLogs, path.back())) {
      role.kind = FileKind::events;
    } else {
      return std::nullopt;  // what a merge left, or the database's own
    }
    return role;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_marker(directory).has_value();
  }

  Whereabouts whereabouts() const override { return {.markers = {std::string(kBeadsMarker)}}; }

  std::vector<mirror::Row> project(const FileRole& /*role*/, const JsonNode& /*root*/,
                                   Anomalies& /*anomalies*/) const override {
    return {};
  }

  void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& anomalies) const override {
    const std::string_view type = text_in(line.object.find("_type"));
    const bool is_issue = (type.empty() || type == kIssue) && line.object.find("id") != nullptr;
    if (role.kind == FileKind::tasks && is_issue) {
      return add_issue(role, line, lines, rows, anomalies);
    }
    mirror::Row row = lines.row(line_, role, line, anomalies);
    const bool is_deletion = line.object.find("deleted_at") != nullptr;
    if (mirror::is_null(row["type"]) && is_deletion) row["type"] = "deleted";
    rows.push_back(std::move(row));
  }

 private:
  static std::optional<std::size_t> find_marker(const PathParts& path) {
    const auto found = std::find(path.rbegin(), path.rend(), kBeadsMarker);
    if (found == path.rend()) return std::nullopt;
    return static_cast<std::size_t>(path.rend() - found) - 1;
  }

  void add_issue(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& anomalies) const {
    const std::size_t first = rows.size();
    for (mirror::Row& row : issue_.rows(role, line.object, anomalies, {"", line.offset})) {
      rows.push_back(std::move(row));
    }
    std::string extra = issue_.task.uncovered(line.object);
    if (!extra.empty()) rows[first]["extra"] = std::move(extra);
    const mirror::Value id = rows[first]["id"];
    for (const char* list : {"dependencies", "depends_on"}) {
      add_dependencies(line, list, first, rows, anomalies);
    }
    const std::size_t comments = rows.size();
    comments_.add(line.object, "comments", {{"task_id", id}, {"type", "comment"}}, rows, anomalies,
                  line.offset);
    for (std::size_t i = comments; i < rows.size(); ++i) lines.leave_long_texts(rows[i]);
  }

  // `task`: where in `rows` the issue's own is. A parent is a dependency of a type of its own.
  void add_dependencies(const LogLine& line, const char* list, std::size_t task,
                        std::vector<mirror::Row>& rows, Anomalies& anomalies) const {
    const JsonNode* found = find_container(line.object, list, JsonNode::Type::array, anomalies);
    if (found == nullptr) return;
    const auto in_columns = static_cast<std::int64_t>(rows.size() - task - 1);
    std::int64_t position = in_columns;
    for (const JsonNode* child = found->first; child != nullptr; child = child->next) {
      const Dependency dependency = dependency_of(*child);
      if (dependency.id.empty()) {
        reject(std::string("/") + list + "/" + std::to_string(position - in_columns),
               "the id of an issue", *child, anomalies);
      } else {
        mirror::Row row{&schema_.task_dependencies, {}};
        row.values.resize(row.table->columns.size());
        row["position"] = position;
        row["task_id"] = rows[task]["id"];
        row["depends_on"] = std::string(dependency.id);
        if (!dependency.type.empty()) row["type"] = std::string(dependency.type);
        row["line_offset"] = line.offset;
        if (dependency.type == "parent-child" && mirror::is_null(rows[task]["parent_id"])) {
          rows[task]["parent_id"] = std::string(dependency.id);
        }
        rows.push_back(std::move(row));
      }
      ++position;
    }
  }

  const mirror::Schema& schema_;
  TaskMapping issue_;
  EventList comments_;
  Mapping line_;
};

}  // namespace

std::unique_ptr<Layout> make_beads_layout(const mirror::Schema& schema) {
  return std::make_unique<BeadsLayout>(schema);
}

}  // namespace tain::syncd
