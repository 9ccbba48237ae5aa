#include "claude_code_fold.h"

#include <algorithm>
#include <utility>

#include "claude_code_line.h"
#include "core/json/document.h"
#include "transcript.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kRuntime = "claude-code";
// The latest version whose transcripts were looked at.
constexpr std::string_view kTestedVersion = "2.1";
// Of one transcript. Each is a part of what is saved with every append.
constexpr std::size_t kMostChains = 500;

// The lines of one sub-agent among those of the session that called it.
struct Chain {
  std::string id;   // the sub-agent's, or else the uuid of its first line
  std::string tip;  // the uuid of its last line
  TranscriptSummary summary;
};

std::string role_name(const FileRole& role, std::string_view column) {
  for (const auto& [name, value] : role.names) {
    if (name == column) return value;
  }
  return {};
}

void add_line(const ClaudeLine& line, TranscriptSummary& summary) {
  summary.add_time(line.at);
  summary.add_model(line.model);
  summary.add_event(line.kind);
  if (summary.cwd.empty()) summary.cwd = name_or_none(line.cwd);
  if (!line.branch.empty()) summary.branch = name_or_none(line.branch);
  if (!line.summary.empty()) summary.summary = beginning_of(line.summary);
  if (!summary.prompt.empty() || !line.is_prompt()) return;
  // What begins with a tag was put there by the program: the name of a command, its output.
  const std::string prompt = line.body();
  if (!prompt.starts_with('<')) summary.prompt = title_of(prompt);
}

class ClaudeCodeFold final : public LogFold {
 public:
  ClaudeCodeFold(const mirror::Schema& schema, const FileRole& role, std::string_view saved)
      : schema_(&schema),
        columns_(schema.events),
        run_id_(role_name(role, "agent_run_id")),
        session_id_(role_name(role, "session_id")),
        names_session_(!session_id_.empty()) {
    if (!saved.empty()) restore(Json::parse(saved));
  }

  void take(const LogLine& line, std::vector<mirror::Row>& rows, Anomalies& anomalies) override {
    const ClaudeLine read(line);
    if (session_id_.empty()) session_id_ = name_or_none(read.session_id);
    note_version(read, anomalies);
    Chain* chain = run_id_.empty() && read.is_sidechain ? chain_of(read) : nullptr;
    if (chain != nullptr) {
      chain->tip = name_or_none(read.uuid);
      add_line(read, chain->summary);
      assign(rows, "agent_run_id", chain->id);
    } else {
      add_line(read, summary_);
    }
    if (summary_.cwd.empty()) summary_.cwd = name_or_none(read.cwd);
    assign(rows, "session_id", session_id_);
    note_directory(read, rows.front());
  }

  std::vector<mirror::Row> rows() const override {
    if (!run_id_.empty()) {
      return {run_row(schema_->agent_runs, "subagent", run_id_, session_id_, summary_)};
    }
    std::vector<mirror::Row> rows{session_row(schema_->sessions, kRuntime, session_id_, summary_)};
    std::int64_t position = 0;
    for (const Chain& chain : chains_) {
      mirror::Row& run = rows.emplace_back(
          run_row(schema_->agent_runs, "sidechain", chain.id, session_id_, chain.summary));
      run["position"] = position++;
    }
    return rows;
  }

  std::optional<std::string> project_root() const override { return project_of(summary_); }

  std::string save() const override {
    Json json = summary_.to_json();
    if (!names_session_) json["session_id"] = session_id_;
    if (knows_newer_) json["newer"] = true;
    for (const Chain& chain : chains_) {
      Json saved = chain.summary.to_json();
      saved["id"] = chain.id;
      saved["tip"] = chain.tip;
      json["chains"].push_back(std::move(saved));
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  void restore(const Json& json) {
    summary_ = TranscriptSummary::from_json(json);
    if (!names_session_) session_id_ = json.value("session_id", "");
    knows_newer_ = json.contains("newer");
    if (!json.contains("chains")) return;
    for (const Json& saved : json["chains"]) {
      chains_.push_back(
          {saved.value("id", ""), saved.value("tip", ""), TranscriptSummary::from_json(saved)});
    }
  }

  // Chains run side by side: a line belongs to the one that it answers, as far as that can be told,
  // else to the one that went on last.
  Chain* chain_of(const ClaudeLine& line) {
    const auto found = std::find_if(chains_.rbegin(), chains_.rend(), [&](const Chain& chain) {
      return line.agent_id.empty() ? chain.tip == line.parent_uuid : chain.id == line.agent_id;
    });
    const bool is_known = !line.agent_id.empty() || !line.parent_uuid.empty();
    if (is_known && found != chains_.rend()) return &*found;
    const bool begins = !line.agent_id.empty() || line.parent_uuid.empty() || chains_.empty();
    if (!begins) return &chains_.back();
    if (chains_.size() == kMostChains) return nullptr;
    const std::string_view id = line.agent_id.empty() ? line.uuid : line.agent_id;
    return &chains_.emplace_back(Chain{std::string(name_or_none(id)), {}, {}});
  }

  // Where the line itself says nothing.
  static void assign(std::vector<mirror::Row>& rows, std::string_view column,
                     const std::string& value) {
    if (value.empty()) return;
    for (mirror::Row& row : rows) {
      mirror::Value& there = row[column];
      if (mirror::is_null(there)) there = value;
    }
  }

  // The project is the first directory; an event of another says which.
  void note_directory(const ClaudeLine& line, mirror::Row& event) const {
    if (line.cwd.empty() || line.cwd == summary_.cwd) return;
    mirror::Value& metadata = event.values[columns_.metadata];
    std::string object = mirror::is_null(metadata) ? "" : std::get<std::string>(metadata);
    if (!object.empty()) object.pop_back();  // its brace
    append_member(object, "cwd",
                  Json(line.cwd).dump(-1, ' ', false, Json::error_handler_t::replace));
    metadata = object + "}";
  }

  void note_version(const ClaudeLine& line, Anomalies& anomalies) {
    if (knows_newer_ || line.version.empty() || !is_newer(line.version, kTestedVersion)) return;
    knows_newer_ = true;
    anomalies.push_back(newer_format(kRuntime, line.version, kTestedVersion));
  }

  const mirror::Schema* schema_;
  EventColumns columns_;
  std::string run_id_;  // of a sub-agent's transcript
  std::string session_id_;
  bool names_session_;  // the path does
  bool knows_newer_ = false;
  TranscriptSummary summary_;
  std::vector<Chain> chains_;
};

}  // namespace

std::unique_ptr<LogFold> make_claude_code_fold(const mirror::Schema& schema, const FileRole& role,
                                               std::string_view saved) {
  return std::make_unique<ClaudeCodeFold>(schema, role, saved);
}

}  // namespace tain::syncd
