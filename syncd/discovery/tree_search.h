#pragma once

#include <set>
#include <string>
#include <vector>

#include "survey.h"
#include "syncd/layout/layout.h"

namespace tain::syncd {

/// A directory that could be a root.
struct FoundTree {
  std::string path;                  ///< canonical
  std::vector<LayoutCount> layouts;  ///< at least one
};

/// Where to look for trees, besides the places that the environment names.
struct SearchSettings {
  std::string home;  ///< empty: there is none
  /// Names of directories that are not entered.
  std::set<std::string, std::less<>> pruned;
  /// Directories that somebody named: each is a tree if a layout recognises anything in it.
  std::vector<std::string> named = {};
  /// What is mirrored already, canonical: a tree around one of them does not hide the trees in it.
  std::vector<std::string> roots = {};
};

struct TreesFound {
  std::vector<FoundTree> trees;
  /// Directories, each once; also programs' own places that a link takes to a directory of another
  /// name, below which nothing is recognised although something is there.
  std::vector<mirror::SyncError> unreadable;
};

/// Finds trees that a layout recognises, by where the layouts say that they usually are
/// (Layout::whereabouts): in their programs' own places; in repositories below the home, which are
/// looked for in kDeepestRepository levels, but neither in hidden directories nor in pruned ones,
/// through symbolic links, or on network and FUSE mounts; and in the directories that are named. A
/// marker is a repository's when that repository, by its `.git`, is below the home; else the
/// directory that holds the marker is the tree, as it is in a repository around a root. A named
/// directory around a root is looked into like a home. A home that is `/` is not walked. Sorted,
/// none inside another but one around a root. Throws as survey().
TreesFound find_trees(const Layouts& layouts, const SearchSettings& settings);

inline constexpr int kDeepestRepository = 6;

}  // namespace tain::syncd
