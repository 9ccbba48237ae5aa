#pragma once

#include <chrono>

#include "arguments.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// The flags of a command that reads the mirror.
class MirrorFlags {
 public:
  void add_to(CLI::App& app);
  /// Opens the mirror, which nothing can be written to; with --fresh, once everything that is
  /// saved by now is in it. Throws NotFoundError, Error, InvalidArgument.
  sqlite::Database open() const;
  /// How long a statement may take.
  std::chrono::milliseconds longest_statement() const;

 private:
  Text db_;
  bool fresh_ = false;
  Text socket_;
  Text timeout_;
};

}  // namespace tain::query
