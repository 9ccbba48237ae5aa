// The transcripts of Claude Code: `projects/<slug>/<session>.jsonl`, and those of its sub-agents,
// either `agent-<id>.jsonl` beside them or `<session>/subagents/agent-<id>.jsonl`. The slug is made
// of the directory that it worked in, and cannot be turned back: the project is the `cwd` of the
// lines.

#include <algorithm>
#include <utility>

#include "claude_code_fold.h"
#include "claude_code_line.h"
#include "layout.h"
#include "line_mapping.h"
#include "transcript.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kProjects = "projects";
constexpr std::string_view kSubagents = "subagents";
constexpr std::string_view kAgentPrefix = "agent-";
constexpr std::string_view kLogSuffix = ".jsonl";
constexpr std::string_view kClaude = "claude";

// Where a tree of transcripts begins: `~/.claude/projects`, `~/.config/claude/projects`, or a copy
// of one. A directory of other people's projects may be called so, too (also one in which such a
// tree lies); there only names are taken that nobody else gives.
struct Marker {
  std::size_t index;  // of `projects`
  bool is_claudes;
};

std::optional<Marker> find_marker(const PathParts& path) {
  std::optional<Marker> found;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != kProjects) continue;
    const bool is_claudes = i > 0 && path[i - 1].find(kClaude) != std::string_view::npos;
    if (is_claudes || !found) found = Marker{i, is_claudes};
  }
  return found;
}

class ClaudeCodeLayout final : public Layout {
 public:
  explicit ClaudeCodeLayout(const mirror::Schema& schema)
      : schema_(&schema), columns_(schema.events), usage_(schema.message_usage) {}

  std::string_view name() const override { return "claude-code"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<Marker> marker = find_marker(path);
    if (!marker || marker->index + 2 >= path.size() || !path.back().ends_with(kLogSuffix)) {
      return std::nullopt;
    }
    const std::string_view stem = path.back().substr(0, path.back().size() - kLogSuffix.size());
    const bool is_agent = stem.starts_with(kAgentPrefix);
    if (!marker->is_claudes && !is_uuid(stem) && !is_agent) return std::nullopt;
    FileRole role{FileKind::transcript, name(), join_path(path, marker->index + 2)};
    if (is_agent) {
      role.names.emplace_back("agent_run_id", stem.substr(kAgentPrefix.size()));
      const bool is_nested = path.rbegin()[1] == kSubagents;
      if (is_nested) role.names.emplace_back("session_id", path.rbegin()[2]);
    } else if (is_uuid(stem)) {
      role.names.emplace_back("session_id", stem);
    }
    return role;
  }

  bool is_inside(const PathParts& directory) const override {
    const std::optional<Marker> marker = find_marker(directory);
    return marker && marker->is_claudes;
  }

  Whereabouts whereabouts() const override {
    return {.in_home = {".claude", ".config/claude"},
            .variable = "CLAUDE_CONFIG_DIR",
            .parts = {kProjects}};
  }

  std::vector<mirror::Row> project(const FileRole& /*role*/, const JsonNode& /*root*/,
                                   Anomalies& /*anomalies*/) const override {
    return {};  // there are none but logs
  }

  void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& /*anomalies*/) const override {
    const ClaudeLine read(line);
    mirror::Row& event = rows.emplace_back(event_row(read, line));
    complete_from_path(role, event);
    leave_long_values(columns_, lines.max_body(), event);
    for (const MessageUsage& usage : read.usages()) {
      complete_from_path(role, rows.emplace_back(usage_.row(usage)));
    }
  }

  std::unique_ptr<LogFold> fold(const FileRole& role, std::string_view saved) const override {
    return make_claude_code_fold(*schema_, role, saved);
  }

 private:
  mirror::Row event_row(const ClaudeLine& read, const LogLine& line) const {
    mirror::Row event{&schema_->events, std::vector<mirror::Value>(schema_->events.columns.size())};
    const auto put = [&event](std::size_t column, std::string&& text) {
      if (!text.empty()) event.values[column] = std::move(text);
    };
    event.values[columns_.line_offset] = line.offset;
    event.values[columns_.line_length] = line.length;
    if (read.at) event.values[columns_.at] = *read.at;
    put(columns_.id, std::string(read.uuid));
    put(columns_.type, std::string(read.kind));
    put(columns_.session_id, std::string(read.session_id));
    put(columns_.agent_run_id, std::string(read.agent_id));
    put(columns_.model, std::string(read.model));
    put(columns_.actor_type, std::string(read.actor()));
    if (read.is_prompt()) put(columns_.lane, "user");
    put(columns_.title, read.title());
    put(columns_.body, read.body());
    put(columns_.metadata, read.metadata());
    put(columns_.data, read.data());
    put(columns_.extra, read.extra());
    return event;
  }

  const mirror::Schema* schema_;
  EventColumns columns_;
  UsageRows usage_;
};

}  // namespace

std::unique_ptr<Layout> make_claude_code_layout(const mirror::Schema& schema) {
  return std::make_unique<ClaudeCodeLayout>(schema);
}

}  // namespace tain::syncd
