#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "syncd/sync/file_sync.h"

namespace tain::syncd {

/// What the daemon is told: by the command line first, then by its configuration file, then by the
/// environment and XDG.
struct Config {
  std::vector<std::string> roots;  ///< canonical, none inside another
  std::filesystem::path db;
  std::filesystem::path socket;
  std::set<std::string, std::less<>>
      pruned;  ///< names of directories that are never entered outside of state trees
  SyncLimits limits;
  std::chrono::seconds scan_interval{
      600};  ///< between full scans, which find what no event told of
  std::chrono::seconds poll_interval{
      5};  ///< between scans of roots that cannot be watched, or are unavailable
  std::chrono::milliseconds heartbeat_interval{60'000};  ///< between signs of life in the mirror
  bool use_inotify = true;                               ///< else every root is polled
};

/// What stands on the command line; empty means not given.
struct ConfigOverrides {
  std::filesystem::path file = {};
  std::vector<std::string> roots = {};
  std::filesystem::path db = {};
  std::filesystem::path socket = {};
};

/// Reads the configuration file (one that was not named may be missing) and applies `overrides`.
/// Throws NotFoundError, ParseError, SchemaError for a file that is missing or wrong,
/// InvalidArgument when there is no root.
///
/// The file is one JSON object; all keys may be absent: `roots` (list of directories, a leading
/// `~` is the home directory), `db`, `socket`, `prune` (list of names, instead of the built-in
/// ones), `max_body` (bytes), `scan_interval_seconds` and `poll_interval_seconds` (1 to 31536000, a
/// year), `watch` (`inotify` or `polling`).
Config load_config(const ConfigOverrides& overrides);

/// `path` as marks and roots are called: canonical as far as it exists, since it may be missing now
/// and come back, and without a slash at the end. Nothing for what is no absolute path.
std::optional<std::string> canonical_path(const std::string& path);

/// Adds a root, unless it lies in one that is there already; roots inside it become part of it.
void add_root(Config& config, const std::string& root);

}  // namespace tain::syncd
