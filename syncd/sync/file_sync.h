#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "log_sync.h"
#include "reader.h"
#include "syncd/layout/json_tree.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/mirror_writer.h"

namespace tain::syncd {

struct SyncLimits {
  std::size_t max_body = 16UL * 1024;  ///< of a text of an event that is copied into the mirror
  std::size_t max_document = 64UL * 1024 * 1024;  ///< of a JSON file
  std::size_t max_line = 64UL * 1024 * 1024;      ///< of a line of a log
  std::size_t log_budget = 16UL * 1024 * 1024;    ///< of a log that is read in one transaction
};

enum class FileOutcome {
  done,   ///< the mirror shows the file as it was read
  more,   ///< the mirror shows a beginning of the file: go on
  again,  ///< the file changed whenever it was read: look again later
  gone,   ///< there is no such file
};

/// Brings one file into the mirror: read ▸ project ▸ write. Runs inside the caller's transaction.
///
/// A file that cannot be read or understood keeps the rows that it has, marked stale, and is
/// recorded in sync_errors; that is an outcome, not an exception. Throws DatabaseError when the
/// mirror itself fails.
class FileSync {
 public:
  FileSync(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits);

  const SyncLimits& limits() const { return limits_; }

  /// Throws ReadingStopped as soon as `stop` says so in the middle of a long file.
  FileOutcome sync(mirror::MirrorWriter& writer, const mirror::RootRecord& root,
                   const std::string& path, const FileRole& role, const Stop& stop);
  /// Deletes the rows of a file that is gone.
  static void remove(mirror::MirrorWriter& writer, const std::string& path);

 private:
  struct Subject;

  FileOutcome sync_open_file(mirror::MirrorWriter& writer, Subject& subject, const OpenFile& file,
                             const Stop& stop);
  FileOutcome sync_document(mirror::MirrorWriter& writer, Subject& subject, const OpenFile& file);
  void project(mirror::MirrorWriter& writer, Subject& subject, std::string_view text);
  static void fail(mirror::MirrorWriter& writer, Subject& subject, const mirror::SyncError& error);
  static void fail_to_open(mirror::MirrorWriter& writer, std::optional<mirror::FileRecord> known,
                           const mirror::SyncError& error);

  const Layouts& layouts_;
  SyncLimits limits_;
  JsonParser parser_;
  LogSync log_;
};

}  // namespace tain::syncd
