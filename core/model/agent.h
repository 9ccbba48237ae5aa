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

enum class AgentKind { builtin, custom };

template <>
struct Vocabulary<AgentKind> {
  using enum AgentKind;
  static constexpr auto words = std::to_array<std::pair<AgentKind, std::string_view>>({
      {builtin, "builtin"},
      {custom, "custom"},
  });
};

/// How the registry came to know of the agent.
enum class DiscoveryMethod { preset, path_scan, manual };

template <>
struct Vocabulary<DiscoveryMethod> {
  using enum DiscoveryMethod;
  static constexpr auto words = std::to_array<std::pair<DiscoveryMethod, std::string_view>>({
      {preset, "preset"},
      {path_scan, "path_scan"},
      {manual, "manual"},
  });
};

/// How the registry came to know of the capability.
enum class CapabilitySource {
  manual,
  builtin,
  preset,
  scan_help,
  scan_completion,
  scan_fig,
  scan_mcp,
  scan_man,
  llm_generated,
};

template <>
struct Vocabulary<CapabilitySource> {
  using enum CapabilitySource;
  static constexpr auto words = std::to_array<std::pair<CapabilitySource, std::string_view>>({
      {manual, "manual"},
      {builtin, "builtin"},
      {preset, "preset"},
      {scan_help, "scan_help"},
      {scan_completion, "scan_completion"},
      {scan_fig, "scan_fig"},
      {scan_mcp, "scan_mcp"},
      {scan_man, "scan_man"},
      {llm_generated, "llm_generated"},
  });
};

/// A template is a command line with holes; a prompt is free text.
enum class InteractionMode { template_mode, prompt_mode };

template <>
struct Vocabulary<InteractionMode> {
  using enum InteractionMode;
  static constexpr auto words = std::to_array<std::pair<InteractionMode, std::string_view>>({
      {template_mode, "template"},
      {prompt_mode, "prompt"},
  });
};

/// One thing that an agent can be asked to do (seed 003).
struct Capability {
  std::string key = {};
  std::string label = {};
  std::optional<std::string> description = {};
  CapabilitySource source = CapabilitySource::manual;
  InteractionMode interaction_mode = InteractionMode::template_mode;
  std::optional<std::vector<std::string>> command_tokens = {};
  std::optional<std::string> prompt_template = {};
  Json args_schema = Json::object();
  bool requires_approval = false;
  bool is_enabled = true;
  std::int64_t danger_level = 0;
  std::int64_t timeout_sec = 300;
  std::int64_t max_output_bytes = std::int64_t{10} * 1024 * 1024;
  std::optional<Timestamp> created_at = {};
  bool operator==(const Capability&) const = default;
};

/// A program that can work on tasks, as the registry knows it: `agents/<slug>.json` (seed 003).
struct Agent {
  std::string id = {};
  std::string name = {};
  std::string slug = {};
  std::optional<std::string> owner_id = {};
  AgentKind kind = AgentKind::custom;
  std::string binary_path = {};
  std::vector<std::string> base_args = {};
  std::optional<std::string> working_dir = {};
  std::vector<std::string> env_allowlist = {};
  bool is_active = true;
  std::int64_t max_concurrent = 1;
  DiscoveryMethod discovery_method = DiscoveryMethod::manual;
  std::optional<std::string> version = {};
  std::optional<std::string> package_name = {};
  std::optional<std::string> package_section = {};
  std::optional<std::string> tool_type = {};
  bool mcp_enabled = false;
  std::optional<Json> session_config = {};
  std::optional<Timestamp> last_scanned_at = {};
  Json metadata = Json::object();
  std::vector<Capability> capabilities = {};
  Timestamp created_at = {};
  Timestamp updated_at = {};
  bool operator==(const Agent&) const = default;
};

template <>
struct Description<Capability> {
  static constexpr auto fields = std::tuple{
      required("key", &Capability::key, "unique within its agent"),
      optional("label", &Capability::label),
      optional("description", &Capability::description),
      optional("source", &Capability::source, "how the registry learned of it"),
      required("interaction_mode", &Capability::interaction_mode,
               "template: a command line; prompt: free text"),
      optional("command_tokens", &Capability::command_tokens,
               "the command line, a word each; a template must have them"),
      optional("prompt_template", &Capability::prompt_template,
               "with holes such as {{task_title}}"),
      optional("args_schema", &Capability::args_schema, "a JSON Schema of the arguments"),
      optional("requires_approval", &Capability::requires_approval),
      optional("is_enabled", &Capability::is_enabled),
      optional("danger_level", &Capability::danger_level,
               "0 safe, 1 caution, 2 dangerous, 3 destructive"),
      optional("timeout_sec", &Capability::timeout_sec),
      optional("max_output_bytes", &Capability::max_output_bytes),
      optional("created_at", &Capability::created_at),
  };
};

template <>
struct Description<Agent> {
  static constexpr std::string_view name = "agent";
  static constexpr auto fields = std::tuple{
      required("id", &Agent::id, "what executions, tasks and sessions refer to"),
      required("name", &Agent::name),
      required("slug", &Agent::slug, "the name of its file"),
      optional("owner_id", &Agent::owner_id),
      optional("kind", &Agent::kind),
      optional("binary_path", &Agent::binary_path),
      optional("base_args", &Agent::base_args, "arguments of every call"),
      optional("working_dir", &Agent::working_dir),
      optional("env_allowlist", &Agent::env_allowlist, "the environment variables that it may see"),
      optional("is_active", &Agent::is_active, "whether its executions may be claimed"),
      optional("max_concurrent", &Agent::max_concurrent, "how many executions may run at once"),
      optional("discovery_method", &Agent::discovery_method),
      optional("version", &Agent::version),
      optional("package_name", &Agent::package_name, "the Debian package that holds it"),
      optional("package_section", &Agent::package_section),
      optional("tool_type", &Agent::tool_type, "cli-tool, ai-agent, daemon, shell-util, …"),
      optional("mcp_enabled", &Agent::mcp_enabled, "whether it is started with an MCP server"),
      optional("session_config", &Agent::session_config, "how its own sessions are resumed"),
      optional("last_scanned_at", &Agent::last_scanned_at),
      optional("metadata", &Agent::metadata, "icon, color, description, homepage, …"),
      without_column("capabilities", &Agent::capabilities),
      optional("created_at", &Agent::created_at),
      optional("updated_at", &Agent::updated_at),
  };
};

/// Throws InvalidArgument, naming the agent and the capability, for what the registry does not
/// take: no name, max_concurrent below 1, a capability key that stands twice or is empty, a
/// `template` without command tokens, a danger level outside 0 to 3, a timeout or an output limit
/// below 1.
void require_valid(const Agent& agent);

}  // namespace tain
