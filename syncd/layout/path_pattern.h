#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "layout.h"

namespace tain::syncd {

/// A place in a tree: what the names on the way to a file must be, and what they say.
class PathPattern {
 public:
  struct Step {
    enum class Kind { exactly, between, below } kind;
    std::string_view begin = {};   ///< exactly: the whole name
    std::string_view end = {};     ///< between: what the name ends with
    std::string_view column = {};  ///< between: what the rest of the name says; empty: nothing
  };
  using Steps = std::vector<Step>;
  using Names = std::vector<std::pair<std::string_view, std::string_view>>;

  /// At most one step may be `below`.
  explicit PathPattern(Steps steps) : steps_(std::move(steps)) {}

  /// The columns and their values when the pattern covers all of `path`.
  std::optional<Names> match(const PathParts& path) const;

 private:
  static bool takes(const Step& step, std::string_view name, Names& names);

  Steps steps_;
};

/// This name.
constexpr PathPattern::Step exactly(std::string_view name) {
  return {PathPattern::Step::Kind::exactly, name};
}
/// A name with this beginning and end, between which `column` stands.
constexpr PathPattern::Step between(std::string_view begin, std::string_view end,
                                    std::string_view column = {}) {
  return {PathPattern::Step::Kind::between, begin, end, column};
}
/// Any name, which is what `column` says.
constexpr PathPattern::Step any(std::string_view column = {}) {
  return between({}, {}, column);
}
/// `<column>.json`.
constexpr PathPattern::Step json_file(std::string_view column) {
  return between({}, ".json", column);
}
/// Any directories, or none.
constexpr PathPattern::Step below() {
  return {PathPattern::Step::Kind::below};
}

}  // namespace tain::syncd
