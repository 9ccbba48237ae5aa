#include "path_pattern.h"

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
  if (step.kind == Step::Kind::exactly) return name == step.begin;
  const std::size_t fixed = step.begin.size() + step.end.size();
  if (name.size() < fixed || !name.starts_with(step.begin) || !name.ends_with(step.end)) {
    return false;
  }
  if (!step.column.empty()) {
    names.emplace_back(step.column, name.substr(step.begin.size(), name.size() - fixed));
  }
  return true;
}

}  // namespace tain::syncd
