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
// Of the hexadecimal id of a sub-agent, at least.
constexpr std::size_t kShortestId = 7;

// Where Claude Code's own tree begins, `~/.claude/projects` or `~/.config/claude/projects`: the
// index of `projects`. All of it is Claude Code's.
std::optional<std::size_t> find_own(const PathParts& path) {
  for (std::size_t i = path.size(); i-- > 1;) {
    if (path[i] != kProjects) continue;
    const bool is_configuration = i > 1 && path[i - 1] == kClaude && path[i - 2] == ".config";
    if (path[i - 1] == ".claude" || is_configuration) return i;
  }
  return std::nullopt;
}

// The same of a copy, which may be called anything, as may directories of other people's projects:
// there a file has to lie exactly where a transcript does, in its slug, or below the `subagents` of
// its session.
std::optional<std::size_t> find_copy(const PathParts& path) {
  std::size_t below_slug = path.size() - 1;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i] == kSubagents && is_uuid(path[i - 1])) below_slug = i - 1;
  }
  if (below_slug < 2 || path[below_slug - 2] != kProjects) return std::nullopt;
  return below_slug - 2;
}

// Whether a file in a copy is a transcript: nobody else gives files that name, or has a directory
// for them, or the copy is called as one. (Who is called `claude` has a home that is, too.)
bool is_in_copy(std::string_view stem, const PathParts& path, std::size_t projects) {
  const bool is_below_session = projects + 3 < path.size();
  if (is_uuid(stem) || is_below_session) return true;
  const std::string_view id = stem.substr(std::min(kAgentPrefix.size(), stem.size()));
  const bool is_agents = stem.starts_with(kAgentPrefix) && id.size() >= kShortestId &&
                         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (is_agents || projects == 0) return is_agents;
  const std::string_view around = path[projects - 1];
  return around != kClaude && around.find(kClaude) != std::string_view::npos;
}

class ClaudeCodeLayout final : public Layout {
 public:
  explicit ClaudeCodeLayout(const mirror::Schema& schema)
      : schema_(&schema), columns_(schema.events), usage_(schema.message_usage) {}

  std::string_view name() const override { return "claude-code"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    if (path.size() < 3 || !path.back().ends_with(kLogSuffix)) return std::nullopt;
    const std::string_view stem = path.back().substr(0, path.back().size() - kLogSuffix.size());
    std::optional<std::size_t> projects = find_own(path);
    if (!projects) {
      projects = find_copy(path);
      if (!projects || !is_in_copy(stem, path, *projects)) return std::nullopt;
    }
    if (*projects + 2 >= path.size()) return std::nullopt;
    FileRole role{FileKind::transcript, name(), join_path(path, *projects + 2)};
    const bool is_agent = stem.starts_with(kAgentPrefix);
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
    return find_own(directory).has_value();
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
