#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json/time.h"
#include "syncd/sync/scanner.h"

namespace tain::syncd {

/// How many files there are on disk and in the mirror, by the root's path.
///
/// Both numbers take time to find out, and files come and go meanwhile: that they differ means
/// something only where nothing moved in between, which is what `settled` says. It is true when the
/// mirror's seq was the same before the walk and after everything was mirrored that had happened
/// until the walk's end: then all was mirrored before, and nothing changed during it.
struct FileCount {
  struct Root {
    std::optional<std::int64_t> on_disk;   ///< nothing: the root is not there
    std::optional<std::int64_t> mirrored;  ///< nothing: the mirror cannot be read
  };
  std::map<std::string, Root> roots;
  std::optional<std::int64_t> seq;  ///< before the walk; nothing: the mirror cannot be read
  Timestamp at{};                   ///< when it was finished
  bool settled = false;

  /// Whether a root has both numbers, and they differ.
  bool differs() const;
};

/// The first half: seq, then the files on disk. Takes as long as `find` and may run on any thread.
/// Throws ScanStopped as soon as `stop` says so.
FileCount count_on_disk(const std::filesystem::path& db, const std::vector<std::string>& roots,
                        const Scanner& scanner, const std::function<bool()>& stop);

/// The second half: the files in the mirror. `is_idle` says whether everything that had happened
/// until the walk's end was in the mirror before this call.
void count_mirrored(const std::filesystem::path& db, bool is_idle, FileCount& count);

}  // namespace tain::syncd
