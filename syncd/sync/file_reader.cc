#include "file_reader.h"

#include <utility>

#include "core/error.h"

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;

constexpr int kReadAttempts = 3;

}  // namespace

std::size_t size_of(const FileReading& reading) {
  if (const auto* document = std::get_if<DocumentReading>(&reading)) {
    return document->text.view().size();
  }
  const auto* log = std::get_if<LogReading>(&reading);
  return log == nullptr ? 0 : static_cast<std::size_t>(log->record.consumed - log->from);
}

FileReader::FileReader(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits,
                       const Redaction* redaction)
    : layouts_(layouts),
      limits_(limits),
      parser_(redaction),
      log_(layouts, schema, limits.max_body, limits.max_line, limits.log_budget, redaction) {}

FileReading FileReader::read(const std::string& root, const FileRecord& record,
                             const FileRole& role, std::string_view fold, const Stop& stop) {
  OpenResult opened = open_beneath(root, std::string_view(record.path).substr(root.size() + 1));
  if (std::holds_alternative<Missing>(opened)) return Missing();
  if (auto* trouble = std::get_if<Unreadable>(&opened)) return std::move(*trouble);
  try {
    return read_open(record, role, fold, std::get<OpenFile>(opened), stop);
  } catch (const IoError& error) {
    return Unusable{record, error.what()};
  }
}

FileReading FileReader::read_open(const FileRecord& record, const FileRole& role,
                                  std::string_view fold, const OpenFile& file, const Stop& stop) {
  if (!is_log(role.kind)) return read_document(record, role, file);
  std::optional<LogReading> reading = log_.read(record, role, fold, file, stop);
  if (!reading) return Untouched();
  return std::move(*reading);
}

FileReading FileReader::read_document(FileRecord record, const FileRole& role,
                                      const OpenFile& file) {
  const int fd = file.fd.get();
  FileVersion before = file.version;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    if (static_cast<std::uint64_t>(before.size) > limits_.max_document) {
      record.version = before;
      return Unusable{std::move(record), "larger than the " + std::to_string(limits_.max_document) +
                                             " bytes of a JSON file"};
    }
    PaddedBytes bytes(read_at(fd, 0, static_cast<std::size_t>(before.size), record.path),
                      JsonParser::padding());
    const FileVersion after = current_version(fd, record.path);
    if (after != before) {
      before = after;  // changed underfoot: what was read may be neither the old nor the new
      continue;
    }
    const std::int64_t hash = checksum(bytes.view());
    const bool same = record.file_id != 0 && record.hash == hash &&
                      record.version.size == after.size && record.state == FileState::current;
    record.version = after;
    record.racy = file.racy || attempt > 0;
    record.hash = hash;
    DocumentReading reading{std::move(record), same, std::move(bytes)};
    if (!same) {
      reading.found = project_document(parser_, layouts_, role, reading.text.view());
      // The parser's own, when something was taken out.
      const std::string_view shown = std::exchange(reading.found.text, {});
      if (shown.data() != reading.text.view().data()) reading.text = {std::string(shown), 0};
    }
    return reading;
  }
  return Restless();
}

}  // namespace tain::syncd
