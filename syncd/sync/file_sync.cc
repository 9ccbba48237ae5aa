#include "file_sync.h"

#include <type_traits>
#include <utility>

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;
using mirror::MirrorWriter;
using mirror::SyncError;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// What a reading begins with. Nothing of a bad file counts: whatever was read of it before, it ends
// as one that is read for the first time.
FileRecord begin_with(const std::optional<FileRecord>& known, const mirror::RootRecord& root,
                      const std::string& path, const FileRole& role) {
  if (!known) return new_record(root, path, role);
  FileRecord record = *known;
  if (record.state == FileState::bad) {
    record.version = {};
    record.hash = 0;
  }
  return record;
}

// What a file says of its project may change, and is not known before it is read.
void store_in_project(mirror::Ledger& ledger, FileRecord& record, std::string_view project_root) {
  const std::int64_t before = std::exchange(record.project_key, ledger.project(project_root));
  ledger.store(record);
  if (before != record.project_key) ledger.drop_project_if_empty(before);
}

// The writing of what one file was read to hold.
class Write {
 public:
  // `known`: what the ledger has of the file. `fresh`: with what its reading began.
  Write(MirrorWriter& writer, const std::optional<FileRecord>& known, const FileRecord& fresh,
        const FileRole& role)
      : writer_(writer), known_(known), fresh_(fresh), role_(role) {}

  FileOutcome run(FileReading& reading) {
    try {
      FileOutcome outcome = FileOutcome::done;
      writer_.attempt(
          [&] { outcome = std::visit([&](auto& read) { return write(read); }, reading); });
      return outcome;
    } catch (const sqlite::DatabaseError& error) {
      if (!error.is_of_a_row()) throw;
      fail(fresh_, {fresh_.path, std::nullopt, error.what()});
    }
    return FileOutcome::done;
  }

 private:
  FileOutcome write(DocumentReading& read);
  FileOutcome write(LogReading& read);
  FileOutcome write(Unusable& read);
  FileOutcome write(Unreadable& read);
  static FileOutcome write(const Untouched& /*read*/) { return FileOutcome::done; }
  static FileOutcome write(const Restless& /*read*/) { return FileOutcome::again; }
  static FileOutcome write(const Missing& /*read*/) { return FileOutcome::gone; }
  void put(DocumentReading& read);
  void fail(FileRecord record, const SyncError& error);

  MirrorWriter& writer_;
  const std::optional<FileRecord>& known_;
  const FileRecord& fresh_;
  const FileRole& role_;
};

FileOutcome Write::write(DocumentReading& read) {
  if (read.same) {
    const bool is_outdated =
        read.record.version != fresh_.version || read.record.racy != fresh_.racy;
    if (is_outdated) writer_.ledger().touch(read.record);
  } else if (read.found.fault) {
    fail(std::move(read.record), {fresh_.path, static_cast<std::int64_t>(read.found.fault->offset),
                                  read.found.fault->reason});
  } else {
    FileRecord& record = read.record;
    record.state = FileState::current;
    record.consumed = record.version.size;
    store_in_project(writer_.ledger(), record,
                     read.found.project_root.value_or(role_.project_root));
    writer_.ledger().clear_errors(record.path);
    put(read);
  }
  return FileOutcome::done;
}

void Write::put(DocumentReading& read) {
  const FileRecord& record = read.record;
  writer_.put_document(record.file_id, without_byte_order_mark(read.text.view()));
  std::vector<mirror::Row>& rows = read.found.rows;
  const auto is_project = [](const mirror::Row& row) { return row.table->name == "projects"; };
  for (const mirror::Row& row : rows) {
    if (!is_project(row)) continue;
    writer_.ledger().describe_project(record.project_key, record.file_id, row.values);
  }
  std::erase_if(rows, is_project);
  if (known_) return writer_.replace_rows(record, rows, read.found.anomalies);
  for (const mirror::Row& row : rows) writer_.put_row(record, row);
  writer_.put_anomalies(record.file_id, 0, read.found.anomalies);
}

