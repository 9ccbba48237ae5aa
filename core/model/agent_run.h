#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "usage.h"
#include "vocabulary.h"

namespace tain {

enum class AgentRunStatus { pending, running, completed, failed, cancelled };

template <>
struct Vocabulary<AgentRunStatus> {
  using enum AgentRunStatus;
  static constexpr auto words = std::to_array<std::pair<AgentRunStatus, std::string_view>>({
      {pending, "pending"},
      {running, "running"},
      {completed, "completed"},
      {failed, "failed"},
      {cancelled, "cancelled"},
  });
};

template <>
struct Lifecycle<AgentRunStatus> {
  using enum AgentRunStatus;
  static constexpr std::string_view name = "agent run status";
  static constexpr auto transitions = std::to_array<std::pair<AgentRunStatus, AgentRunStatus>>({
      {pending, running},
      {pending, failed},
      {pending, cancelled},
      {running, completed},
      {running, failed},
      {running, cancelled},
  });
};

/// One invocation of an agent inside a session: what seed 002 calls an agent.
struct AgentRun {
  std::string id;
  std::string session_id;
  std::string agent_type;
  std::optional<std::string> name;
  std::optional<std::string> agent_id;
  std::optional<std::string> sdk_session_id;
  std::optional<std::string> model;
  AgentRunStatus status = AgentRunStatus::running;
  std::optional<std::int64_t> checkpoint_id;
  std::optional<std::string> task_group_id;
  std::optional<std::string> working_dir;
  Usage usage;
  std::optional<std::string> error_message;
  std::vector<std::string> allowed_tools;
  Json metadata = Json::object();
  Timestamp created_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> completed_at;
  bool operator==(const AgentRun&) const = default;
};

template <>
struct Description<AgentRun> {
  static constexpr std::string_view name = "agent_run";
  static constexpr auto fields = std::tuple{
      required("id", &AgentRun::id, "the name of its file"),
      optional("session_id", &AgentRun::session_id, "the session that it is a part of"),
      required("agent_type", &AgentRun::agent_type,
               "spec, plan, quick-plan, build, research, docs, debug, …"),
      optional("name", &AgentRun::name),
      optional("agent_id", &AgentRun::agent_id, "its agent, as the registry knows it"),
      optional("sdk_session_id", &AgentRun::sdk_session_id,
               "the id by which the agent's own program resumes it"),
      optional("model", &AgentRun::model, "the language model that it ran on"),
      required("status", &AgentRun::status),
      optional("checkpoint_id", &AgentRun::checkpoint_id,
               "the checkpoint that it worked on, from 1"),
      optional("task_group_id", &AgentRun::task_group_id,
               "the part of the checkpoint that it worked on"),
      optional("working_dir", &AgentRun::working_dir),
      nested("usage", &AgentRun::usage),
      optional("error_message", &AgentRun::error_message, "why it failed"),
      optional("allowed_tools", &AgentRun::allowed_tools, "the tools that it may use"),
      optional("metadata", &AgentRun::metadata),
      required("created_at", &AgentRun::created_at),
      optional("started_at", &AgentRun::started_at),
      optional("completed_at", &AgentRun::completed_at,
               "when it ended, also as failed or cancelled"),
  };
};

}  // namespace tain
