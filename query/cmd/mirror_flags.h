#pragma once

#include <chrono>

#include "arguments.h"
#include "query/print/io.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// The flags of a command that reads the mirror.
class MirrorFlags {
 public:
  void add_to(CLI::App& app);
  /// Opens the mirror, which nothing can be written to; with --fresh, once everything that is
  /// saved by now is in it. Otherwise, where no daemon keeps it up to date, says on `io.err` how
  /// old the answer will be. Throws NotFoundError, Error, InvalidArgument.
  sqlite::Database open(const Io& io) const;
  /// How long a statement may take.
  std::chrono::milliseconds longest_statement() const;

 private:
  Text db_;
  bool fresh_ = false;
  Text socket_;
  Text timeout_;
};

}  // namespace tain::query
