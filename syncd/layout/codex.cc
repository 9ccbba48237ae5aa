// The transcripts of Codex: `sessions/YYYY/MM/DD/rollout-<time>-<session>.jsonl`, in both
// generations. The newer one wraps each line: {"timestamp", "type", "payload"}. The older one
// begins with the session's own line and goes on with bare items, without times or tokens.
//
// Usage is a total that grows from line to line. What is spent is what it grows by; a fork, or a
// sub-agent, begins with its parent's lines, and so with its totals, which makes them the same
// messages. (Of two that go on from there and then spend exactly the same, one counts.)

#include <algorithm>
#include <array>
#include <utility>

#include "core/json/document.h"
#include "layout.h"
#include "line_mapping.h"
#include "transcript.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kCodex = "codex";
constexpr std::string_view kSessions = "sessions";
constexpr std::string_view kArchivedSessions = "archived_sessions";
// Any 0.x, whose lines ccusage 20 reads, too.
constexpr std::string_view kTestedWith = "0";
constexpr std::string_view kRolloutSuffix = ".jsonl";
constexpr std::size_t kUuidSize = 36;
// The first versions did not say which; there was no other.
constexpr std::string_view kFirstModel = "gpt-5";

const JsonNode* object_in(const JsonNode& object, std::string_view key) {
  const JsonNode* node = object.find(key);
  return node != nullptr && node->type == JsonNode::Type::object ? node : nullptr;
}

std::string_view text_in(const JsonNode& object, std::string_view key) {
  return text_of(object.find(key));
}

// One line, taken apart. Refers to the parser's buffers.
struct CodexLine {
  explicit CodexLine(const LogLine& line)
      : type(text_in(line.object, "type")), item(object_in(line.object, "payload")) {
    at = time_of(line.object.find("timestamp"));
    is_wrapped = item != nullptr;
    if (!is_wrapped) item = &line.object;
    item_type = is_wrapped ? text_in(*item, "type") : type;
    is_session =
        type == "session_meta" || (!is_wrapped && type.empty() && !text_in(*item, "id").empty());
    role = item_type == "message" ? text_in(*item, "role") : std::string_view();
  }

  bool is_tool_use() const { return item_type.ends_with("_call"); }
  bool is_tool_result() const { return item_type.ends_with("_call_output"); }
  std::string_view kind() const;
  std::string_view actor() const;
  std::string body() const;
  std::string data() const;
  std::string metadata() const;

  std::string_view type;
  const JsonNode* item;  // the payload, or the bare item that the line is
  std::string_view item_type;
  std::string_view role;  // of a message
  std::optional<std::int64_t> at;
  bool is_wrapped;
  bool is_session;
};

std::string_view CodexLine::kind() const {
  if (is_session) return "session_meta";
  if (!role.empty()) return role;
  if (is_tool_use()) return "tool_use";
  if (is_tool_result()) return "tool_result";
  if (item_type == "reasoning") return "thinking";
  if (!item_type.empty()) return item_type;
  return !type.empty() ? type : text_in(*item, "record_type");
}

std::string_view CodexLine::actor() const {
  const std::string_view what = kind();
  if (what == "user" || what == "user_message") return "user";
  const bool is_agents = what == "assistant" || what == "thinking" || what == "tool_use" ||
                         what == "agent_message" || what == "agent_reasoning";
  return is_agents ? "agent" : "system";
}

// The texts of a message's content, or of a summary of what was thought.
std::string CodexLine::body() const {
  std::string body;
  const auto add = [&body](std::string_view text) {
    if (!text.empty()) body.append(body.empty() ? "" : "\n").append(text);
  };
  for (const char* key : {"content", "summary"}) {
    const JsonNode* blocks = item->find(key);
    if (blocks == nullptr || is_tool_result()) continue;
    add(text_of(blocks));
    if (blocks->type != JsonNode::Type::array) continue;
    for (const JsonNode* block = blocks->first; block != nullptr; block = block->next) {
      add(text_in(*block, "text"));
    }
  }
  add(text_in(*item, "message"));
  if (item_type == "agent_reasoning") add(text_in(*item, "text"));
  return body;
}

