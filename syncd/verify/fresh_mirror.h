#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "scratch_directory.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/mirror_writer.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/sync/file_sync.h"
#include "syncd/sync/scanner.h"
#include "syncd/sync/sync_settings.h"
#include "syncd/sync/sync_step.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// Is told how many files have been read, of how many that are known of so far.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

/// A mirror that is built from nothing, in a file that goes with it.
class FreshMirror {
 public:
  /// `directory` is where the file will be. Throws as ScratchDirectory and MirrorWriter.
  FreshMirror(const std::filesystem::path& directory, std::vector<std::string> roots,
              const SyncSettings& settings);

  const std::filesystem::path& path() const { return path_; }
  const mirror::Schema& schema() const { return schema_; }

  /// Marks what has to be looked at again, a file or a directory; catch_up() does it. When it is
  /// new, all of its roots are marked.
  void mark(std::string path) { dirty_.mark(std::move(path), Scope::tree); }
  /// Brings all that is marked into the mirror, but does not wait for files that never rest. Throws
  /// DatabaseError.
  void catch_up(const Progress& progress);

 private:
  ScratchDirectory directory_;
  std::filesystem::path path_;
  mirror::Schema schema_;
  Layouts layouts_;
  NoWatcher nobody_;
  DirtySet dirty_;
  Scanner scanner_;
  FileSync files_;
  mirror::MirrorWriter writer_;
  SyncStep step_;
};

}  // namespace tain::syncd