FileOutcome Write::write(LogReading& read) {
  LogSync::write(writer_, role_, read);
  return read.record.state == FileState::partial ? FileOutcome::more : FileOutcome::done;
}

FileOutcome Write::write(Unusable& read) {
  fail(std::move(read.record), {fresh_.path, std::nullopt, read.reason});
  return FileOutcome::done;
}

// A file that was never read gets no row in the ledger, and so every scan tries it again. One that
// never was good is as if it had never been read: nothing in the mirror comes from it.
FileOutcome Write::write(Unreadable& read) {
  const bool has_rows = known_ && known_->state != FileState::bad;
  if (known_ && !has_rows) FileSync::remove(writer_, fresh_.path);
  writer_.ledger().record_only_error({fresh_.path, std::nullopt, read.reason});
  if (!has_rows || known_->state == FileState::stale) return FileOutcome::done;
  FileRecord record = *known_;
  record.state = FileState::stale;
  writer_.ledger().store(record);
  return FileOutcome::done;
}

void Write::fail(FileRecord record, const SyncError& error) {
  const bool has_rows = known_ && known_->state != FileState::bad;
  record.state = has_rows ? FileState::stale : FileState::bad;
  writer_.ledger().record_only_error(error);
  if (known_ && known_->state == record.state && known_->hash == record.hash) {
    return writer_.ledger().touch(record);
  }
  if (!known_) record.project_key = writer_.ledger().project(role_.project_root);
  writer_.ledger().store(record);
}

}  // namespace

FileRecord new_record(const mirror::RootRecord& root, const std::string& path,
                      const FileRole& role) {
  FileRecord record;
  record.path = path;
  record.root_id = root.root_id;
  record.layout = role.layout;
  record.kind = to_text(role.kind);
  return record;
}

FileSync::FileSync(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits,
                   RedactionRules redaction)
    : layouts_(layouts),
      schema_(schema),
      limits_(limits),
      redaction_(std::move(redaction)),
      reader_(layouts, schema, limits, &redaction_) {}

std::unique_ptr<FileReader> FileSync::make_reader() const {
  return std::make_unique<FileReader>(layouts_, schema_, limits_, &redaction_);
}

FileOutcome FileSync::sync(MirrorWriter& writer, const mirror::RootRecord& root,
                           const std::string& path, const FileRole& role, const Stop& stop) {
  const std::optional<FileRecord> known = writer.ledger().find(path);
  const FileRecord fresh = begin_with(known, root, path, role);
  const bool goes_on = is_log(role.kind) && fresh.consumed > 0;
  const std::string fold = goes_on ? writer.ledger().log_state(fresh.file_id) : "";
  FileReading reading = reader_.read(root.path, fresh, role, fold, stop);
  note_newer_formats(reading);
  return Write(writer, known, fresh, role).run(reading);
}

FileOutcome FileSync::write_new(MirrorWriter& writer, const mirror::RootRecord& root,
                                const std::string& path, const FileRole& role,
                                FileReading& reading) {
  note_newer_formats(reading);
  return Write(writer, std::nullopt, new_record(root, path, role), role).run(reading);
}

void FileSync::note_newer_formats(const FileReading& reading) {
  const auto* log = std::get_if<LogReading>(&reading);
  if (log == nullptr) return;
  for (const auto& [offset, found] : log->lines) {
    for (const Anomaly& anomaly : found.anomalies) {
      if (anomaly.kind != kNewerFormat) continue;
      notices_.try_emplace(log->record.layout, log->record.path + ": " + anomaly.detail);
    }
  }
}

std::optional<std::string> FileSync::remove(MirrorWriter& writer, const std::string& path) {
  writer.ledger().clear_errors(path);
  const std::optional<FileRecord> record = writer.ledger().find(path);
  if (!record) return std::nullopt;
  writer.delete_rows(record->file_id);
  const bool is_project = record->kind == to_text(FileKind::project);
  auto again = is_project ? writer.ledger().withdraw_description(*record) : std::nullopt;
  writer.ledger().remove(*record);
  writer.ledger().drop_project_if_empty(record->project_key);
  return again;
}

}  // namespace tain::syncd
