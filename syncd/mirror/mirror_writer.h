#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/fs/file_system.h"
#include "ledger.h"
#include "row.h"
#include "schema.h"
#include "sqlite/database.h"

namespace tain::mirror {

/// The one connection that writes the mirror, and all SQL that changes entity rows. Used by one
/// thread.
class MirrorWriter {
 public:
  /// Opens the mirror at `path`, making one where there is none. A file that is damaged, or no
  /// database, is set aside under another name and a new mirror is begun; one of another schema
  /// version serves its readers until finish_rebuild(), while the new one grows beside it. Throws
  /// Error for a database that is not a mirror, and DatabaseError.
  MirrorWriter(std::filesystem::path path, const Schema& schema, Clock clock);
  MirrorWriter(const MirrorWriter&) = delete;
  MirrorWriter& operator=(const MirrorWriter&) = delete;
  ~MirrorWriter();

  const std::filesystem::path& path() const { return path_; }
  /// Set where an older mirror had to go: what was done with it, for the log.
  const std::optional<std::string>& notice() const { return notice_; }
  /// False when somebody deleted or replaced the file: the mirror has to be opened anew.
  bool is_in_place() const;
  /// Opens the mirror anew; a damaged one (`is_corrupt`) is set aside first, whatever it looks
  /// like.
  void reopen(bool is_corrupt);
  /// Leaves the mirror to its readers, because of `why` ("has …"), and begins a new one beside it,
  /// until finish_rebuild().
  void begin_rebuild(const std::string& why);
  /// Whether a new mirror is growing beside an old one.
  bool is_rebuilding() const { return rebuilding_; }
  /// Puts the new mirror, complete now, in the old one's place.
  void finish_rebuild();

  Ledger& ledger();
  sqlite::Database& database();

  /// Runs `work` in one transaction; when it throws, nothing of it stays.
  void transact(const std::function<void()>& work);
  /// Runs `work` inside the transaction so that, when it throws, the rest of the transaction is as
  /// before.
  void attempt(const std::function<void()>& work);

  void put_document(std::int64_t file_id, std::string_view body);
  /// Adds or replaces.
  void put_row(const FileRecord& file, const Row& row);
  void put_anomalies(std::int64_t file_id, std::int64_t line_offset,
                     const std::vector<Anomaly>& anomalies);
  /// Deletes everything that came from the file.
  void delete_rows(std::int64_t file_id);
  /// Deletes what came from the lines of a log that start at `offset` or behind it.
  void delete_lines_from(std::int64_t file_id, std::int64_t offset);

 private:
  struct Connection;

  void open();
  void close_what_is_not_in_place();
  std::unique_ptr<Connection> connect(const std::filesystem::path& file);
  void set_aside(const std::filesystem::path& file, const std::string& why);

  std::filesystem::path path_;
  const Schema& schema_;
  Clock clock_;
  std::optional<std::string> notice_;
  bool rebuilding_ = false;
  std::unique_ptr<Connection> connection_;
};

/// A lock that one writer of the mirror at `path` holds for its life, beside it in `<path>.lock`.
class WriterLock {
 public:
  /// Throws Error when another process has it.
  explicit WriterLock(const std::filesystem::path& mirror);

 private:
  UniqueFd fd_;
};

}  // namespace tain::mirror
