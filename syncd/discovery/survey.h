#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "syncd/layout/layout.h"

namespace tain::syncd {

/// What one layout recognises in a tree.
struct LayoutCount {
  std::string layout;
  std::int64_t files = 0;
  std::int64_t sessions = 0;  ///< of them, those that are a session each
  std::int64_t logs = 0;      ///< of them, those that are JSON Lines
  std::int64_t bytes = 0;     ///< of all of them
};

/// What the layouts recognise below `directory`, by the name of the layout: by their paths, as the
/// daemon does, without the directories called one of `pruned`. No file is opened. Empty, too,
/// where the directory is missing. Throws IoError when this process runs out of descriptors.
std::vector<LayoutCount> survey(const std::string& directory, const Layouts& layouts,
                                const std::set<std::string, std::less<>>& pruned);

}  // namespace tain::syncd
