#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// A file that was stored in the mirror, or is gone from it.
struct Change {
  std::int64_t seq = 0;
  std::optional<std::int64_t> at;  ///< UTC ms
  std::string change;              ///< upsert or delete
  std::string kind;                ///< of the file
  std::string project;             ///< empty for what is gone
  std::string id;                  ///< of what the file describes; of a log its last line's
  std::string text;                ///< what it says now: status and title; the last event
  std::string path;
};

/// The changes behind `seq`, in their order, at most `most`.
std::vector<Change> changes_after(const sqlite::Database& database, std::int64_t seq,
                                  std::int64_t most);
/// The seq behind which the last `count` changes stand.
std::int64_t seq_before_last(const sqlite::Database& database, std::int64_t count);

/// Notices changes of an open mirror without reading it.
class MirrorWatch {
 public:
  explicit MirrorWatch(const sqlite::Database& database);

  /// Whether somebody has committed since the last call, or the making.
  bool has_changed();

 private:
  std::int64_t version();

  sqlite::Statement data_version_;
  std::int64_t last_version_;
};

}  // namespace tain::query
