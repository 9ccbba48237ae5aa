#include "file_sync.h"

#include <utility>

#include "core/error.h"

namespace tain::syncd {
namespace {

using mirror::FileRecord;
using mirror::FileState;
using mirror::MirrorWriter;
using mirror::SyncError;

constexpr int kReadAttempts = 3;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// One value or row that SQLite cannot take; the database is well.
bool is_the_files_fault(const sqlite::DatabaseError& error) {
  return error.code() == SQLITE_TOOBIG || error.code() == SQLITE_CONSTRAINT ||
         error.code() == SQLITE_MISMATCH;
}

FileRecord new_record(const mirror::RootRecord& root, const std::string& path, const FileRole& role,
                      std::int64_t project_key) {
  FileRecord record;
  record.path = path;
  record.root_id = root.root_id;
  record.project_key = project_key;
  record.layout = role.layout;
  record.kind = to_text(role.kind);
  return record;
}

// What a reading begins with. Nothing of a bad file counts: whatever was read of it before, it ends
// as one that is read for the first time.
FileRecord begin_with(const std::optional<FileRecord>& known, const mirror::RootRecord& root,
                      const std::string& path, const FileRole& role, mirror::Ledger& ledger) {
  if (!known) return new_record(root, path, role, ledger.project(role.project_root));
  FileRecord record = *known;
  if (record.state == FileState::bad) {
    record.version = {};
    record.hash = 0;
  }
  return record;
}

}  // namespace

// The file at hand: what it is, and what the ledger has of it.
struct FileSync::Subject {
  const FileRole& role;
  std::optional<FileRecord> known;
  FileRecord record;  // as `known`, or new; changes with what is read
};

FileSync::FileSync(const Layouts& layouts, const mirror::Schema& schema, SyncLimits limits)
    : layouts_(layouts),
      limits_(limits),
      log_(schema, limits.max_body, limits.max_line, limits.log_budget) {}

FileOutcome FileSync::sync(MirrorWriter& writer, const mirror::RootRecord& root,
                           const std::string& path, const FileRole& role, const Stop& stop) {
  const OpenResult opened =
      open_beneath(root.path, std::string_view(path).substr(root.path.size() + 1));
  if (std::holds_alternative<Missing>(opened)) return FileOutcome::gone;
  std::optional<FileRecord> known = writer.ledger().find(path);
  if (const auto* trouble = std::get_if<Unreadable>(&opened)) {
    fail_to_open(writer, std::move(known), {path, std::nullopt, trouble->reason});
    return FileOutcome::done;
  }
  const FileRecord fresh = begin_with(known, root, path, role, writer.ledger());
  Subject subject{role, std::move(known), fresh};
  try {
    FileOutcome outcome = FileOutcome::done;
    writer.attempt(
        [&] { outcome = sync_open_file(writer, subject, std::get<OpenFile>(opened), stop); });
    if (outcome == FileOutcome::again) writer.ledger().drop_project_if_empty(fresh.project_key);
    return outcome;
  } catch (const IoError& error) {
    subject.record = fresh;
    fail(writer, subject, {path, std::nullopt, error.what()});
  } catch (const sqlite::DatabaseError& error) {
    if (!is_the_files_fault(error)) throw;
    subject.record = fresh;
    fail(writer, subject, {path, std::nullopt, error.what()});
  }
  return FileOutcome::done;
}

FileOutcome FileSync::sync_open_file(MirrorWriter& writer, Subject& subject, const OpenFile& file,
                                     const Stop& stop) {
  if (!is_log(subject.role.kind)) return sync_document(writer, subject, file);
  log_.sync(writer, subject.record, subject.role, file, stop);
  return subject.record.state == FileState::partial ? FileOutcome::more : FileOutcome::done;
}

FileOutcome FileSync::sync_document(MirrorWriter& writer, Subject& subject, const OpenFile& file) {
  FileRecord& record = subject.record;
  const int fd = file.fd.get();
  FileVersion before = file.version;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    if (static_cast<std::uint64_t>(before.size) > limits_.max_document) {
      record.version = before;
      fail(writer, subject,
           {record.path, std::nullopt,
            "larger than the " + std::to_string(limits_.max_document) + " bytes of a JSON file"});
      return FileOutcome::done;
    }
    const PaddedBytes bytes(read_at(fd, 0, static_cast<std::size_t>(before.size), record.path),
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
    if (same) {
      writer.ledger().touch(record);
    } else {
      project(writer, subject, bytes.view());
    }
    return FileOutcome::done;
  }
  return FileOutcome::again;
}

void FileSync::project(MirrorWriter& writer, Subject& subject, std::string_view text) {
  FileRecord& record = subject.record;
  const Projection found = project_document(parser_, layouts_, subject.role, text);
  if (found.fault) {
    return fail(writer, subject,
                {record.path, static_cast<std::int64_t>(found.fault->offset), found.fault->reason});
  }
  record.state = FileState::current;
  record.consumed = record.version.size;
  writer.ledger().store(record);
  writer.ledger().clear_errors(record.path);
  writer.delete_rows(record.file_id);
  writer.put_document(record.file_id, without_byte_order_mark(text));
  for (const mirror::Row& row : found.rows) {
    if (subject.role.kind == FileKind::project) {
      writer.ledger().describe_project(record.project_key, record.file_id, row.values);
    } else {
      writer.put_row(record, row);
    }
  }
  writer.put_anomalies(record.file_id, 0, found.anomalies);
}

void FileSync::fail(MirrorWriter& writer, Subject& subject, const SyncError& error) {
  FileRecord& record = subject.record;
  const bool has_rows = subject.known && subject.known->state != FileState::bad;
  record.state = has_rows ? FileState::stale : FileState::bad;
  writer.ledger().record_only_error(error);
  const bool still =
      subject.known && subject.known->state == record.state && subject.known->hash == record.hash;
  if (still) {
    writer.ledger().touch(record);
  } else {
    writer.ledger().store(record);
  }
}

// A file that was never read gets no row in the ledger, and so every scan tries it again. One that
// never was good is as if it had never been read: nothing in the mirror comes from it.
void FileSync::fail_to_open(MirrorWriter& writer, std::optional<FileRecord> known,
                            const SyncError& error) {
  if (known && known->state == FileState::bad) {
    remove(writer, error.path);
    known.reset();
  }
  writer.ledger().record_only_error(error);
  if (!known || known->state == FileState::stale) return;
  known->state = FileState::stale;
  writer.ledger().store(*known);
}

void FileSync::remove(MirrorWriter& writer, const std::string& path) {
  writer.ledger().clear_errors(path);
  const std::optional<FileRecord> record = writer.ledger().find(path);
  if (!record) return;
  writer.delete_rows(record->file_id);
  writer.ledger().remove(*record);
  if (record->kind == to_text(FileKind::project)) {
    writer.ledger().describe_project(record->project_key, std::nullopt, {});
  }
  writer.ledger().drop_project_if_empty(record->project_key);
}

}  // namespace tain::syncd
