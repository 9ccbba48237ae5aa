#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/json/document.h"
#include "daemon_status.h"
#include "query/sql/mirror_status.h"

namespace tain::query {

/// All that `tain status` found out. Of the daemon and of the mirror, each is there or its error
/// is.
struct StatusReport {
  std::filesystem::path socket;
  std::filesystem::path db;
  std::optional<DaemonStatus> daemon;
  std::string daemon_error;
  std::optional<MirrorStatus> mirror;
  std::string mirror_error;
  bool names_no_root = false;  ///< no daemon, mirror or configuration knows a directory

  /// As the daemon sees them; without one, as the mirror remembers them.
  std::vector<RootStatus> roots() const;
};

/// Why the mirror cannot be trusted to be fresh; empty: it can. Whatever is not known is a problem:
/// silent staleness is the worst bug that this program can have.
std::vector<std::string> find_problems(const StatusReport& report);

/// README.md describes it.
Json to_json(const StatusReport& report);

/// For people; the last line is the verdict. `now` is what ages are counted from.
void print_report(const StatusReport& report, Timestamp now, std::ostream& out);

}  // namespace tain::query
