#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dirty_set.h"
#include "file_sync.h"
#include "read_ahead.h"
#include "scanner.h"
#include "sync_settings.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/mirror_writer.h"

namespace tain::syncd {

/// Counts since the start.
struct SyncCounters {
  std::int64_t batches = 0;
  std::int64_t files = 0;  ///< that were looked at
  std::int64_t scans = 0;
  std::int64_t root_scans = 0;  ///< of these, of a whole root
};

/// How well a root's changes are learned of.
struct RootWatch {
  bool scanned = false;                              ///< as a whole, since the start
  bool complete = false;                             ///< every directory is watched
  std::optional<RootIdentity> identity;              ///< of the directory that is watched
  std::int64_t directories = 0;                      ///< as many watches are needed
  std::int64_t files = 0;                            ///< that a layout claims
  std::chrono::milliseconds scan_time{0};            ///< what the last whole scan took
  std::chrono::steady_clock::time_point scanned_at;  ///< when it ended

  /// `inotify`; `partial`: some directories are not watched, so the root is also scanned often;
  /// `polling`: none is; `starting`: not scanned yet.
  std::string_view mode(std::size_t watches) const;
};

/// The heart of the daemon: one batch of the dirty set into the mirror, in one transaction. Needs
/// no thread, so that a test drives it step by step; the daemon's thread only calls it again and
/// again.
class SyncStep {
 public:
  /// `roots`: absolute, normal, none inside another. `on_progress` is called again and again by
  /// what takes long, on any thread.
  SyncStep(
      std::vector<std::string> roots, DirtySet& dirty, Scanner& scanner, FileSync& files,
      const Layouts& layouts, mirror::MirrorWriter& writer,
      std::function<void()> on_progress = [] {});

  /// Before the first step, and after the mirror was opened anew: knows the roots, forgets others',
  /// records the settings, and marks all for a scan.
  void begin();
  /// Takes one batch and commits it; false when nothing was dirty. When it throws, what was taken
  /// is dirty again.
  bool run();

  /// Of the scanner and of what reads the files.
  SyncSettings settings() const {
    return {files_.limits(), scanner_.pruned(), files_.redaction(), layouts_.choices()};
  }
  const SyncCounters& counters() const { return counters_; }
  const std::vector<mirror::RootRecord>& roots() const { return roots_; }
  /// By the root's path.
  const std::map<std::string, RootWatch>& watches() const { return watches_; }

 private:
  bool must_stop() const;
  void apply(const std::vector<Mark>& marks);
  void scan(const Mark& mark);
  void note_scan(const mirror::RootRecord& root, const Mark& mark, const ScanResult& found,
                 std::chrono::steady_clock::time_point begin);
  std::optional<ReadAhead> read_ahead(const std::vector<Mark>& marks);
  void sync_file(const Mark& mark, std::optional<ReadAhead>& ahead, std::vector<std::string>& gone);
  void remove_gone(const std::vector<std::string>& gone);
  mirror::RootRecord* root_of(std::string_view path);
  bool may_conclude_absence(mirror::RootRecord& root);
  void make_unavailable(mirror::RootRecord& root, const std::string& reason);

  std::vector<std::string> root_paths_;
  DirtySet& dirty_;
  Scanner& scanner_;
  FileSync& files_;
  const Layouts& layouts_;
  mirror::MirrorWriter& writer_;
  const std::function<void()> on_progress_;
  std::vector<mirror::RootRecord> roots_;
  std::map<std::string, RootWatch> watches_;
  SyncCounters counters_;
  std::vector<std::unique_ptr<FileReader>> readers_;  // for ReadAhead
};

}  // namespace tain::syncd