std::string CodexLine::data() const {
  for (const char* key : {"arguments", "input", "action", "output"}) {
    const JsonNode* said = is_tool_use() || is_tool_result() ? item->find(key) : nullptr;
    if (said != nullptr) return std::string(said->raw);
  }
  const bool is_words = !role.empty() || item_type == "reasoning" || item_type == "user_message" ||
                        item_type == "agent_message" || item_type == "agent_reasoning";
  return is_words ? std::string() : std::string(item->raw);
}

std::string CodexLine::metadata() const {
  const JsonNode* call = item->find("call_id");
  std::string metadata;
  if (call != nullptr) append_member(metadata, "tool_use_id", call->raw);
  return metadata.empty() ? metadata : metadata + "}";
}

// The session that one goes on from; empty: it begins by itself.
std::string_view parent_of(const JsonNode& session) {
  const std::string_view fork = text_in(session, "forked_from_id");
  if (!fork.empty()) return name_or_none(fork);
  const JsonNode* spawn = find_path(session, "source.subagent.thread_spawn");
  return spawn == nullptr ? std::string_view() : name_or_none(text_in(*spawn, "parent_thread_id"));
}

// What a session has used so far.
struct Totals {
  std::int64_t input = 0;  // with what is read from the cache
  std::int64_t cached = 0;
  std::int64_t output = 0;
  bool operator==(const Totals&) const = default;

  static std::optional<Totals> read(const JsonNode* counts) {
    if (counts == nullptr) return std::nullopt;
    const JsonNode* cached = counts->find("cached_input_tokens");
    if (cached == nullptr) cached = counts->find("cache_read_input_tokens");
    return Totals{tokens_of(counts->find("input_tokens")), tokens_of(cached),
                  tokens_of(counts->find("output_tokens"))};
  }
  // What they grew by; a total that starts anew has grown by itself.
  Totals since(const Totals& before) const {
    const auto grown = [](std::int64_t now, std::int64_t then) {
      return std::max<std::int64_t>(now - then, 0);
    };
    return {grown(input, before.input), grown(cached, before.cached), grown(output, before.output)};
  }
};

class CodexFold final : public LogFold {
 public:
  CodexFold(const mirror::Schema& schema, const UsageRows& usage, const FileRole& role,
            std::string_view saved)
      : schema_(&schema), usage_(&usage) {
    for (const auto& [name, value] : role.names) {
      if (name == "session_id") session_id_ = value;
    }
    names_session_ = !session_id_.empty();
    if (!saved.empty()) restore(Json::parse(saved));
  }

  void take(const LogLine& line, std::vector<mirror::Row>& rows, Anomalies& anomalies) override {
    const CodexLine read(line);
    summary_.add_time(read.at);
    summary_.add_event(read.kind());
    if (read.is_session) take_session(read, anomalies);
    if (read.type == "turn_context") take_context(*read.item);
    if (summary_.prompt.empty() && read.actor() == "user") take_prompt(read.body());
    if (read.item_type == "token_count") take_tokens(read, line, rows);
    if (session_id_.empty()) return;
    for (mirror::Row& row : rows) {
      mirror::Value& session = row["session_id"];
      if (mirror::is_null(session)) session = session_id_;
    }
  }

  std::vector<mirror::Row> rows() const override {
    return {session_row(schema_->sessions, kCodex, session_id_, summary_)};
  }

  std::optional<std::string> project_root() const override { return project_of(summary_); }

