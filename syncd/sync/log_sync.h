#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "projection.h"
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

/// Brings a JSON Lines file into the mirror, line by line and from where the last reading ended, in
/// bounded memory.
///
///  1. `consumed` is the end of the last complete line that was read. What is behind it is read
///     again each time, so a last line without a newline, whole or half, is shown as it stands and
///     replaced when it grows.
///  2. A file is continued only when it is the same inode, no shorter, and its first and last
///     consumed bytes are those that became rows (`hash`); otherwise it is read from its beginning.
///  3. A bad line costs only itself: a row of sync_errors with its offset.
///  4. What a line becomes depends on the line alone, never on the pieces in which it was read.
class LogSync {
 public:
  LogSync(const mirror::Schema& schema, std::size_t max_body, std::size_t max_line,
          std::size_t budget);

  /// Reads on. `record` is what the ledger has, or a new one; it is updated, stored if anything
  /// changed, and has state `partial` when the budget ended before the file. Throws IoError,
  /// DatabaseError, and ReadingStopped as soon as `stop` says so: one line may have gigabytes.
  void sync(mirror::MirrorWriter& writer, mirror::FileRecord& record, const FileRole& role,
            const OpenFile& file, const Stop& stop);

 private:
  struct Pass;

  void read_lines(Pass& pass);
  std::size_t take_lines(Pass& pass, std::string_view buffer, std::size_t searched);
  void take_line(Pass& pass, std::string_view line, std::int64_t offset, bool complete);
  void fail_line(Pass& pass, std::int64_t offset, const std::string& reason);

  LineProjector lines_;
  std::int64_t budget_;
};

}  // namespace tain::syncd
