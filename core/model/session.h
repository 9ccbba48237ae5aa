#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

enum class SessionType { full, quick, research };

template <>
struct Vocabulary<SessionType> {
  using enum SessionType;
  static constexpr auto words = std::to_array<std::pair<SessionType, std::string_view>>({
      {full, "full"},
      {quick, "quick"},
      {research, "research"},
  });
};

enum class SessionStatus { spawning, running, paused, waiting, completed, failed, cancelled };

template <>
struct Vocabulary<SessionStatus> {
  using enum SessionStatus;
  static constexpr auto words = std::to_array<std::pair<SessionStatus, std::string_view>>({
      {spawning, "spawning"},
      {running, "running"},
      {paused, "paused"},
      {waiting, "waiting"},
      {completed, "completed"},
      {failed, "failed"},
      {cancelled, "cancelled"},
  });
};

template <>
struct Lifecycle<SessionStatus> {
  using enum SessionStatus;
  static constexpr std::string_view name = "session status";
  static constexpr auto transitions = std::to_array<std::pair<SessionStatus, SessionStatus>>({
      {spawning, running},
      {spawning, completed},
      {spawning, failed},
      {spawning, cancelled},
      {running, paused},
      {running, waiting},
      {running, completed},
      {running, failed},
      {running, cancelled},
      {paused, running},
      {paused, completed},
      {paused, failed},
      {paused, cancelled},
      {waiting, running},
      {waiting, completed},
      {waiting, failed},
      {waiting, cancelled},
  });
};

enum class Phase { spec, plan, build, docs, complete };

template <>
struct Vocabulary<Phase> {
  using enum Phase;
  static constexpr auto words = std::to_array<std::pair<Phase, std::string_view>>({
      {spec, "spec"},
      {plan, "plan"},
      {build, "build"},
      {docs, "docs"},
      {complete, "complete"},
  });
};

/// The steps between phases, which depend on the type of the session (seed 002).
struct PhaseStep {
  SessionType type;
  Phase from;
  Phase to;
};

inline constexpr auto kPhaseSteps = std::to_array<PhaseStep>({
    {SessionType::full, Phase::spec, Phase::plan},
    {SessionType::full, Phase::plan, Phase::build},
    {SessionType::full, Phase::build, Phase::docs},
    {SessionType::full, Phase::build, Phase::complete},
    {SessionType::full, Phase::docs, Phase::complete},
    {SessionType::quick, Phase::plan, Phase::build},
    {SessionType::quick, Phase::build, Phase::complete},
    {SessionType::research, Phase::spec, Phase::complete},
});

/// The phase in which a session of `type` begins: the one that no step leads to.
constexpr Phase first_phase(SessionType type) {
  return type == SessionType::quick ? Phase::plan : Phase::spec;
}

enum class SpawnSource { manual, orchestrator, ui, cli, api };

template <>
struct Vocabulary<SpawnSource> {
  using enum SpawnSource;
  static constexpr auto words = std::to_array<std::pair<SpawnSource, std::string_view>>({
      {manual, "manual"},
      {orchestrator, "orchestrator"},
      {ui, "ui"},
      {cli, "cli"},
      {api, "api"},
  });
};

/// Who started the session, and with what (seed 001).
struct SessionMetadata {
  std::vector<std::string> skills = {};
  std::optional<SpawnSource> spawn_source = {};
  std::optional<std::string> spawned_by = {};
  std::optional<std::string> spawn_reason = {};
  Json context = Json::object();
  bool operator==(const SessionMetadata&) const = default;
};

struct Goals {
  std::vector<std::string> high_level = {};
  std::vector<std::string> mid_level = {};
  std::vector<std::string> detailed = {};
  bool operator==(const Goals&) const = default;
};

struct Decision {
  std::string title = {};
  std::string rationale = {};
  std::string date = {};
  bool operator==(const Decision&) const = default;
};

