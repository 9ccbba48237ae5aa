// `tain agent`: the registry of programs that can work on tasks, and what they can do.

#include "core/error.h"
#include "core/fs/paths.h"
#include "core/state/agent_registry.h"
#include "project_verb.h"

namespace tain::query {
namespace {

// A flag that is true or false, where it is given.
std::optional<bool> parse_switch(const std::string& argument, const Text& text) {
  if (!text) return std::nullopt;
  if (*text == "yes") return true;
  if (*text == "no") return false;
  throw InvalidArgument(argument, "yes or no", "\"" + *text + "\"");
}

Answer agent_answer(const std::filesystem::path& root, const Agent& agent) {
  return {.text = {}, .json = read_json(agents_directory(root) / entity_file_name(agent.slug))};
}

// The flags with which an agent is added and changed alike.
class AgentFlags {
 public:
  void add_to(CLI::App& app) {
    add_text(app, "--binary", binary_, "The program")->type_name("PATH");
    add_texts(app, "--arg", base_args_, "An argument of every call; may be repeated");
    add_text(app, "--kind", kind_, list_words<AgentKind>());
    add_text(app, "--working-dir", working_dir_, "Where it starts")->type_name("DIR");
    add_texts(app, "--env", env_allowlist_,
              "An environment variable that it may see; may be repeated");
    add_text(app, "--max-concurrent", max_concurrent_, "How many executions may run at once")
        ->type_name("N");
    add_text(app, "--discovery", discovery_, list_words<DiscoveryMethod>());
    add_text(app, "--version-text", version_, "What it says of its version");
    add_text(app, "--package", package_name_, "The Debian package that holds it");
    add_text(app, "--section", package_section_, "The section of that package");
    add_text(app, "--type", tool_type_, "cli-tool, ai-agent, daemon, shell-util, …");
    add_text(app, "--mcp", mcp_, "Whether it is started with an MCP server: yes or no");
    add_text(app, "--session-config", session_config_, "How its sessions are resumed")
        ->type_name("JSON");
    add_text(app, "--scanned", scanned_, "When it was last looked at")->type_name("TIME");
    add_text(app, "--owner", owner_, "Whose it is")->type_name("ID");
    add_text(app, "--metadata", metadata_, "An object")->type_name("JSON");
  }

  void apply(Agent& agent) const {
    if (binary_) agent.binary_path = *binary_;
    if (!base_args_.empty()) agent.base_args = base_args_;
    if (kind_) agent.kind = parse_word<AgentKind>("--kind", *kind_);
    if (working_dir_) agent.working_dir = working_dir_;
    if (!env_allowlist_.empty()) agent.env_allowlist = env_allowlist_;
    if (const auto most = parse_integer("--max-concurrent", max_concurrent_)) {
      agent.max_concurrent = *most;
    }
    if (discovery_) {
      agent.discovery_method = parse_word<DiscoveryMethod>("--discovery", *discovery_);
    }
    if (version_) agent.version = version_;
    if (package_name_) agent.package_name = package_name_;
    if (package_section_) agent.package_section = package_section_;
    if (tool_type_) agent.tool_type = tool_type_;
    if (const auto mcp = parse_switch("--mcp", mcp_)) agent.mcp_enabled = *mcp;
    if (session_config_) {
      agent.session_config = parse_json_object("--session-config", *session_config_);
    }
    if (scanned_) agent.last_scanned_at = parse_moment("--scanned", scanned_);
    if (owner_) agent.owner_id = owner_;
    if (metadata_) agent.metadata = parse_json_object("--metadata", *metadata_);
  }

 private:
  Text binary_, kind_, working_dir_, max_concurrent_, discovery_, version_, package_name_,
      package_section_, tool_type_, mcp_, session_config_, scanned_, owner_, metadata_;
  std::vector<std::string> base_args_, env_allowlist_;
};

class AgentAdd : public ProjectVerb {
 public:
  explicit AgentAdd(CLI::App& family)
      : ProjectVerb(family, "add", "Add one to the registry; prints its id",
                    "agent=$(tain agent add \"Claude Code\" --binary claude --type ai-agent)") {
    add_argument(app(), "NAME", agent_.name, "What people call it");
    add_text(app(), "--slug", slug_, "The name of its file, if not made from NAME");
    add_text(app(), "--id", id_, "Its id, if not the slug")->type_name("ID");
    flags_.add_to(app());
  }

 private:
  Answer apply(const Io& io) override {
    if (slug_) agent_.slug = *slug_;
    if (id_) agent_.id = *id_;
    flags_.apply(agent_);
    const Agent added = AgentRegistry(root(), options(io)).register_agent(agent_);
    Answer answer = agent_answer(root(), added);
    answer.text = added.id;
    return answer;
  }

  Agent agent_;
  Text slug_, id_;
  AgentFlags flags_;
};

class AgentEdit : public ProjectVerb {
 public:
  explicit AgentEdit(CLI::App& family)
      : ProjectVerb(family, "edit", "Change what the registry knows of it",
                    "tain agent edit claude-code --max-concurrent 4") {
    add_argument(app(), "AGENT", agent_, "Its id or slug");
    add_text(app(), "--name", name_, "What people call it");
    flags_.add_to(app());
  }

