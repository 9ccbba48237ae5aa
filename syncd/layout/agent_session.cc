// The trees of the program that seed 002 describes: `**/agents/sessions/**/state.json` and what
// lies beside it, in the generations that are found in the wild: `phases{}` and `plan_state`
// (version 1), `phase_history` and `build_progress` (version 2), and documents of its sub-agents
// that say `id` and `phase`.

#include "core/fs/paths.h"
#include "core/json/pointer.h"
#include "layout.h"
#include "session_mapping.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kAgents = "agents";

SessionMapping make_mapping(const mirror::Schema& schema) {
  SessionMapping mapping(schema);
  mapping.session.numbers_as_text()
      .also("session_id", "id")
      .also("topic", "title")
      .also("topic", "name")
      .also("topic", "request")
      .also("current_phase", "phase")
      .also("parent_session_id", "parent_session")
      .also("checkpoints_total", "plan_state.checkpoints_total")
      .also("checkpoints_completed", "plan_state.checkpoints_completed")
      .also("current_checkpoint", "plan_state.current_checkpoint")
      .also("current_checkpoint", "phases.build.current_checkpoint")
      .also("summary", "plan_state.summary")
      .also("started_at", "phases.spec.started_at")
      .also("last_activity_at", "plan_state.last_updated")
      .word("status", "active", "running")
      .word("status", "in_progress", "running")
      .word("status", "complete", "completed")
      .word("status", "finalized", "completed")
      .word("status", "done", "completed")
      .word("status", "errored", "failed")
      .word("status", "canceled", "cancelled")
      .word("current_phase", "completed", "complete")
      .word("current_phase", "finalized", "complete")
      .word("current_phase", "done", "complete");
  mapping.commit.also("checkpoint", "checkpoint_id").also("sha", "hash");
  mapping.decision.also("title", "decision").also("date", "made_at");
  mapping.goals.emplace_back("detailed", "goals.low_level");
  mapping.checkpoints.emplace_back("plan_state.checkpoints_completed");
  return mapping;
}

bool is_text(const JsonNode* node, std::string_view text) {
  return node != nullptr && node->type == JsonNode::Type::string && node->text == text;
}

class AgentSessionLayout final : public Layout {
 public:
  explicit AgentSessionLayout(const mirror::Schema& schema) : session_(make_mapping(schema)) {}

  std::string_view name() const override { return "agent-session"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<std::size_t> marker = find_marker(path);
    // <root>/agents/sessions/<session>/…/<file>
    if (!marker || *marker + 3 >= path.size()) return std::nullopt;
    FileRole role{FileKind::document,
                  name(),
                  join_path(path, *marker),
                  {{"session_id", std::string(path.rbegin()[1])}}};
    const std::string_view file = path.back();
    if (file == kStateFile) {
      role.kind = FileKind::session;
    } else if (file == kEventsFile) {
      role.kind = FileKind::events;
    } else if (!file.ends_with(kJsonSuffix)) {
      return std::nullopt;
    }
    return role;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_marker(directory).has_value();
  }

  Whereabouts whereabouts() const override {
    return {.markers = {std::string(kAgents).append("/").append(kSessionsDirectory)}};
  }

  std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                   Anomalies& anomalies) const override {
    if (role.kind != FileKind::session) return {};
    std::vector<mirror::Row> rows = session_.rows(role, root, anomalies);
    derive_status(root, rows.front());
    if (root.find("phase_history") == nullptr) add_version_1_phases(root, rows, anomalies);
    return rows;
  }

 private:
  static std::optional<std::size_t> find_marker(const PathParts& path) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (path[i] == kAgents && path[i + 1] == kSessionsDirectory) return i;
    }
    return std::nullopt;
  }

  // Version 1 has no status. Its sessions are done when they say that a phase is the last; until
  // then that program shows them as active, which is our `running`.
  static void derive_status(const JsonNode& root, mirror::Row& row) {
    mirror::Value& status = row["status"];
    if (!mirror::is_null(status) || root.find("status") != nullptr) return;
    const bool complete = row["current_phase"] == mirror::Value("complete");
    const bool without_plan = is_text(find_path(root, "phases.spec.status"), "finalized_complete");
    status = complete || without_plan ? "completed" : "running";
  }

  void add_version_1_phases(const JsonNode& root, std::vector<mirror::Row>& rows,
                            Anomalies& anomalies) const {
    const JsonNode* phases = root.find("phases");
    if (phases == nullptr || phases->type != JsonNode::Type::object) return;
    for (const JsonNode* phase = phases->first; phase != nullptr; phase = phase->next) {
      const bool finalized = find_path(*phase, "completed_at") == nullptr;
      const std::string completed = finalized ? "finalized_at" : "completed_at";
      std::string place = "/phases";
      append_to_pointer(place, phase->key);
      place += '/';
      session_.add_phase(std::string(phase->key),
                         {phase->find("started_at"), phase->find(completed), place + "started_at",
                          place + completed},
                         rows, anomalies);
    }
  }

  SessionMapping session_;
};

}  // namespace

std::unique_ptr<Layout> make_agent_session_layout(const mirror::Schema& schema) {
  return std::make_unique<AgentSessionLayout>(schema);
}

}  // namespace tain::syncd
