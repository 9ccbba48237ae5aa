#pragma once

#include <optional>

#include "command.h"
#include "mirror_flags.h"
#include "query/find/thing.h"

namespace tain::query {

/// The argument of a command that is about one thing, and the flags that say which, if its id is
/// not enough.
class ThingArgument {
 public:
  /// `words`: of which kinds it may be; where there is only one, no flag asks.
  void add_to(CLI::App& app, const std::string& name, std::vector<std::string> words);
  /// The thing. Nothing where the name fits several, which `io.err` is told then. Throws
  /// NotFoundError, InvalidArgument.
  std::optional<Thing> find(const sqlite::Database& database, const Io& io) const;

 private:
  std::vector<Thing> candidates(const sqlite::Database& database) const;

  std::vector<std::string> words_;
  std::string name_;
  Text word_;
  Text project_;
};

}  // namespace tain::query
