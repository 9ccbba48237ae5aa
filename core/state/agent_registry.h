#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../model/agent.h"
#include "entity_file.h"
#include "listing.h"

namespace tain {

/// Which agents a list holds; what is absent does not matter.
struct AgentFilter {
  std::optional<bool> active = {};
  std::optional<AgentKind> kind = {};
};

/// The agents that a project knows, and what each can do (seed 003): `agents/<slug>.json`.
///
/// An agent is asked for by its id or its slug; by default the two are the same, so that a
/// reference leads to the file without a search. No two agents share any of the two. Every write is
/// checked with require_valid(Agent): on InvalidArgument nothing was written. Writes are durable as
/// the options say and lose nothing that the file holds beside (see EntityFile).
///
/// Thread-safe: it has no state but the path. Any number of processes may share the files.
class AgentRegistry {
 public:
  explicit AgentRegistry(const std::filesystem::path& project_root, ProjectOptions options = {});

  /// Adds an agent. An absent slug is made from the name, an absent id is the slug, absent times
  /// are now. Throws AlreadyExistsError, naming the agent that has the id or the slug;
  /// NotFoundError where there is no project; InvalidArgument for an agent that is not valid, a bad
  /// slug or id.
  Agent register_agent(Agent agent);

  /// Throws NotFoundError, naming the agents that there are; what EntityFile::open throws for a bad
  /// file of that name.
  Agent find(std::string_view id_or_slug) const;

  /// The same for those who look through many references: nothing for an agent that is not there or
  /// whose file is bad. Throws IoError for what is not the file's own fault.
  std::optional<Agent> find_if_sound(std::string_view id_or_slug) const;

  /// By slug.
  Listing<Agent> list(const AgentFilter& filter = {}) const;

  /// Applies `change` to the agent as it is now, under its lock, and answers with the new one. A
  /// capability that is new gets its created_at. Throws as find() does, and InvalidArgument when
  /// the id or the slug was changed: others refer to them.
  Agent update(std::string_view id_or_slug, const std::function<void(Agent&)>& change);

  /// An inactive agent's executions stay queued.
  Agent set_active(std::string_view id_or_slug, bool active);

  /// Throws InvalidArgument for a key that the agent has already.
  Agent add_capability(std::string_view id_or_slug, const Capability& capability);
  /// Throws NotFoundError, naming the keys that there are, as remove_capability does.
  Agent update_capability(std::string_view id_or_slug, std::string_view key,
                          const std::function<void(Capability&)>& change);
  /// Executions that were queued for it keep what they were queued with.
  Agent remove_capability(std::string_view id_or_slug, std::string_view key);

 private:
  std::filesystem::path path_of(std::string_view slug) const;
  std::optional<std::filesystem::path> search(std::string_view id_or_slug) const;
  EntityFile<Agent> open(std::string_view id_or_slug) const;
  void require_unused(const Agent& agent) const;

  ProjectOptions options_;
  std::filesystem::path root_;
  std::filesystem::path directory_;
};

/// The capability of that key. Throws NotFoundError naming the agent and the keys that it has.
const Capability& capability_of(const Agent& agent, std::string_view key);

}  // namespace tain
