#include "log_sync.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;

constexpr std::int64_t kChunk = 1024L * 1024;
constexpr std::size_t kKeptBuffer = 4 * kChunk;  // a line longer than that is seldom
constexpr std::int64_t kFingerprint = 65536;     // bytes at either end of what was consumed
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
std::optional<Fingerprint> what_was_read(const FileRecord& record, const FileRole& role,
                                         const OpenFile& file) {
  // Of what is written anew, the middle may differ where both ends do not.
  const bool goes_on = record.state == FileState::partial && file.version == record.version;
  if (is_rewritten(role.kind) && !goes_on) return std::nullopt;
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

// One call of read(), from the moment when it is known where to go on.
class Pass {
 public:
  Pass(LogReading& result, LineReading& reading, const FileRole& role, std::string_view fold,
       const OpenFile& file, Fingerprint read)
      : result_(result),
        record_(result.record),
        file_(file),
        max_line_(reading.max_line),
        read_(std::move(read)),
        buffer_(reading.buffer),
        projector_(reading, role, fold, [this](std::int64_t offset, Projection& found) {
          result_.lines.emplace_back(offset, std::move(found));
        }) {
    buffer_.clear();
  }

  // Reads on. The record then says how far it came.
  void run(std::int64_t budget, const Stop& stop) {
    record_.state = FileState::current;
    const bool is_whole = read_lines(budget, stop);
    const LogFold* const fold = projector_.fold();
    if (fold != nullptr) result_.fold = fold->save();  // as it is before what may still grow
    if (is_whole) take_rest();
    if (fold != nullptr) {
      result_.folded = fold->rows();
      result_.project_root = fold->project_root();
    }
    record_.hash = read_.value();
    if (buffer_.capacity() > kKeptBuffer) std::string().swap(buffer_);
  }

 private:
  // A line that is longer than a line may be, as far as it has been read.
  struct LongLine {
    std::int64_t size = 0;
    Fingerprint read;  // with it
    void add(std::string_view bytes) {
      size += static_cast<std::int64_t>(bytes.size());
      read.add(bytes);
    }
  };

  bool read_lines(std::int64_t budget, const Stop& stop);
  void take_lines(std::size_t searched);
  void consume(std::string_view line);
  void note_plain();
  void end_long_line(std::string_view end);
  void take_rest();
  // Where the line begins that is taken next.
  std::int64_t position() const {
    return record_.consumed + static_cast<std::int64_t>(held_.size());
  }

  LogReading& result_;
  FileRecord& record_;
  const OpenFile& file_;
  std::size_t max_line_;
  Fingerprint read_;        // of what was consumed
  std::string& buffer_;     // the file from the beginning of a line on
  std::string_view plain_;  // lines of the buffer that were consumed, and are not in `read_` yet
  std::string held_;        // lines that were taken, and may be the beginning of a longer object
  std::optional<LongLine> long_line_;
  LogProjector projector_;
};

// Whether it came to the end of the file.
bool Pass::read_lines(std::int64_t budget, const Stop& stop) {
  // Not beyond the size that the record says: what is appended meanwhile is the next call's.
  const std::int64_t end = file_.version.size;
  const std::int64_t begin = record_.consumed;
  for (std::int64_t position = begin; position < end;) {  // where the next chunk begins
    // Only where something was consumed: a line that is longer than the budget would never be.
    if (position - begin >= budget && record_.consumed > begin) {
      record_.state = FileState::partial;
      return false;
    }
    if (stop()) throw ReadingStopped();
    const std::size_t searched = buffer_.size();
    const auto size = static_cast<std::size_t>(std::min(end - position, kChunk));
    buffer_.reserve(searched + size + JsonParser::padding());
    const std::size_t got = append_at(file_.fd.get(), position, size, buffer_, record_.path);
    if (got == 0) break;  // truncated meanwhile; that is a change, and will be seen as one
    position += static_cast<std::int64_t>(got);
    take_lines(searched);
    if (long_line_ || buffer_.size() > max_line_) {
      if (!long_line_) {
        long_line_ = LongLine{0, read_};
        long_line_->add(held_);
      }
      long_line_->add(buffer_);
      buffer_.clear();
    }
  }
  return true;
}

// The complete lines of the buffer, in which no newline stands before `searched`.
void Pass::take_lines(std::size_t searched) {
  const std::string_view buffer = buffer_;
  std::size_t begin = 0;
  for (std::size_t newline; (newline = buffer.find('\n', searched)) != std::string_view::npos;) {
    const std::string_view line = buffer.substr(begin, newline + 1 - begin);
    if (long_line_) {
      end_long_line(line);
    } else {
      projector_.take_line(line.substr(0, line.size() - 1), position());
      consume(line);
    }
    begin = searched = newline + 1;
  }
  note_plain();
  buffer_.erase(0, begin);
}

// Up to the end of the line, or to where an object begins that goes on behind it.
void Pass::consume(std::string_view line) {
  const std::optional<std::int64_t> open = projector_.open_at();
  if (!open && held_.empty()) {
    plain_ = {plain_.empty() ? line.data() : plain_.data(), plain_.size() + line.size()};
    record_.consumed += static_cast<std::int64_t>(line.size());
    return;
  }
  note_plain();
  held_.append(line);
  const std::int64_t end = open.value_or(position());
  const auto size = static_cast<std::size_t>(end - record_.consumed);
  read_.add(std::string_view(held_).substr(0, size));
  held_.erase(0, size);
  record_.consumed = end;
}

// Many lines at once: of most of them the fingerprint needs nothing.
void Pass::note_plain() {
  read_.add(std::exchange(plain_, {}));
}

void Pass::end_long_line(std::string_view end) {
  projector_.take_long_line(position());
  long_line_->add(end);
  record_.consumed += long_line_->size;
  held_.clear();
  read_ = std::move(long_line_->read);
  long_line_.reset();
}

// What stands behind the last newline.
void Pass::take_rest() {
  if (long_line_) {
    projector_.take_long_line(position());
  } else {
    projector_.take_rest(buffer_, position());
  }
}

// The project that a log has named, or that its path says.
std::int64_t project_of(mirror::Ledger& ledger, const FileRole& role, const LogReading& reading) {
  const FileRecord& record = reading.record;
  if (reading.project_root) return ledger.project(*reading.project_root);
  const bool is_anew = record.file_id == 0 || reading.from == 0;
  return is_anew ? ledger.project(role.project_root) : record.project_key;
}

void store(mirror::MirrorWriter& writer, const FileRole& role, LogReading& reading) {
  mirror::Ledger& ledger = writer.ledger();
  FileRecord& record = reading.record;
  const bool is_new = record.file_id == 0;
  const std::int64_t before = std::exchange(record.project_key, project_of(ledger, role, reading));
  if (!is_new) writer.delete_lines_from(record.file_id, reading.from);
  ledger.clear_errors(record.path, reading.from);
  if (reading.same) return ledger.touch(record);
  ledger.store(record);
  if (is_new || before == record.project_key) return;
  // The lines before the one that says it belong to the same project.
  writer.assign_project(record);
  ledger.drop_project_if_empty(before);
}

void put_lines(mirror::MirrorWriter& writer, const LogReading& reading) {
  const FileRecord& record = reading.record;
  std::optional<std::int64_t> errors;
  for (const auto& [offset, found] : reading.lines) {
    if (found.fault) {
      if (!errors) errors = writer.ledger().count_errors(record.path);
      if (++*errors > kMostErrors) continue;
      writer.ledger().record_error({record.path, offset, found.fault->reason});
    } else {
      for (const mirror::Row& row : found.rows) writer.put_row(record, row);
      writer.put_anomalies(record.file_id, offset, found.anomalies);
    }
  }
}

}  // namespace