  std::string save() const override {
    Json json = summary_.to_json();
    if (!names_session_) json["session_id"] = session_id_;
    json["origin"] = origin_;
    if (knows_newer_) json["newer"] = true;
    if (totals_) json["totals"] = {totals_->input, totals_->cached, totals_->output};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  void restore(const Json& json) {
    summary_ = TranscriptSummary::from_json(json);
    if (!names_session_) session_id_ = json.value("session_id", "");
    origin_ = json.value("origin", "");
    knows_newer_ = json.contains("newer");
    if (!json.contains("totals")) return;
    const auto totals = json["totals"].get<std::array<std::int64_t, 3>>();
    totals_ = Totals{totals[0], totals[1], totals[2]};
  }

  // A fork has its parent's line behind its own, and so on to the session that all began with;
  // some only name their parent.
  void take_session(const CodexLine& line, Anomalies& anomalies) {
    const std::string_view id = name_or_none(text_in(*line.item, "id"));
    if (session_id_.empty()) session_id_ = id;
    const std::string_view parent = parent_of(*line.item);
    origin_ = parent.empty() ? id : parent;
    take_context(*line.item);
    if (const JsonNode* git = object_in(*line.item, "git")) {
      summary_.branch = name_or_none(text_in(*git, "branch"));
    }
    const std::string_view version = text_in(*line.item, "cli_version");
    if (knows_newer_ || !is_newer(version, kTestedWith)) return;
    knows_newer_ = true;
    anomalies.push_back(newer_format(kCodex, version, kTestedWith));
  }

  void take_context(const JsonNode& item) {
    if (summary_.cwd.empty()) summary_.cwd = name_or_none(text_in(item, "cwd"));
    summary_.add_model(text_in(item, "model"));
  }

  // What begins with a tag was put there by the program.
  void take_prompt(const std::string& text) {
    if (!text.starts_with('<')) summary_.prompt = title_of(text);
  }

  void take_tokens(const CodexLine& line, const LogLine& place, std::vector<mirror::Row>& rows) {
    const JsonNode* info = object_in(*line.item, "info");
    if (info == nullptr) return;
    summary_.add_model(text_in(*info, "model"));
    const auto total = Totals::read(object_in(*info, "total_token_usage"));
    const auto last = Totals::read(object_in(*info, "last_token_usage"));
    const bool has_grown = !total || total != totals_;
    if (!total && !last) return;
    const Totals spent =
        last && has_grown ? *last : total.value_or(Totals()).since(totals_.value_or(Totals()));
    if (total) totals_ = total;
    if (spent == Totals()) return;
    MessageUsage usage{.offset = place.offset, .at = line.at, .session_id = session_id_};
    if (summary_.model.empty()) summary_.add_model(kFirstModel);
    usage.model = summary_.model;
    const std::string begun = begun_by(line);
    if (total && !begun.empty()) {
      usage.message_id = begun + ":" + std::to_string(total->input) + ":" +
                         std::to_string(total->cached) + ":" + std::to_string(total->output);
      usage.request_id = kCodex;
    }
    usage.cache_read_tokens = std::min(spent.cached, spent.input);
    usage.input_tokens = spent.input - usage.cache_read_tokens;
    usage.output_tokens = spent.output;
    rows.push_back(usage_->row(usage));
  }

  // What tells the totals of this line from those of other sessions: the session that they began
  // with; where nobody names one, the moment.
  std::string begun_by(const CodexLine& line) const {
    if (!origin_.empty()) return origin_;
    if (!session_id_.empty()) return session_id_;
    return line.at ? std::to_string(*line.at) : "";
  }

  const mirror::Schema* schema_;
  const UsageRows* usage_;
  std::string session_id_;
  bool names_session_ = false;
  std::string origin_;
  bool knows_newer_ = false;
  std::optional<Totals> totals_;
  TranscriptSummary summary_;
};

// `.codex` is Codex's own, and so is all that lies in its sessions. A copy may be called anything;
// directories of others may be called so, too.
bool is_codexs(std::string_view directory) {
  return directory == ".codex";
}
bool is_called_codex(std::string_view directory) {
  return directory.find(kCodex) != std::string_view::npos;
}

// Where the sessions begin that lie in a directory of this name.
std::optional<std::size_t> find_sessions(const PathParts& path, bool (*is_home)(std::string_view)) {
  for (std::size_t i = 1; i < path.size(); ++i) {
    const bool is_sessions = path[i] == kSessions || path[i] == kArchivedSessions;
    if (is_sessions && is_home(path[i - 1])) return i;
  }
  return std::nullopt;
}

// Whether it is "rollout-2026-05-13T09-00-00-<session>", as only Codex calls its files.
bool is_rollouts_name(std::string_view stem) {
  constexpr std::string_view kForm = "rollout-0000-00-00T00-00-00-";
  if (stem.size() != kForm.size() + kUuidSize || !is_uuid(stem.substr(kForm.size()))) return false;
  return std::equal(kForm.begin(), kForm.end(), stem.begin(), [](char form, char c) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  });
}

