#pragma once

#include <sys/inotify.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/fs/file_system.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::bench {

/// A reader of the mirror that notes when it sees which number: what a waiting analyst could know
/// at the earliest.
///
/// It sleeps until the mirror's journal is written to (inotify), and asks. A transaction is visible
/// a moment after its last write, through shared memory, of which no event tells; so for two
/// milliseconds after a write it asks again every 50 µs, for as long as something is missing.
class MirrorEye {
 public:
  /// `question`: one statement with one row, whose only column is a number that grows; ?1 is
  /// `argument`.
  MirrorEye(const std::filesystem::path& mirror, std::string_view question, std::int64_t argument);

  /// Returns when `last` has been seen: for each number up to it, when. Throws std::runtime_error
  /// when nothing new is seen for half a minute.
  std::vector<std::int64_t> watch_until(std::int64_t last);

 private:
  bool wait_for_a_write(std::int64_t limit_ns) const;
  std::int64_t ask();

  sqlite::Database database_;
  sqlite::Statement question_;
  UniqueFd events_;
};

/// What the mirror calls this file. Throws std::runtime_error where it does not know it.
std::int64_t file_id_of(const std::filesystem::path& mirror, const std::filesystem::path& file);

}  // namespace tain::bench
