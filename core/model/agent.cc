#include "agent.h"

#include <set>

#include "../error.h"

namespace tain {
namespace {

void require_valid(const Capability& capability, const std::string& what) {
  if (capability.interaction_mode == InteractionMode::template_mode &&
      (!capability.command_tokens || capability.command_tokens->empty())) {
    throw InvalidArgument(what, "command_tokens, which a template needs", "none");
  }
  if (capability.danger_level < 0 || capability.danger_level > 3) {
    throw InvalidArgument(what, "a danger_level of 0 to 3",
                          std::to_string(capability.danger_level));
  }
  if (capability.timeout_sec < 1) {
    throw InvalidArgument(what, "a timeout_sec of 1 or more",
                          std::to_string(capability.timeout_sec));
  }
  if (capability.max_output_bytes < 1) {
    throw InvalidArgument(what, "a max_output_bytes of 1 or more",
                          std::to_string(capability.max_output_bytes));
  }
}

}  // namespace

void require_valid(const Agent& agent) {
  const std::string name = "agent " + agent.slug;
  if (agent.name.empty()) throw InvalidArgument(name, "a name", "none");
  if (agent.max_concurrent < 1) {
    throw InvalidArgument(name, "a max_concurrent of 1 or more",
                          std::to_string(agent.max_concurrent));
  }
  std::set<std::string_view> keys;
  for (const Capability& capability : agent.capabilities) {
    const std::string what = name + ", capability " + capability.key;
    if (capability.key.empty()) throw InvalidArgument(name, "a key of every capability", "none");
    if (!keys.insert(capability.key).second) {
      throw InvalidArgument(name, "capability keys that differ", capability.key + " twice");
    }
    require_valid(capability, what);
  }
}

}  // namespace tain
