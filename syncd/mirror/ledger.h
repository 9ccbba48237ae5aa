#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/time.h"
#include "file_version.h"
#include "row.h"
#include "sqlite/database.h"

namespace tain::mirror {

enum class FileState {
  current,  ///< the rows are the file's
  stale,    ///< the file is bad now; the rows are its last good ones
  bad,      ///< the file is bad and never was good; it has no rows
  partial,  ///< a long file of which only a beginning is in the mirror yet
};

std::string_view to_text(FileState state);
FileState file_state(std::string_view text);

/// What the mirror knows of a file.
struct FileRecord {
  std::int64_t file_id = 0;  ///< 0: not stored yet
  std::string path;
  std::int64_t root_id = 0;
  std::int64_t project_key = 0;
  std::string layout;
  std::string kind;
  FileState state = FileState::current;
  FileVersion version;  ///< of what was read last
  bool racy = false;    ///< changed so close to its reading that a later change might look the same
  std::int64_t hash = 0;  ///< of what was read last; of a log: of its first and last consumed bytes
  std::int64_t consumed =
      0;  ///< bytes of a log up to the end of its last complete line that has been read
};

/// What a scan has to know of a file.
struct KnownFile {
  std::string path;
  FileVersion version;
  /// Whether a file of that version need not be read: it is in the mirror as it is.
  bool settled = false;
};

struct RootRecord {
  std::int64_t root_id = 0;
  std::string path;
  std::optional<std::int64_t> device;
  bool available = true;
};

/// How a root's changes are learned of, for readers of the mirror.
struct RootWatchRecord {
  std::string_view mode;  ///< see `roots.watch_mode`
  std::int64_t directories = 0;
  std::int64_t watches = 0;
  std::optional<Timestamp> last_event_at;
};

/// What the process that writes the mirror says of itself in it.
struct WriterRecord {
  std::int64_t pid = 0;
  std::string_view version;
  Timestamp started_at;
  std::int64_t pending = 0;
  std::int64_t overflows = 0;
  std::string last_error = {};                  ///< also one that is over
  std::optional<Timestamp> last_error_at = {};  ///< absent: there was none
};

/// A file's trouble; no offset: the file as a whole.
struct SyncError {
  std::string path;
  std::optional<std::int64_t> byte_offset;
  std::string reason;
};

/// What a project that has no name of its own is called: as its directory.
std::string name_after_directory(std::string_view root);

/// The tables by which the mirror knows what it has seen. All of it runs inside the caller's
/// transaction. Paths may hold any bytes; those that are not UTF-8 are kept as BLOBs.
class Ledger {
 public:
  Ledger(sqlite::Database& database, Clock clock);

  std::optional<FileRecord> find(std::string_view path);
  /// Every file at or below `directory`.
  std::vector<KnownFile> below(std::string_view directory);
  /// Inserts or updates, as the next change of the feed; fills in file_id.
  void store(FileRecord& record);
  /// Updates what does not show: identity, hash and what was consumed. No change of the feed.
  void touch(const FileRecord& record);
  /// Forgets the file (its rows are the writer's to delete) and leaves a tombstone in the feed.
  void remove(const FileRecord& record);

  /// What the consumed lines of a log say together (syncd's LogFold); empty where nothing was kept.
  std::string log_state(std::int64_t file_id);
  void store_log_state(std::int64_t file_id, std::string_view state);

  /// The key of the project at `root`, whose row is made where it is missing.
  std::int64_t project(std::string_view root);
  /// Fills the project's columns (as project_columns()) from its file. Of several files the one
  /// whose path comes first, byte by byte, describes it, so that the order of reading says nothing.
  void describe_project(std::int64_t project_key, std::int64_t file_id,
                        const std::vector<Value>& values);
  /// To be called before the file is forgotten. Where it described its project, there is nothing
  /// left but a name, that of the project's directory; and the file that comes next, whose path is
  /// returned, counts as one that has changed, until it is read again.
  std::optional<std::string> withdraw_description(const FileRecord& record);
  /// Forgets the project when none of its files is left.
  void drop_project_if_empty(std::int64_t project_key);

  RootRecord root(std::string_view path);
  void root_scanned(const RootRecord& root, std::int64_t files_on_disk);
  void root_unavailable(std::int64_t root_id, std::string_view reason);
  void root_watched(std::int64_t root_id, const RootWatchRecord& watch);
  /// Says who writes, and that it is alive now.
  void record_writer(const WriterRecord& writer);
  /// Notes a batch with which `pending` changes are left to do.
  void record_batch(std::int64_t pending);
  /// How many changes waited when that was recorded last; nothing where nobody has.
  std::optional<std::int64_t> pending();
  /// Notes that the writer has left as it should.
  void record_stop();
  /// Forgets the roots that are not in `kept`, and the errors below them; returns the paths of
  /// their files, but for those that lie in a kept root too, to which they belong from now on.
  std::vector<std::string> retain_roots(const std::vector<std::string>& kept);

  /// Adds the error, or notes that it is still there.
  void record_error(const SyncError& error);
  /// The same for a file that has no other error.
  void record_only_error(const SyncError& error);
  /// Forgets the errors of `path` from `offset` on, and those of the file as a whole.
  void clear_errors(std::string_view path, std::int64_t from_offset = 0);
  std::int64_t count_errors(std::string_view path);
  /// Files and directories, at or below `directory`, that have errors.
  std::vector<std::string> paths_with_errors(std::string_view directory);

  /// Keeps what the mirror is built with, see recorded_settings().
  void save_settings(std::string_view text);
  /// Whether it knows no file.
  bool is_empty();

  /// The last change of the feed.
  std::int64_t seq() const { return seq_; }
  /// As the mirror has it now, inside a transaction: another writer may have come and gone.
  std::int64_t load_seq();
  void save_seq();
  /// After a rollback.
  void restore_seq(std::int64_t seq) { seq_ = seq; }

 private:
  void hand_over(std::int64_t root_id, const std::string& heir);
  Timestamp now() const { return clock_(); }
  void name_project_after_directory(std::int64_t project_key);

  sqlite::Database& database_;
  Clock clock_;
  std::int64_t seq_ = 0;
  sqlite::Statement find_;
  sqlite::Statement below_;
  sqlite::Statement insert_;
  sqlite::Statement update_;
  sqlite::Statement move_;
  sqlite::Statement touch_;
  sqlite::Statement delete_file_;
  sqlite::Statement entomb_;
  sqlite::Statement exhume_;
  sqlite::Statement find_project_;
  sqlite::Statement add_project_;
  sqlite::Statement find_unnamed_project_;
  sqlite::Statement name_project_;
  sqlite::Statement drop_project_;
  sqlite::Statement count_errors_;
  sqlite::Statement record_error_;
  sqlite::Statement clear_errors_;
  sqlite::Statement clear_other_errors_;
  sqlite::Statement record_batch_;
  sqlite::Statement pending_;
  sqlite::Statement log_state_;
  sqlite::Statement store_log_state_;
  sqlite::Statement with_errors_;
  sqlite::Statement load_seq_;
  sqlite::Statement save_seq_;
};

/// What save_settings() was given last; nothing in a mirror that was never begun.
std::optional<std::string> recorded_settings(const sqlite::Database& database);

}  // namespace tain::mirror