class CodexLayout final : public Layout {
 public:
  explicit CodexLayout(const mirror::Schema& schema)
      : schema_(&schema), columns_(schema.events), usage_(schema.message_usage) {}

  std::string_view name() const override { return kCodex; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::string_view file = path.back();
    if (!file.ends_with(kRolloutSuffix)) return std::nullopt;
    const std::string_view stem = file.substr(0, file.size() - kRolloutSuffix.size());
    std::optional<std::size_t> sessions = find_sessions(path, is_codexs);
    if (!sessions) {
      if (!is_rollouts_name(stem)) return std::nullopt;
      sessions = find_sessions(path, is_called_codex);
    }
    FileRole role{FileKind::transcript, name(),
                  join_path(path, sessions.value_or(path.size() - 1))};
    if (stem.size() > kUuidSize && is_uuid(stem.substr(stem.size() - kUuidSize))) {
      role.names.emplace_back("session_id", stem.substr(stem.size() - kUuidSize));
    }
    return role;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_sessions(directory, is_codexs).has_value();
  }

  Whereabouts whereabouts() const override {
    return {
        .in_home = {".codex"}, .variable = "CODEX_HOME", .parts = {kSessions, kArchivedSessions}};
  }

  std::vector<mirror::Row> project(const FileRole& /*role*/, const JsonNode& /*root*/,
                                   Anomalies& /*anomalies*/) const override {
    return {};  // there are none but logs
  }

  void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& /*anomalies*/) const override {
    const CodexLine read(line);
    mirror::Row& event = rows.emplace_back(
        mirror::Row{&schema_->events, std::vector<mirror::Value>(schema_->events.columns.size())});
    const auto put = [&event](std::size_t column, std::string&& text) {
      if (!text.empty()) event.values[column] = std::move(text);
    };
    event.values[columns_.line_offset] = line.offset;
    event.values[columns_.line_length] = line.length;
    if (read.at) event.values[columns_.at] = *read.at;
    const std::string_view id = read.is_session ? std::string_view() : text_in(*read.item, "id");
    put(columns_.id, std::string(id));
    put(columns_.type, std::string(read.kind()));
    put(columns_.actor_type, std::string(read.actor()));
    if (read.actor() == "user") put(columns_.lane, "user");
    if (read.is_tool_use()) put(columns_.title, std::string(text_in(*read.item, "name")));
    put(columns_.model, std::string(text_in(*read.item, "model")));
    put(columns_.body, read.body());
    put(columns_.data, read.data());
    put(columns_.metadata, read.metadata());
    if (read.is_wrapped) put(columns_.extra, unknown_members(line.object));
    complete_from_path(role, event);
    leave_long_values(columns_, lines.max_body(), event);
  }

  std::unique_ptr<LogFold> fold(const FileRole& role, std::string_view saved) const override {
    return std::make_unique<CodexFold>(*schema_, usage_, role, saved);
  }

 private:
  static std::string unknown_members(const JsonNode& line) {
    std::string extra;
    for (const JsonNode* member = line.first; member != nullptr; member = member->next) {
      const bool is_known =
          member->key == "timestamp" || member->key == "type" || member->key == "payload";
      if (!is_known) append_member(extra, member->key, member->raw);
    }
    return extra.empty() ? extra : extra + "}";
  }

  const mirror::Schema* schema_;
  EventColumns columns_;
  UsageRows usage_;
};

}  // namespace

std::unique_ptr<Layout> make_codex_layout(const mirror::Schema& schema) {
  return std::make_unique<CodexLayout>(schema);
}

}  // namespace tain::syncd
