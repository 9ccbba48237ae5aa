#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log_projector.h"
#include "reader.h"
#include "syncd/layout/layout.h"
#include "syncd/mirror/mirror_writer.h"

namespace tain::syncd {

/// Asked now and then by what takes long; true when the program is to stop.
using Stop = std::function<bool()>;

/// The reading of a file was left because the program is to stop.
class ReadingStopped : public std::exception {
 public:
  const char* what() const noexcept override { return "the reading was stopped"; }
};

/// What was read of a log, as rows.
struct LogReading {
  mirror::FileRecord record;  ///< as it is from now on; the project is still the one before
  std::int64_t from = 0;      ///< what the mirror has of the lines from here on is replaced
  bool same = false;          ///< nothing shows otherwise than before
  std::vector<std::pair<std::int64_t, Projection>> lines = {};  ///< by their offsets
  std::optional<std::string> project_root = {};                 ///< that the log has named
  std::optional<std::string> fold = {};                         ///< see LogFold::save()
  std::vector<mirror::Row> folded = {};                         ///< of all lines so far
};

/// Brings a JSON Lines file into the mirror, line by line and from where the last reading ended, in
/// bounded memory.
///
///  1. `consumed` is the end of the last complete line that was read, or the beginning of an object
///     that may go on in the next one. What is behind it is read again each time, so a last line
///     without a newline, whole or half, is shown as it stands and replaced when it grows.
///  2. A file is continued only when it is the same inode, no shorter, and its first and last
///     consumed bytes are those that became rows (`hash`); otherwise it is read from its beginning.
///  3. A bad line costs only itself: a row of sync_errors with its offset.
///  4. What a line becomes depends on the line and, where its layout folds logs, on those before
///  it,
///     never on the pieces in which they were read: the fold is kept as it was at `consumed`.
class LogSync {
 public:
  LogSync(const Layouts& layouts, const mirror::Schema& schema, std::size_t max_body,
          std::size_t max_line, std::size_t budget, const Redaction* redaction);

  /// Reads on. `record` is what the ledger has, or a new one, and `fold` what the reading before
  /// left; nothing where the file is as it was. The new record has state `partial` when the budget
  /// ended before the file. Throws IoError, and ReadingStopped as soon as `stop` says so: one line
  /// may have gigabytes.
  std::optional<LogReading> read(const mirror::FileRecord& record, const FileRole& role,
                                 std::string_view fold, const OpenFile& file, const Stop& stop);
  /// Writes what was read, and stores its record. Throws DatabaseError.
  static void write(mirror::MirrorWriter& writer, const FileRole& role, LogReading& reading);

 private:
  LineReading reading_;
  std::int64_t budget_;
};

}  // namespace tain::syncd
