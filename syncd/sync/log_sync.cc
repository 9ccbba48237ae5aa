#include "log_sync.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;

constexpr std::int64_t kChunk = 1024L * 1024;
constexpr std::int64_t kFingerprint = 65536;  // bytes at either end of what was consumed
constexpr std::int64_t kMostErrors =
    1000;  // of one file: garbage without end must not fill the mirror

// Tells whether the consumed part of a log is still the one that was read, at the cost of two small
// reads: a checksum of both its ends. What is added to it are the bytes that became rows; to ask
// the file for them afterwards would take a rewrite that happened meanwhile for what the rows show.
class Fingerprint {
 public:
  Fingerprint() = default;
  // Of the first `size` bytes of the file.
  Fingerprint(int fd, std::int64_t size, const std::string& path)
      : head_(read_at(fd, 0, static_cast<std::size_t>(std::min(size, kFingerprint)), path)),
        tail_(read_at(fd, std::max<std::int64_t>(size - kFingerprint, 0),
                      static_cast<std::size_t>(std::min(size, kFingerprint)), path)) {}

  void add(std::string_view bytes) {
    head_.append(bytes.substr(0, kEnd - std::min(kEnd, head_.size())));
    tail_.append(bytes.substr(bytes.size() - std::min(kEnd, bytes.size())));
    if (tail_.size() > 8 * kEnd) tail_.erase(0, tail_.size() - kEnd);  // now and then: it is a move
  }
  std::int64_t value() const {
    const std::string_view tail = tail_;
    return checksum(tail.substr(tail.size() - std::min(kEnd, tail.size())), checksum(head_));
  }

 private:
  static constexpr auto kEnd = static_cast<std::size_t>(kFingerprint);
  std::string head_;
  std::string tail_;
};

// What was consumed of the file, if reading can go on behind it.
std::optional<Fingerprint> what_was_read(const FileRecord& record, const OpenFile& file) {
  // Touched, but no longer than before: nothing was appended, so something may have been rewritten.
  const bool grew = file.version.size > record.version.size;
  if (record.file_id == 0 || record.version.device != file.version.device ||
      record.version.inode != file.version.inode || file.version.size < record.consumed ||
      (!grew && file.version != record.version)) {
    return std::nullopt;
  }
  Fingerprint read(file.fd.get(), record.consumed, record.path);
  if (read.value() != record.hash) return std::nullopt;
  return read;
}

}  // namespace

// One call of sync().
struct LogSync::Pass {
  // A line that is longer than a line may be, as far as it has been read.
  struct LongLine {
    std::int64_t size = 0;
    Fingerprint read;  // with it
    void add(std::string_view bytes) {
      size += static_cast<std::int64_t>(bytes.size());
      read.add(bytes);
    }
  };

  mirror::MirrorWriter& writer;
  FileRecord& record;
  const FileRole& role;
  const OpenFile& file;
  const Stop& stop;
  std::int64_t errors = 0;
  Fingerprint read;  // of what was consumed
  std::optional<LongLine> long_line = {};
};

LogSync::LogSync(const mirror::Schema& schema, std::size_t max_body, std::size_t max_line,
                 std::size_t budget)
    : lines_(schema, max_body, max_line), budget_(static_cast<std::int64_t>(budget)) {}

void LogSync::sync(mirror::MirrorWriter& writer, FileRecord& record, const FileRole& role,
                   const OpenFile& file, const Stop& stop) {
  const bool unchanged =
      record.file_id != 0 && record.version == file.version && record.state == FileState::current;
  if (unchanged && !record.racy) return;
  std::optional<Fingerprint> read = what_was_read(record, file);
  if (!read) record.consumed = 0;
  // Nothing can show otherwise than before; only its times may.
  const bool same = unchanged && read && record.consumed == file.version.size;
  record.version = file.version;
  record.racy = file.racy;
  if (record.file_id == 0) writer.ledger().store(record);  // the rows need its file_id
  writer.delete_lines_from(record.file_id, record.consumed);
  writer.ledger().clear_errors(record.path, record.consumed);
  Pass pass{writer,
            record,
            role,
            file,
            stop,
            writer.ledger().count_errors(record.path),
            std::move(read).value_or(Fingerprint())};
  read_lines(pass);
  record.hash = pass.read.value();
  if (same) {
    writer.ledger().touch(record);
  } else {
    writer.ledger().store(record);
  }
}

void LogSync::read_lines(Pass& pass) {
  FileRecord& record = pass.record;
  // Not beyond the size that the record says: what is appended meanwhile is the next call's.
  const std::int64_t end = pass.file.version.size;
  const std::int64_t begin = record.consumed;
  std::string buffer;             // the file from the beginning of a line on
  std::int64_t position = begin;  // where the next chunk begins
  record.state = FileState::current;
  while (position < end) {
    // Only where something was consumed: a line that is longer than the budget would never be.
    if (position - begin >= budget_ && record.consumed > begin) {
      record.state = FileState::partial;
      return;
    }
    if (pass.stop()) throw ReadingStopped();
    const std::string chunk =
        read_at(pass.file.fd.get(), position,
                static_cast<std::size_t>(std::min(end - position, kChunk)), record.path);
    if (chunk.empty()) break;  // truncated meanwhile; that is a change, and will be seen as one
    position += static_cast<std::int64_t>(chunk.size());
    const std::size_t searched = buffer.size();
    buffer += chunk;
    buffer.erase(0, take_lines(pass, buffer, searched));
    if (pass.long_line || buffer.size() > lines_.max_line()) {
      if (!pass.long_line) pass.long_line = Pass::LongLine{0, pass.read};
      pass.long_line->add(buffer);
      buffer.clear();
    }
  }
  if (pass.long_line) {
    fail_line(pass, record.consumed, std::string(LineProjector::kTooLong));
  } else if (!buffer.empty()) {
    take_line(pass, buffer, record.consumed, false);
  }
}

// The complete lines of `buffer`, in which no newline stands before `searched`; returns their size.
std::size_t LogSync::take_lines(Pass& pass, std::string_view buffer, std::size_t searched) {
  FileRecord& record = pass.record;
  std::size_t begin = 0;
  for (std::size_t newline; (newline = buffer.find('\n', searched)) != std::string_view::npos;) {
    const std::string_view line = buffer.substr(begin, newline + 1 - begin);
    if (pass.long_line) {
      fail_line(pass, record.consumed, std::string(LineProjector::kTooLong));
      pass.long_line->add(line);
      record.consumed += pass.long_line->size;
      pass.read = std::move(pass.long_line->read);
      pass.long_line.reset();
    } else {
      take_line(pass, line.substr(0, line.size() - 1), record.consumed, true);
      record.consumed += static_cast<std::int64_t>(line.size());
      pass.read.add(line);
    }
    begin = searched = newline + 1;
  }
  return begin;
}

void LogSync::take_line(Pass& pass, std::string_view line, std::int64_t offset, bool complete) {
  const Projection found = lines_.project(pass.role, line, offset, complete);
  if (found.fault) return fail_line(pass, offset, found.fault->reason);
  for (const mirror::Row& row : found.rows) pass.writer.put_row(pass.record, row);
  pass.writer.put_anomalies(pass.record.file_id, offset, found.anomalies);
}

void LogSync::fail_line(Pass& pass, std::int64_t offset, const std::string& reason) {
  if (++pass.errors > kMostErrors) return;
  pass.writer.ledger().record_error({pass.record.path, offset, reason});
}

}  // namespace tain::syncd
