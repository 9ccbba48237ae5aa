#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "log_sync.h"
#include "projection.h"
#include "reader.h"
#include "syncd/layout/json_tree.h"
#include "syncd/layout/layout.h"

namespace tain::syncd {

struct SyncLimits {
  std::size_t max_body = 16UL * 1024;  ///< of a text of an event that is copied into the mirror
  std::size_t max_document = 64UL * 1024 * 1024;  ///< of a JSON file
  std::size_t max_line = 64UL * 1024 * 1024;      ///< of a line of a log
  std::size_t log_budget = 4UL * 1024 * 1024;     ///< of a log that is read in one transaction
};

/// A whole JSON file, as rows.
struct DocumentReading {
  mirror::FileRecord record;  ///< as it is from now on
  bool same = false;          ///< its content is what it was
  PaddedBytes text;           ///< without what must not be seen
  Projection found = {};
};

/// The log is as it was when it was read last.
struct Untouched {};
/// The file changed whenever it was read.
struct Restless {};
/// It cannot be read, or not be understood.
struct Unusable {
  mirror::FileRecord record;
  std::string reason;
};

/// What a file held when it was read.
using FileReading =
    std::variant<DocumentReading, LogReading, Untouched, Restless, Unusable, Unreadable, Missing>;

/// Bytes of the file that a reading holds.
std::size_t size_of(const FileReading& reading);

/// From files to rows. Needs no mirror, so that files can be read while others are written. Used by
/// one thread at a time.
class FileReader {
 public:
  /// Rows and texts are what `redaction`, which has to outlive this, lets through; null: all.
  FileReader(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits,
             const Redaction* redaction = nullptr);

  /// `record` is what the ledger has of the file, or a new one; `fold` what the last reading of
  /// this log left. Throws ReadingStopped as soon as `stop` says so in the middle of a long file,
  /// and IoError where this process or machine is short of something.
  FileReading read(const std::string& root, const mirror::FileRecord& record, const FileRole& role,
                   std::string_view fold, const Stop& stop);

 private:
  FileReading read_open(const mirror::FileRecord& record, const FileRole& role,
                        std::string_view fold, const OpenFile& file, const Stop& stop);
  FileReading read_document(mirror::FileRecord record, const FileRole& role, const OpenFile& file);

  const Layouts& layouts_;
  SyncLimits limits_;
  JsonParser parser_;
  LogSync log_;
};

}  // namespace tain::syncd
