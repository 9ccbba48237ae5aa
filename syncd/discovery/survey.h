#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "syncd/layout/layout.h"
#include "syncd/mirror/ledger.h"

namespace tain::syncd {

/// What one layout recognises in a tree.
struct LayoutCount {
  std::string layout;
  std::int64_t files = 0;
  std::int64_t sessions = 0;  ///< of them, those that are a session each
  std::int64_t logs = 0;      ///< of them, those that are JSON Lines
  std::int64_t bytes = 0;     ///< of all of them
};

struct Survey {
  std::vector<LayoutCount> layouts;           ///< those that recognise something, by their names
  std::vector<mirror::SyncError> unreadable;  ///< directories that could not be looked into
};

/// What the layouts recognise below `directory`: by their paths, as the daemon does, without the
/// directories called one of `pruned`. No file is opened. Empty, too, where the directory is
/// missing. Throws IoError when this process runs out of descriptors.
Survey survey(const std::string& directory, const Layouts& layouts,
              const std::set<std::string, std::less<>>& pruned);

}  // namespace tain::syncd
