#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "syncd/layout/layout_description.h"
#include "syncd/layout/redaction.h"
#include "syncd/mirror/prices.h"
#include "syncd/sync/file_sync.h"

namespace tain::syncd {

/// What the daemon is told: by the command line first, then by its configuration file, then by the
/// environment and XDG.
struct Config {
  std::vector<std::string> named_roots;  ///< absolute, as they were named: a link may be among them
  std::vector<std::string> roots;        ///< what they lead to, none inside another
  std::filesystem::path db;
  std::filesystem::path socket;
  std::set<std::string, std::less<>>
      pruned;  ///< names of directories that are never entered outside of state trees
  SyncLimits limits;
  RedactionRules redaction;    ///< what of the files does not reach the mirror
  LayoutChoices layouts;       ///< besides those that are built in
  std::filesystem::path file;  ///< where all of this stands; empty: nowhere
  mirror::PriceTable prices = mirror::PriceTable::shipped();
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
/// ones), `redact` (RedactionRules), `json` (directories of which all JSON is mirrored), `layouts`
/// (list of LayoutDescription), `max_body` (bytes), `prices` (a file of the form of the shipped
/// prices.json, whose models replace those of that name), `scan_interval_seconds` and
/// `poll_interval_seconds` (1 to 31536000, a year), `watch` (`inotify` or `polling`).
Config load_config(const ConfigOverrides& overrides);
/// The same, but there may be no root: for those who ask what is configured.
Config read_config(const ConfigOverrides& overrides);

/// A directory that somebody named, as roots are called: `~` is the home, the rest as
/// canonical_path(). Throws InvalidArgument, with `argument` in it, for an empty name and for `/`.
std::string named_directory(const char* argument, const std::string& given);

/// Where a configuration file stands: what a symbolic link leads to, for who keeps it elsewhere.
/// Throws NotFoundError for a link that leads nowhere.
std::filesystem::path linked_file(const std::filesystem::path& file);

/// `path` as marks and roots are called: canonical as far as it exists, since it may be missing now
/// and come back, and without a slash at the end. Nothing for what is no absolute path.
std::optional<std::string> canonical_path(const std::string& path);

/// Adds a root, unless it lies in one that is there already; roots inside it become part of it.
void add_root(Config& config, const std::string& root);

/// Looks again at where the roots lead. False when that is where it was, or when what is new there
/// is no directory (now): then nothing is changed, since what is gone is not deleted.
bool follow_links(Config& config);

}  // namespace tain::syncd
