#pragma once

#include <chrono>

#include "arguments.h"
#include "query/print/io.h"
#include "syncd/mirror/sqlite/database.h"
#include "syncd/sync/sync_settings.h"

namespace tain::query {

/// The flags of a command that reads the mirror.
class MirrorFlags {
 public:
  void add_to(CLI::App& app);
  /// Opens the mirror, which nothing can be written to; with --fresh, once everything that is
  /// saved by now is in it. Otherwise, where no daemon keeps it up to date, says on `io.err` how
  /// old the answer will be; and, while it is filled for the first time, that. Throws
  /// NotFoundError, Error, InvalidArgument.
  ///
  /// All that is read of it is of one moment, and is interrupted when the answer takes too long;
  /// these flags have to outlive it.
  sqlite::Database open(const Io& io) const;
  /// The same for a command that goes on: each statement sees the mirror as it is then, and may
  /// take its time.
  sqlite::Database open_to_follow(const Io& io) const;
  /// That once more, without a word about its age or a wait.
  sqlite::Database reopen() const;
  /// What the mirror was built with; where there is none, what one is built with that nobody tells
  /// anything. Throws Error where a mirror cannot be asked: what of files it may show is not known.
  syncd::SyncSettings settings() const;
  /// How long a statement may take.
  std::chrono::milliseconds longest_statement() const;

 private:
  void warn(const sqlite::Database& database, const Io& io) const;
  void wait_until_fresh() const;

  Text db_;
  bool fresh_ = false;
  Text socket_;
  Text timeout_;
  mutable std::chrono::steady_clock::time_point deadline_{};  ///< of what open() gave
};

}  // namespace tain::query
