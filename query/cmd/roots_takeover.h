#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "command.h"

namespace tain::query {

/// What was changed in the configuration's roots; canonical.
struct RootChanges {
  std::vector<std::string> added = {};
  std::vector<std::string> removed = {};
};

/// Adds `roots` to the user's configuration, in place of those that lie in them, and says so; also
/// that another change of it is waited for. Throws as syncd::add_configured_roots().
void add_to_configuration(const std::vector<std::string>& roots, const Io& io);
/// Takes `roots` out of it, in the same way. Throws as syncd::remove_configured_roots().
void remove_from_configuration(const std::vector<std::string>& roots, const Io& io);

/// Has the daemon at `socket` read its configuration again, waits until its mirror is up to date,
/// and says what has become of the changes; where none runs, what is to be done. Returns the exit
/// status: kFailed where a daemon runs and goes on with other roots.
int take_over(const std::filesystem::path& socket, const RootChanges& changes, const Io& io);

}  // namespace tain::query
