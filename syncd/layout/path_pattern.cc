#include "path_pattern.h"

#include "core/fs/paths.h"

namespace tain::syncd {

std::optional<PathPattern::Names> PathPattern::match(const PathParts& path) const {
  Names names;
  std::size_t at = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind == Step::Kind::below) {
      const std::size_t left = steps_.size() - i - 1;  // one name each
      if (at + left > path.size()) return std::nullopt;
      at = path.size() - left;
    } else if (at == path.size() || !takes(steps_[i], path[at++], names)) {
      return std::nullopt;
    }
  }
  if (at != path.size()) return std::nullopt;
  return names;
}

bool PathPattern::takes(const Step& step, std::string_view name, Names& names) {
  switch (step.kind) {
    case Step::Kind::exactly:
      return name == step.text;
    case Step::Kind::any:
      if (!step.text.empty()) names.emplace_back(step.text, name);
      return true;
    case Step::Kind::json_file:
      if (!name.ends_with(kJsonSuffix)) return false;
      names.emplace_back(step.text, name.substr(0, name.size() - kJsonSuffix.size()));
      return true;
    case Step::Kind::below:
      break;
  }
  return false;
}

}  // namespace tain::syncd
