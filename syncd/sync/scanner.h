#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/fs/file_system.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/ledger.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// Which directory it is that a root's path leads to.
struct RootIdentity {
  std::int64_t device = 0;
  std::int64_t inode = 0;

  bool operator==(const RootIdentity&) const = default;
};

/// Nothing where there is no directory.
std::optional<RootIdentity> root_identity(const std::string& root);

/// What a walk of a tree found.
struct ScanResult {
  bool root_is_there = true;  ///< false: nothing may be concluded from what was not found
  std::string root_trouble;   ///< why it is not
  std::int64_t device = 0;    ///< of the root
  /// Of the root; nothing where it was another directory at the end than at the beginning.
  std::optional<RootIdentity> identity = {};
  std::int64_t files = 0;        ///< that a layout claims
  std::size_t renumbered = 0;    ///< of them, those that the ledger has from another device
  std::int64_t directories = 0;  ///< that were met: as many watches are needed
  bool all_watched = true;
  std::vector<std::string> changed;   ///< files that differ from the ledger, or are not in it
  std::vector<std::string> vanished;  ///< files in the ledger that were not found
  std::vector<mirror::SyncError> unreadable;  ///< directories
  std::vector<std::string>
      readable;  ///< directories that were read, of those that had been unreadable
};

/// A scan was left because the program is to stop.
class ScanStopped : public std::exception {
 public:
  const char* what() const noexcept override { return "the scan was stopped"; }
};

/// Walks trees and compares what is there with the ledger, by stat alone.
class Scanner {
 public:
  Scanner(const Layouts& layouts, Watcher& watcher, std::set<std::string, std::less<>> pruned);

  /// Walks `directory`, which is `root` or lies below it; every directory is watched before it is
  /// read, so that what changes meanwhile is seen by one or the other. Throws ScanStopped as soon
  /// as `stop` says so.
  ScanResult scan(const std::string& root, const std::string& directory, mirror::Ledger& ledger,
                  const std::function<bool()>& stop);

  /// How many files a walk of `root` finds that belong into the mirror; nothing when it is not
  /// there. Watches nothing, and may run on any thread. Throws ScanStopped as scan() does.
  std::optional<std::int64_t> count_files(const std::string& root,
                                          const std::function<bool()>& stop) const;

  /// What a file would be that a walk finds, and how many bytes it has.
  using Visit = std::function<void(const FileRole& role, std::int64_t size)>;
  /// Calls `visit` with each file that count_files() counts. Returns the directories that cannot be
  /// read, `root` among them; none of what is not there.
  std::vector<mirror::SyncError> visit_files(const std::string& root, const Visit& visit) const;

  /// Whether a walk from `root` comes to `path`, or a pruned directory lies between.
  bool reaches(const std::string& root, std::string_view path) const;

  const std::set<std::string, std::less<>>& pruned() const { return pruned_; }
  /// Directories that never hold state, unless the configuration says otherwise.
  static std::set<std::string, std::less<>> default_pruned();

 private:
  class Walk;

  const Layouts& layouts_;
  Watcher& watcher_;
  std::set<std::string, std::less<>> pruned_;
};

}  // namespace tain::syncd
