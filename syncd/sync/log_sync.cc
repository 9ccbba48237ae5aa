#include "log_sync.h"

#include <algorithm>
#include <utility>

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;

constexpr std::size_t kChunk = 1024UL * 1024;
constexpr std::int64_t kFingerprint = 65536;  // bytes at either end of what was consumed
constexpr std::int64_t kMostErrors =
    1000;  // of one file: garbage without end must not fill the mirror

// Tells whether the consumed part is still the one that was read, at the cost of two small reads.
std::int64_t fingerprint(int fd, std::int64_t consumed, const std::string& path) {
  const std::int64_t tail = std::max<std::int64_t>(consumed - kFingerprint, 0);
  const auto size = static_cast<std::size_t>(std::min(consumed, kFingerprint));
  return checksum(read_at(fd, tail, size, path), checksum(read_at(fd, 0, size, path)));
}

bool continues(const FileRecord& record, const OpenFile& file) {
  return record.file_id != 0 && record.version.device == file.version.device &&
         record.version.inode == file.version.inode && file.version.size >= record.consumed &&
         // Touched, but no longer than before: nothing was appended, so something may have been
         // rewritten.
         (file.version.size > record.version.size || file.version == record.version) &&
         fingerprint(file.fd.get(), record.consumed, record.path) == record.hash;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

// One call of sync().
struct LogSync::Pass {
  mirror::MirrorWriter& writer;
  FileRecord& record;
  const FileRole& role;
  const OpenFile& file;
  std::int64_t errors = 0;
};

LogSync::LogSync(const mirror::Schema& schema, std::size_t max_body, std::size_t max_line,
                 std::size_t budget)
    : mapping_(schema, max_body), max_line_(max_line), budget_(static_cast<std::int64_t>(budget)) {}

void LogSync::sync(mirror::MirrorWriter& writer, FileRecord& record, const FileRole& role,
                   const OpenFile& file) {
  const bool unchanged =
      record.file_id != 0 && record.version == file.version && record.state == FileState::current;
  if (unchanged && !record.racy) return;
  if (!continues(record, file)) record.consumed = 0;
  const bool reread = unchanged && record.consumed > 0;  // only the unfinished last line, if any
  record.version = file.version;
  record.racy = file.racy;
  if (record.file_id == 0) writer.ledger().store(record);  // the rows need its file_id
  writer.delete_lines_from(record.file_id, record.consumed);
  writer.ledger().clear_errors(record.path, record.consumed);
  Pass pass{writer, record, role, file, writer.ledger().count_errors(record.path)};
  read_lines(pass);
  record.hash = fingerprint(file.fd.get(), record.consumed, record.path);
  if (reread) {
    writer.ledger().touch(record);
  } else {
    writer.ledger().store(record);
  }
}

void LogSync::read_lines(Pass& pass) {
  FileRecord& record = pass.record;
  const int fd = pass.file.fd.get();
  // Not beyond the size that the record says: what is appended meanwhile is the next call's.
  const std::int64_t end = pass.file.version.size;
  const std::int64_t stop = record.consumed + budget_;
  std::string buffer;                       // the file from record.consumed on
  std::int64_t position = record.consumed;  // where the next chunk begins
  bool too_long = false;                    // inside a line that is longer than max_line_
  record.state = FileState::current;
  while (position < end) {
    if (position >= stop && !too_long) {
      record.state = FileState::partial;
      return;
    }
    const auto wanted = static_cast<std::size_t>(
        std::min<std::int64_t>(end - position, static_cast<std::int64_t>(kChunk)));
    const std::string chunk = read_at(fd, position, wanted, record.path);
    if (chunk.empty()) break;  // truncated meanwhile; that is a change, and will be seen as one
    position += static_cast<std::int64_t>(chunk.size());
    buffer += chunk;
    std::size_t begin = 0;
    for (std::size_t newline; (newline = buffer.find('\n', begin)) != std::string::npos;) {
      if (too_long) {
        fail_line(pass, record.consumed, "longer than a line may be; it is left in the file");
        record.consumed = position - static_cast<std::int64_t>(buffer.size() - newline - 1);
        too_long = false;
      } else {
        const std::string_view line(buffer.data() + begin, newline - begin);
        take_line(pass, line, record.consumed, true);
        record.consumed += static_cast<std::int64_t>(line.size()) + 1;
      }
      begin = newline + 1;
    }
    buffer.erase(0, begin);
    if (buffer.size() > max_line_) {
      too_long = true;
      buffer.clear();
    }
  }
  if (too_long) {
    fail_line(pass, record.consumed, "longer than a line may be; it is left in the file");
  } else if (!buffer.empty()) {
    take_line(pass, buffer, record.consumed, false);
  }
}

void LogSync::take_line(Pass& pass, std::string_view line, std::int64_t offset, bool complete) {
  if (is_blank(line)) return;
  const PaddedBytes bytes(std::string(line), JsonParser::padding());
  JsonResult parsed = parser_.parse(bytes.view());
  if (parsed.fault) {
    const std::int64_t at = offset + static_cast<std::int64_t>(parsed.fault->offset);
    return fail_line(pass, offset,
                     (complete ? "bad line: " : "unfinished line: ") + parsed.fault->reason +
                         " at byte " + std::to_string(at));
  }
  if (parsed.root->type != JsonNode::Type::object) {
    return fail_line(pass, offset, "bad line: expected an object");
  }
  const mirror::Row row = mapping_.row(pass.role, *parsed.root, offset,
                                       static_cast<std::int64_t>(line.size()), parsed.anomalies);
  pass.writer.put_row(pass.record, row);
  pass.writer.put_anomalies(pass.record.file_id, offset, parsed.anomalies);
}

void LogSync::fail_line(Pass& pass, std::int64_t offset, const std::string& reason) {
  if (++pass.errors > kMostErrors) return;
  pass.writer.ledger().record_error({pass.record.path, offset, reason});
}

}  // namespace tain::syncd
