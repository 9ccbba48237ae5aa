#pragma once

#include <filesystem>

#include "core/fs/file_system.h"

namespace tain::syncd {

/// A directory for a mirror (`mirror.db` and what SQLite puts beside it) that is needed only now,
/// for its owner only; it is removed with the object.
///
/// One that a killed process left behind is removed by the next one in the same place: its owner
/// would hold a lock on it. Removed is only what is provably of this making: named as mkdtemp names
/// it, this user's, mode 0700, and with nothing in it but regular files `mirror.db*`. Anything else
/// stays as it is, be it our own directory into which somebody put a file.
class ScratchDirectory {
 public:
  /// Makes it in `parent`. Throws NotFoundError, IoError.
  explicit ScratchDirectory(const std::filesystem::path& parent);
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

}  // namespace tain::syncd
