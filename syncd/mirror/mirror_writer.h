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
#include "prices.h"
#include "row.h"
#include "schema.h"
#include "sqlite/database.h"
#include "writer_lock.h"

namespace tain::mirror {

/// What has become of an open mirror behind the writer's back.
enum class Condition {
  sound,    ///< as far as a look at its files tells
  closed,   ///< the last attempt to open it failed
  gone,     ///< deleted, or another file has its name
  damaged,  ///< truncated or overwritten in place, or without its journals: nobody else can read it
};

struct MirrorConnection;

/// The one connection that writes the mirror, and all SQL that changes entity rows. Used by one
/// thread.
class MirrorWriter {
 public:
  /// Opens the mirror at `path`, making one where there is none. A file that is damaged, or no
  /// database any more, is set aside under another name and a new mirror is begun; one of another
  /// schema version serves its readers until finish_rebuild(), while the new one grows beside it.
  /// Each transaction makes sure that `lock` is still held; null: nobody else knows of the mirror.
  /// `files` puts a new mirror in place.
  /// Throws Error for a database that is not a mirror, and DatabaseError.
  MirrorWriter(std::filesystem::path path, const Schema& schema, Clock clock,
               const WriterLock* lock = nullptr, FileSystem& files = FileSystem::real());
  MirrorWriter(const MirrorWriter&) = delete;
  MirrorWriter& operator=(const MirrorWriter&) = delete;
  ~MirrorWriter();

  const std::filesystem::path& path() const { return path_; }
  /// Set where an older mirror had to go: what was done with it, for the log.
  const std::optional<std::string>& notice() const { return notice_; }
  /// Looks at the mirror's files, which costs a few system calls. What is not sound has to be
  /// reopened: what is written to it, nobody will read.
  Condition condition() const;
  bool is_in_place() const { return condition() == Condition::sound; }
  /// Opens the mirror anew; a damaged one (`is_damaged`) is set aside first, whatever it looks
  /// like. Of those that were set aside the last three are kept.
  void reopen(bool is_damaged);
  /// Leaves the mirror to its readers, because of `why` ("has …"), and begins a new one beside it,
  /// until finish_rebuild().
  void begin_rebuild(const std::string& why);
  /// Until finish_load(), the mirror, which is empty, is filled: without its indexes, which costs
  /// less to make at the end, and without what is searched. So it stays when it is opened again.
  void begin_load();
  bool is_loading() const;
  /// Makes them, in one transaction, and asks `stop` again and again meanwhile. False as soon as
  /// that says so: then nothing is done, and the mirror is still to be finished, by the next
  /// process at the latest.
  bool finish_load(const std::function<bool()>& stop = [] { return false; });
  /// Whether a new mirror is growing beside an old one.
  bool is_rebuilding() const { return rebuilding_; }
  /// Puts the new mirror, complete now, in the old one's place. Whoever dies meanwhile leaves one
  /// of them: see replacement.h.
  void finish_rebuild();

  /// Has cost computed from these prices, from now on and of all that is in the mirror; until then
  /// they are the shipped ones. Not inside a transaction. Throws DatabaseError.
  void use_prices(PriceTable prices);

  Ledger& ledger();
  sqlite::Database& database();

  /// Runs `work` in one transaction; when it throws, nothing of it stays. Throws Error when the
  /// lock is not held any more. `work` is begun anew, once, when something fails in an attempt().
  void transact(const std::function<void()>& work);
  /// Whether the transaction that runs has changed a row.
  bool has_changed() const;
  /// Runs `work` inside the transaction so that, when it throws, the rest of the transaction is as
  /// before.
  void attempt(const std::function<void()>& work);

  void put_document(std::int64_t file_id, std::string_view body);
  /// Adds or replaces.
  void put_row(const FileRecord& file, const Row& row);
  /// Makes these all that the mirror has of the file, but for its document. What is there already
  /// is not written again.
  void replace_rows(const FileRecord& file, const std::vector<Row>& rows,
                    const std::vector<Anomaly>& anomalies);
  void put_anomalies(std::int64_t file_id, std::int64_t line_offset,
                     const std::vector<Anomaly>& anomalies);
  /// Deletes everything that came from the file.
  void delete_rows(std::int64_t file_id);
  /// Deletes what came from the lines of a log that start at `offset` or behind it.
  void delete_lines_from(std::int64_t file_id, std::int64_t offset);
  /// Deletes what came from all lines of a log together.
  void delete_folded_rows(std::int64_t file_id);
  /// Gives the rows that the file has to the project that it has now.
  void assign_project(const FileRecord& file);

 private:
  void open();
  void close();
  std::unique_ptr<MirrorConnection> connect(const std::filesystem::path& file);
  void set_aside(const std::filesystem::path& file, const std::string& why);
  void require_the_lock() const;
  void run_transaction(const std::function<void()>& work);

  std::filesystem::path path_;
  const Schema& schema_;
  Clock clock_;
  const WriterLock* lock_;
  FileSystem& files_;
  PriceTable prices_ = PriceTable::shipped();
  std::optional<std::string> notice_;
  bool rebuilding_ = false;
  std::int64_t changes_before_ = 0;  // this transaction
  bool has_savepoints_ = false;      // in this transaction, for attempts
  std::unique_ptr<MirrorConnection> connection_;
};

}  // namespace tain::mirror