LogSync::LogSync(const Layouts& layouts, const mirror::Schema& schema, std::size_t max_body,
                 std::size_t max_line, std::size_t budget, const Redaction* redaction)
    : reading_(layouts, schema, max_body, max_line, redaction),
      budget_(static_cast<std::int64_t>(budget)) {}

std::optional<LogReading> LogSync::read(const FileRecord& record, const FileRole& role,
                                        std::string_view fold, const OpenFile& file,
                                        const Stop& stop) {
  const bool unchanged =
      record.file_id != 0 && record.version == file.version && record.state == FileState::current;
  if (unchanged && !record.racy) return std::nullopt;
  std::optional<Fingerprint> read = what_was_read(record, role, file);
  LogReading result{record, read ? record.consumed : 0};
  result.record.consumed = result.from;
  // Nothing can show otherwise than before; only its times may.
  result.same = unchanged && read && record.consumed == file.version.size;
  result.record.version = file.version;
  result.record.racy = file.racy;
  if (result.same) return result;
  Pass pass(result, reading_, role, result.from == 0 ? "" : fold, file,
            std::move(read).value_or(Fingerprint()));
  pass.run(budget_, stop);
  return result;
}

void LogSync::write(mirror::MirrorWriter& writer, const FileRole& role, LogReading& reading) {
  const bool is_new = reading.record.file_id == 0;
  store(writer, role, reading);
  put_lines(writer, reading);
  if (!reading.fold) return;
  writer.ledger().store_log_state(reading.record.file_id, *reading.fold);
  if (!is_new) writer.delete_folded_rows(reading.record.file_id);
  for (const mirror::Row& row : reading.folded) writer.put_row(reading.record, row);
}

}  // namespace tain::syncd