 private:
  Answer apply(const Io& io) override {
    return agent_answer(root(),
                        AgentRegistry(root(), options(io)).update(agent_, [&](Agent& agent) {
                          if (name_) agent.name = *name_;
                          flags_.apply(agent);
                        }));
  }

  std::string agent_;
  Text name_;
  AgentFlags flags_;
};

class AgentCapability : public ProjectVerb {
 public:
  explicit AgentCapability(CLI::App& family)
      : ProjectVerb(family, "capability", "Add something that it can be asked to do, or change it",
                    "tain agent capability claude-code fix --mode prompt --prompt \"Fix it\"") {
    add_argument(app(), "AGENT", agent_, "Its id or slug");
    add_argument(app(), "KEY", key_, "What it is called among the agent's capabilities");
    app().add_flag("--change", change_, "It is there already");
    add_text(app(), "--label", label_, "What people call it");
    add_text(app(), "--description", description_, "What it does");
    add_text(app(), "--source", source_, list_words<CapabilitySource>());
    add_text(app(), "--mode", mode_, list_words<InteractionMode>());
    add_texts(app(), "--token", tokens_, "A word of the command line of a template; repeated");
    add_text(app(), "--prompt", prompt_, "The template of a prompt");
    add_text(app(), "--args-schema", args_schema_, "A JSON Schema of its arguments")
        ->type_name("JSON");
    add_text(app(), "--approval", approval_, "Whether a person has to approve: yes or no");
    add_text(app(), "--enabled", enabled_, "yes or no");
    add_text(app(), "--danger", danger_, "0 safe, 1 caution, 2 dangerous, 3 destructive");
    add_text(app(), "--timeout", timeout_, "How long it may take (default 300)")
        ->type_name("SECONDS");
    add_text(app(), "--max-output", max_output_, "How much it may print (default 10 MiB)")
        ->type_name("BYTES");
  }

 private:
  Answer apply(const Io& io) override {
    AgentRegistry agents(root(), options(io));
    return agent_answer(root(), write(agents));
  }
  Agent write(AgentRegistry& agents) const {
    if (change_) {
      return agents.update_capability(agent_, key_,
                                      [this](Capability& capability) { set(capability); });
    }
    Capability fresh{.key = key_};
    set(fresh);
    return agents.add_capability(agent_, fresh);
  }

  void set(Capability& capability) const {
    if (label_) capability.label = *label_;
    if (description_) capability.description = description_;
    if (source_) capability.source = parse_word<CapabilitySource>("--source", *source_);
    if (mode_) capability.interaction_mode = parse_word<InteractionMode>("--mode", *mode_);
    if (!tokens_.empty()) capability.command_tokens = tokens_;
    if (prompt_) capability.prompt_template = prompt_;
    if (args_schema_) capability.args_schema = parse_json_object("--args-schema", *args_schema_);
    if (const auto yes = parse_switch("--approval", approval_)) capability.requires_approval = *yes;
    if (const auto yes = parse_switch("--enabled", enabled_)) capability.is_enabled = *yes;
    if (const auto n = parse_integer("--danger", danger_)) capability.danger_level = *n;
    if (const auto n = parse_integer("--timeout", timeout_)) capability.timeout_sec = *n;
    if (const auto n = parse_integer("--max-output", max_output_)) capability.max_output_bytes = *n;
  }

  std::string agent_, key_;
  bool change_ = false;
  Text label_, description_, source_, mode_, prompt_, args_schema_, approval_, enabled_, danger_,
      timeout_, max_output_;
  std::vector<std::string> tokens_;
};

const std::vector<SimpleVerb>& agent_verbs() {
  using Call = SimpleVerb::Call;
  const SimpleVerb::Argument agent{"AGENT", "Its id or slug"};
  static const std::vector<SimpleVerb> verbs{
      {"enable",
       "Let its executions be claimed",
       "tain agent enable claude-code",
       {agent},
       [](const Call& call) {
         AgentRegistry agents(call.root, call.options);
         return agent_answer(call.root, agents.set_active(call.arguments[0], true));
       }},
      {"disable",
       "Leave its executions in the queue",
       "tain agent disable claude-code",
       {agent},
       [](const Call& call) {
         AgentRegistry agents(call.root, call.options);
         return agent_answer(call.root, agents.set_active(call.arguments[0], false));
       }},
      {"forget",
       "Take a capability away",
       "tain agent forget claude-code fix",
       {agent, {"KEY", "The capability's key"}},
       [](const Call& call) {
         AgentRegistry agents(call.root, call.options);
         return agent_answer(call.root,
                             agents.remove_capability(call.arguments[0], call.arguments[1]));
       }},
      {"show",
       "Show it",
       "tain agent show claude-code",
       {agent},
       [](const Call& call) {
         const AgentRegistry agents(call.root, call.options);
         Answer answer = agent_answer(call.root, agents.find(call.arguments[0]));
         answer.text = describe(answer.json);
         return answer;
       }},
  };
  return verbs;
}

}  // namespace

void add_agent(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "agent", "The programs that can work on tasks",
                                "tain agent add \"Claude Code\" --binary claude");
  commands.push_back(std::make_unique<AgentAdd>(family));
  commands.push_back(std::make_unique<AgentEdit>(family));
  commands.push_back(std::make_unique<AgentCapability>(family));
  add_simple_verbs(family, commands, agent_verbs());
}

}  // namespace tain::query
