#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json/time.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// What is known of a watched tree. What is not known is absent, never zero.
struct RootStatus {
  std::string path;
  std::string state;  ///< "available" is the good one
  std::optional<std::string> reason;
  std::optional<std::string> watch_mode;  ///< "inotify" is the good one
  std::optional<std::int64_t> watches_needed;
  std::optional<std::int64_t> watches;
  std::optional<std::string> watch_trouble;
  std::optional<std::int64_t> pending;
  std::optional<std::int64_t> lag_ms;
  std::optional<Timestamp> last_event_at;
  std::optional<std::int64_t> files_on_disk;
  std::optional<std::int64_t> files_mirrored;
  std::optional<Timestamp> counted_at;  ///< both
  std::optional<bool> settled;          ///< whether nothing moved between the two counts
  std::optional<std::int64_t> errors;
  std::optional<Timestamp> last_full_scan_at;
};

/// What the mirror's own tables say, with or without a daemon.
struct MirrorStatus {
  std::int64_t files = 0;
  std::int64_t errors = 0;
  std::optional<Timestamp> last_mirrored_at;
  /// It is filled for the first time, and what finds its rows is still to come.
  bool loading = false;
  std::vector<RootStatus> roots;
};

/// Whether the mirror is filled for the first time: then it has not all rows, searches find
/// nothing, and messages may count twice.
bool is_loading(const sqlite::Database& database);

/// Reads the mirror at `path`. Throws as mirror::open_for_reading.
MirrorStatus read_mirror_status(const std::filesystem::path& path);

}  // namespace tain::query