/// When each phase was entered and left.
struct PhaseHistory {
  std::optional<Timestamp> spec_started_at;
  std::optional<Timestamp> spec_completed_at;
  std::optional<Timestamp> plan_started_at;
  std::optional<Timestamp> plan_completed_at;
  std::optional<Timestamp> build_started_at;
  std::optional<Timestamp> build_completed_at;
  std::optional<Timestamp> docs_started_at;
  std::optional<Timestamp> docs_completed_at;
  bool operator==(const PhaseHistory&) const = default;
};

struct BuildProgress {
  std::optional<std::int64_t> checkpoints_total = {};
  std::vector<std::int64_t> checkpoints_completed = {};
  std::optional<std::int64_t> current_checkpoint = {};
  bool operator==(const BuildProgress&) const = default;
};

struct Git {
  std::optional<std::string> branch = {};
  std::optional<std::string> worktree = {};
  std::optional<std::string> base_branch = {};
  bool operator==(const Git&) const = default;
};

struct Commit {
  std::string sha = {};
  std::string message = {};
  std::optional<std::int64_t> checkpoint = {};
  std::optional<Timestamp> created_at = {};
  bool operator==(const Commit&) const = default;
};

/// The external thread or conversation that the session runs in (seed 000).
struct Runtime {
  std::optional<std::string> source;
  std::optional<std::string> session_id;
  bool operator==(const Runtime&) const = default;
};

struct SessionError {
  std::optional<std::string> message;
  std::optional<std::string> phase;
  bool operator==(const SessionError&) const = default;
};

/// What a session's `state.json` holds.
struct Session {
  std::string session_id;
  std::optional<std::string> project_id;
  std::string topic;
  std::optional<std::string> description;
  SessionType session_type = SessionType::full;
  SessionStatus status = SessionStatus::running;
  std::optional<Phase> current_phase;
  std::optional<std::string> granularity;
  std::optional<std::string> prior_session;
  std::optional<std::string> parent_session_id;
  std::vector<std::string> task_ids;
  std::optional<std::string> agent_id;
  Json env = Json::object();
  SessionMetadata metadata;
  Goals goals;
  std::vector<Json> open_questions;
  std::vector<Decision> key_decisions;
  PhaseHistory phase_history;
  BuildProgress build_progress;
  Git git;
  std::vector<Commit> commits;
  Json artifacts = Json::object();
  std::vector<Json> doc_updates;
  Runtime runtime;
  std::optional<std::string> summary;
  SessionError error;
  std::string hostname;
  std::string platform;
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> last_activity_at;
  std::optional<Timestamp> completed_at;
  bool operator==(const Session&) const = default;
};

template <>
struct Description<SessionMetadata> {
  static constexpr auto fields = std::tuple{
      optional("skills", &SessionMetadata::skills, "the skills that its agent is given"),
      optional("spawn_source", &SessionMetadata::spawn_source, "what started it"),
      optional("spawned_by", &SessionMetadata::spawned_by, "the session that started it"),
      optional("spawn_reason", &SessionMetadata::spawn_reason),
      optional("context", &SessionMetadata::context, "whatever its spawner passed on"),
  };
};

template <>
struct Description<Goals> {
  static constexpr auto fields = std::tuple{
      without_column("high_level", &Goals::high_level, "what is wanted, and why"),
      without_column("mid_level", &Goals::mid_level),
      without_column("detailed", &Goals::detailed, "what can be ticked off"),
  };
};

template <>
struct Description<Decision> {
  static constexpr auto fields = std::tuple{
      optional("title", &Decision::title),
      optional("rationale", &Decision::rationale),
      optional("date", &Decision::date, "as it was given; core writes YYYY-MM-DD"),
  };
};

template <>
struct Description<PhaseHistory> {
  static constexpr auto fields = std::tuple{
      without_column("spec_started_at", &PhaseHistory::spec_started_at),
      without_column("spec_completed_at", &PhaseHistory::spec_completed_at),
      without_column("plan_started_at", &PhaseHistory::plan_started_at),
      without_column("plan_completed_at", &PhaseHistory::plan_completed_at),
      without_column("build_started_at", &PhaseHistory::build_started_at),
      without_column("build_completed_at", &PhaseHistory::build_completed_at),
      without_column("docs_started_at", &PhaseHistory::docs_started_at),
      without_column("docs_completed_at", &PhaseHistory::docs_completed_at),
  };
};

