#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "file_reader.h"
#include "syncd/layout/layout.h"
#include "syncd/layout/redaction.h"
#include "syncd/mirror/mirror_writer.h"

namespace tain::syncd {

enum class FileOutcome {
  done,   ///< the mirror shows the file as it was read
  more,   ///< the mirror shows a beginning of the file: go on
  again,  ///< the file changed whenever it was read: look again later
  gone,   ///< there is no such file
};

/// What the mirror knows of a file that nothing is known of.
mirror::FileRecord new_record(const mirror::RootRecord& root, const std::string& path,
                              const FileRole& role);

/// Brings one file into the mirror: read ▸ project ▸ write. Runs inside the caller's transaction.
///
/// A file that cannot be read or understood keeps the rows that it has, marked stale, and is
/// recorded in sync_errors; that is an outcome, not an exception. Throws DatabaseError when the
/// mirror itself fails.
class FileSync {
 public:
  FileSync(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits,
           RedactionRules redaction = {});
  FileSync(const FileSync&) = delete;
  FileSync& operator=(const FileSync&) = delete;

  const SyncLimits& limits() const { return limits_; }
  const RedactionRules& redaction() const { return redaction_.rules(); }

  /// Formats newer than those that were tested, as met since it was asked last: of each layout one
  /// that says which file.
  std::map<std::string, std::string> take_notices() { return std::exchange(notices_, {}); }

  /// Throws ReadingStopped as soon as `stop` says so in the middle of a long file.
  FileOutcome sync(mirror::MirrorWriter& writer, const mirror::RootRecord& root,
                   const std::string& path, const FileRole& role, const Stop& stop);
  /// The same for a file that the mirror does not know, and that has been read.
  FileOutcome write_new(mirror::MirrorWriter& writer, const mirror::RootRecord& root,
                        const std::string& path, const FileRole& role, FileReading& reading);
  /// Deletes the rows of a file that is gone. Returns the path of one that has to be read again,
  /// since it says now what this one did.
  static std::optional<std::string> remove(mirror::MirrorWriter& writer, const std::string& path);
  /// Another one that reads as this one does.
  std::unique_ptr<FileReader> make_reader() const;

 private:
  void note_newer_formats(const FileReading& reading);

  const Layouts& layouts_;
  const mirror::Schema& schema_;
  SyncLimits limits_;
  const Redaction redaction_;
  FileReader reader_;
  std::map<std::string, std::string> notices_;
};

}  // namespace tain::syncd
