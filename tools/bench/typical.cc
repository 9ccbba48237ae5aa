#include "typical.h"

#include <array>
#include <string_view>

#include "core/model/classification.h"
#include "core/model/codec.h"

namespace tain::bench {
namespace {

constexpr std::int64_t kEpochMs = 1'771'200'000'000;  // 2026-02-16
constexpr std::int64_t kMinuteMs = 60'000;

constexpr auto kWords = std::to_array<std::string_view>(
    {"the",      "parser",  "reads",   "a",        "session", "and",     "keeps",  "its",
     "order",    "when",    "agents",  "write",    "state",   "to",      "files",  "that",
     "schema",   "changes", "fail",    "retry",    "index",   "of",      "tokens", "per",
     "phase",    "plan",    "build",   "document", "cache",   "request", "server", "client",
     "timeline", "merge",   "branch",  "test",     "suite",   "release", "colour", "theme",
     "settings", "page",    "account", "checkout", "payment", "queue",   "worker", "heartbeat"});
constexpr auto kTypes =
    std::to_array<std::string_view>({"log", "command", "update", "milestone", "tool.used",
                                     "terminal.command", "file.changed", "user.message"});
constexpr auto kModels = std::to_array<std::string_view>({"large-1", "medium-2", "small-1"});
constexpr auto kPhases =
    std::to_array<Phase>({Phase::spec, Phase::plan, Phase::build, Phase::docs, Phase::complete});

std::string numbered(std::string_view prefix, std::int64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 7) digits.insert(0, 7 - digits.size(), '0');
  return std::string(prefix) + digits;
}

}  // namespace

std::int64_t Typical::below(std::int64_t limit) {
  return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
}

std::string Typical::text(int words) {
  std::string result;
  for (int i = 0; i < words; ++i) {
    if (i > 0) result += ' ';
    result += kWords[static_cast<std::size_t>(below(kWords.size()))];
  }
  return result;
}

std::vector<std::string> Typical::texts(int count, int words) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) result.push_back(text(words));
  return result;
}

std::string Typical::id(const std::string& prefix, Timestamp at) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string result = prefix + "_" + std::to_string(at.ms) + "_";
  for (int i = 0; i < 9; ++i) result += kDigits[static_cast<std::size_t>(below(36))];
  return result;
}

void Typical::fill_plan(Session& session) {
  session.goals = {texts(2, 9), texts(3, 9), texts(6, 9)};
  session.open_questions = {text(10), text(10)};
  for (int i = 0; i < 5; ++i) {
    session.key_decisions.push_back({text(5), text(18), format_date(session.created_at)});
  }
  session.artifacts = {{"spec", "docs/specs/" + session.session_id + "/spec.md"},
                       {"plan", "docs/specs/" + session.session_id + "/plan.md"}};
}

void Typical::fill_phases(Session& session) {
  const auto last = static_cast<std::size_t>(below(kPhases.size()));
  session.current_phase = kPhases[last];
  std::int64_t at = session.created_at.ms;
  for (std::size_t i = 0; i <= last && kPhases[i] != Phase::complete; ++i) {
    const PhaseStamps stamps = stamps_of(session.phase_history, kPhases[i]);
    *stamps.started_at = Timestamp{at};
    at += (5 + below(55)) * kMinuteMs;
    if (i < last) *stamps.completed_at = Timestamp{at};
  }
  session.updated_at = Timestamp{at};
  session.last_activity_at = session.updated_at;
}

void Typical::fill_progress(Session& session) {
  constexpr std::int64_t kCheckpoints = 6;
  const std::int64_t done = below(kCheckpoints + 1);
  session.build_progress.checkpoints_total = kCheckpoints;
  for (std::int64_t i = 1; i <= done; ++i) {
    session.build_progress.checkpoints_completed.push_back(i);
    session.commits.push_back({id("c", session.created_at).substr(16), text(7), i,
                               Timestamp{session.created_at.ms + i * 7 * kMinuteMs}});
  }
  if (done < kCheckpoints) session.build_progress.current_checkpoint = done + 1;
  session.git = {"feature/" + session.session_id, "/home/agent/trees/" + session.session_id,
                 "main"};
}

Session Typical::session(std::int64_t number) {
  Session session;
  session.created_at = Timestamp{kEpochMs + number * 37'000};
  session.started_at = session.created_at;
  session.session_id = id("sess", session.created_at);
  session.topic = text(5);
  session.description = text(30);
  session.summary = text(8);
  session.task_ids = {task_of(number)};
  session.agent_id = "builder";
  session.env = {{"CI", "1"}, {"LANG", "C.UTF-8"}};
  session.metadata.skills = {"testing", "refactoring"};
  session.metadata.spawn_source = SpawnSource::orchestrator;
  session.metadata.spawn_reason = text(8);
  session.runtime = {"terminal", id("rt", session.created_at)};
  session.hostname = "bench";
  session.platform = "linux";
  fill_phases(session);
  fill_plan(session);
  fill_progress(session);
  session.status = static_cast<SessionStatus>(below(7));
  if (session.status == SessionStatus::failed) session.error = {text(9), "build"};
  return session;
}

Event Typical::event(const Session& session, std::int64_t number) {
  Event event;
  event.at = Timestamp{session.created_at.ms + number * kMinuteMs};
  event.id = id("evt", event.at);
  event.type = kTypes[static_cast<std::size_t>(below(kTypes.size()))];
  event.session_id = session.session_id;
  event.message = text(4);
  if (number % 5 == 0) {
    event.task_id = session.task_ids.front();
    event.usage.model = kModels[static_cast<std::size_t>(below(kModels.size()))];
    event.usage.input_tokens = below(20'000);
    event.usage.output_tokens = below(2'000);
    event.usage.cost_usd = static_cast<double>(below(1'000)) / 10'000;
  }
  event.lane = default_lane(event.type);
  return event;
}

std::string state_bytes(const Session& session) {
  Document document;
  document.root() = Codec<Session>::encode(session);
  return document.dump();
}

std::string task_of(std::int64_t session_number) {
  return numbered("task_", session_number / 10);
}

}  // namespace tain::bench
