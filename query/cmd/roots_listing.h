#pragma once

#include <optional>
#include <string>
#include <vector>

#include "syncd/service/config.h"

namespace tain::query {

/// A directory that is mirrored, or is to be.
struct ListedRoot {
  std::string path;
  bool is_configured = false;
  std::optional<bool> is_watched;  ///< by the daemon; nothing where none answers
  std::string state;               ///< "readable" is the good one
  std::string layouts;             ///< that recognise something there, with commas between them
  std::optional<std::int64_t> sessions;  ///< in the mirror; nothing where it does not know the root
  std::optional<std::int64_t> tasks;
};

/// The roots that the configuration names, those of the daemon at its socket, and those of its
/// mirror, by their paths. A daemon and a mirror need not be there. Throws as the configuration's
/// reading does.
std::vector<ListedRoot> list_roots(const syncd::Config& config);

}  // namespace tain::query
