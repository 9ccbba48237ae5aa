#include "agent_registry.h"

#include <algorithm>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "../model/task.h"
#include "entity_directory.h"

namespace tain {
namespace {

bool answers_to(const Agent& agent, std::string_view id_or_slug) {
  return agent.id == id_or_slug || agent.slug == id_or_slug;
}

std::string known(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text.empty() ? "none is known" : "known: " + text;
}

auto find_capability(std::vector<Capability>& capabilities, std::string_view key) {
  return std::find_if(capabilities.begin(), capabilities.end(),
                      [&](const Capability& capability) { return capability.key == key; });
}

// One that stood in the file without a time keeps being without: nobody knows its age.
void stamp_new_capabilities(Agent& agent, const std::vector<Capability>& before, Timestamp time) {
  for (Capability& capability : agent.capabilities) {
    const bool is_new = std::none_of(before.begin(), before.end(), [&](const Capability& old) {
      return old.key == capability.key;
    });
    if (is_new && !capability.created_at) capability.created_at = time;
  }
}

void require_same(const std::string& what, const std::string& before, const std::string& after) {
  if (before == after) return;
  throw InvalidArgument(what, "\"" + before + "\", which others refer to", "\"" + after + "\"");
}

Agent completed(Agent agent, Timestamp time) {
  if (agent.name.empty()) throw InvalidArgument("agent name", "some text", "nothing");
  if (agent.slug.empty()) agent.slug = slug_of(agent.name);
  if (agent.id.empty()) agent.id = agent.slug;
  require_valid_id("agent slug", agent.slug);
  require_valid_id("agent id", agent.id);
  if (agent.created_at == Timestamp{}) agent.created_at = time;
  agent.updated_at = time;
  stamp_new_capabilities(agent, {}, time);
  require_valid(agent);
  return agent;
}

}  // namespace

AgentRegistry::AgentRegistry(const std::filesystem::path& project_root, ProjectOptions options)
    : options_(std::move(options)),
      root_(std::filesystem::absolute(project_root).lexically_normal()),
      directory_(agents_directory(root_)) {}

Agent AgentRegistry::register_agent(Agent agent) {
  agent = completed(std::move(agent), options_.clock());
  require_writable("agent", agent);
  make_entity_directory(root_, directory_, options_);
  write_and_notify(options_, directory_, [&] {
    const DirectoryLock lock(*options_.file_system, directory_);
    require_project(root_, options_);
    require_unused(agent);
    EntityFile<Agent>::create(lock, path_of(agent.slug), agent, options_);
  });
  return agent;
}

void AgentRegistry::require_unused(const Agent& agent) const {
  for (const Agent& other : list().entities) {
    if (!answers_to(other, agent.id) && !answers_to(other, agent.slug)) continue;
    throw AlreadyExistsError("register", path_of(agent.slug),
                             "agent " + other.slug + " has the id " + other.id +
                                 " already; update it, or give another slug and id");
  }
}

Agent AgentRegistry::find(std::string_view id_or_slug) const {
  return open(id_or_slug).entity();
}

std::optional<Agent> AgentRegistry::find_if_sound(std::string_view id_or_slug) const {
  if (!is_valid_id(id_or_slug)) return std::nullopt;
  auto agent = read_if_sound<Agent>(path_of(id_or_slug), options_);
  if (agent && answers_to(*agent, id_or_slug)) return agent;
  const auto path = search(id_or_slug);
  return path ? read_if_sound<Agent>(*path, options_) : std::nullopt;
}

Listing<Agent> AgentRegistry::list(const AgentFilter& filter) const {
  return read_listing<Agent>(entity_files(options_, directory_), options_, [&](const Agent& agent) {
    return filter.active.value_or(agent.is_active) == agent.is_active &&
           filter.kind.value_or(agent.kind) == agent.kind;
  });
}

Agent AgentRegistry::update(std::string_view id_or_slug,
                            const std::function<void(Agent&)>& change) {
  EntityFile<Agent> file = open(id_or_slug);
  const auto checked = [&](Agent& agent) {
    const Agent before = agent;
    change(agent);
    require_same("id of agent " + before.slug, before.id, agent.id);
    require_same("slug of agent " + before.slug, before.slug, agent.slug);
    stamp_new_capabilities(agent, before.capabilities, options_.clock());
    require_valid(agent);
  };
  write_and_notify(options_, directory_, [&] {
    file.update(checked, [this](Agent& agent) { agent.updated_at = options_.clock(); });
  });
  return file.entity();
}

Agent AgentRegistry::set_active(std::string_view id_or_slug, bool active) {
  return update(id_or_slug, [&](Agent& agent) { agent.is_active = active; });
}

Agent AgentRegistry::add_capability(std::string_view id_or_slug, const Capability& capability) {
  return update(id_or_slug, [&](Agent& agent) { agent.capabilities.push_back(capability); });
}

Agent AgentRegistry::update_capability(std::string_view id_or_slug, std::string_view key,
                                       const std::function<void(Capability&)>& change) {
  return update(id_or_slug, [&](Agent& agent) {
    capability_of(agent, key);
    change(*find_capability(agent.capabilities, key));
  });
}

Agent AgentRegistry::remove_capability(std::string_view id_or_slug, std::string_view key) {
  return update(id_or_slug, [&](Agent& agent) {
    capability_of(agent, key);
    agent.capabilities.erase(find_capability(agent.capabilities, key));
  });
}

std::filesystem::path AgentRegistry::path_of(std::string_view slug) const {
  return directory_ / entity_file_name(slug);
}

// The file may have another name than the agent's id, or than its slug, where a person named it.
std::optional<std::filesystem::path> AgentRegistry::search(std::string_view id_or_slug) const {
  for (const std::filesystem::path& path : entity_files(options_, directory_)) {
    const std::optional<Agent> agent = read_if_sound<Agent>(path, options_);
    if (agent && answers_to(*agent, id_or_slug)) return path;
  }
  return std::nullopt;
}

EntityFile<Agent> AgentRegistry::open(std::string_view id_or_slug) const {
  require_valid_id("agent", id_or_slug);
  if (file_exists(*options_.file_system, path_of(id_or_slug))) {
    auto file = EntityFile<Agent>::open(path_of(id_or_slug), options_);
    if (answers_to(file.entity(), id_or_slug)) return file;
  }
  if (const auto path = search(id_or_slug)) return EntityFile<Agent>::open(*path, options_);
  std::vector<std::string> slugs;
  for (const Agent& agent : list().entities) slugs.push_back(agent.slug);
  throw NotFoundError("find agent " + std::string(id_or_slug), directory_,
                      "no agent has that id or slug; " + known(slugs));
}

const Capability& capability_of(const Agent& agent, std::string_view key) {
  std::vector<std::string> keys;
  for (const Capability& capability : agent.capabilities) {
    if (capability.key == key) return capability;
    keys.push_back(capability.key);
  }
  throw NotFoundError("find capability " + std::string(key), {},
                      "agent " + agent.slug + " has none of that key; " + known(keys));
}

}  // namespace tain
