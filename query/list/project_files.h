#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "syncd/layout/layout.h"
#include "syncd/mirror/ledger.h"

namespace tain::query {

/// A file of a project, and what it is.
struct ProjectFile {
  std::string path;  ///< absolute
  syncd::FileRole role;
};

struct ProjectFiles {
  std::vector<ProjectFile> files;
  std::vector<mirror::SyncError> unreadable;  ///< directories
};

/// The files of one kind in the project at `root` (absolute, without links, as the daemon has it):
/// those that a layout takes for such, in no order. Reads only the directories where they may lie,
/// follows no link, and passes over whatever else is there. A file that must be where its
/// directory is, may be missing.
ProjectFiles find_files(const std::filesystem::path& root, syncd::FileKind kind,
                        const syncd::Layouts& layouts);

}  // namespace tain::query