template <>
struct Description<BuildProgress> {
  static constexpr auto fields = std::tuple{
      optional("checkpoints_total", &BuildProgress::checkpoints_total,
               "into how many steps the build is divided"),
      counted("checkpoints_completed", &BuildProgress::checkpoints_completed,
              "those that are done, from 1, sorted"),
      optional("current_checkpoint", &BuildProgress::current_checkpoint,
               "the one being worked on; none after the last"),
  };
};

template <>
struct Description<Git> {
  static constexpr auto fields = std::tuple{
      optional("branch", &Git::branch),
      optional("worktree", &Git::worktree, "the path of the checkout that it works in"),
      optional("base_branch", &Git::base_branch, "the branch that it started from"),
  };
};

template <>
struct Description<Commit> {
  static constexpr auto fields = std::tuple{
      optional("sha", &Commit::sha),
      optional("message", &Commit::message),
      optional("checkpoint", &Commit::checkpoint, "the checkpoint that it belongs to"),
      optional("created_at", &Commit::created_at),
  };
};

template <>
struct Description<Runtime> {
  static constexpr auto fields = std::tuple{
      optional("source", &Runtime::source, "the name of the program that it runs in"),
      optional("session_id", &Runtime::session_id, "that program's own id of it"),
  };
};

template <>
struct Description<SessionError> {
  static constexpr auto fields = std::tuple{
      optional("message", &SessionError::message),
      optional("phase", &SessionError::phase, "the phase in which it happened"),
  };
};

template <>
struct Description<Session> {
  static constexpr std::string_view name = "session";
  static constexpr auto fields = std::tuple{
      required("session_id", &Session::session_id, "the name of its directory"),
      optional("project_id", &Session::project_id),
      optional("topic", &Session::topic, "the display name"),
      optional("description", &Session::description),
      required("session_type", &Session::session_type, "decides which phases it goes through"),
      required("status", &Session::status),
      optional("current_phase", &Session::current_phase),
      optional("granularity", &Session::granularity),
      optional("prior_session", &Session::prior_session, "the session that it carries on from"),
      optional("parent_session_id", &Session::parent_session_id,
               "the session that it is a part of"),
      optional("task_ids", &Session::task_ids, "the tasks that it works on"),
      optional("agent_id", &Session::agent_id, "its agent, as the registry knows it"),
      optional("env", &Session::env, "environment variables: name → value"),
      nested("metadata", &Session::metadata),
      without_column("goals", &Session::goals),
      without_column("open_questions", &Session::open_questions,
                     "text, or objects where people write more"),
      without_column("key_decisions", &Session::key_decisions),
      without_column("phase_history", &Session::phase_history,
                     "when each phase was entered and left"),
      nested("build_progress", &Session::build_progress),
      nested("git", &Session::git, "git_"),
      without_column("commits", &Session::commits),
      without_column("artifacts", &Session::artifacts, "name → path"),
      optional("doc_updates", &Session::doc_updates, "what changed in the documentation"),
      nested("runtime", &Session::runtime, "runtime_"),
      optional("summary", &Session::summary, "what came of it"),
      nested("error", &Session::error, "error_"),
      optional("hostname", &Session::hostname, "the machine that it was created on"),
      optional("platform", &Session::platform, "that machine's operating system"),
      required("created_at", &Session::created_at),
      optional("updated_at", &Session::updated_at),
      optional("started_at", &Session::started_at),
      optional("last_activity_at", &Session::last_activity_at, "when it last did something"),
      optional("completed_at", &Session::completed_at,
               "when it ended, also as failed or cancelled"),
  };
};

/// Where the stamps of `phase` are kept; `complete` has none.
struct PhaseStamps {
  std::optional<Timestamp>* started_at = nullptr;
  std::optional<Timestamp>* completed_at = nullptr;
};
PhaseStamps stamps_of(PhaseHistory& history, Phase phase);

}  // namespace tain
