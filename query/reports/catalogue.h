#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/error.h"
#include "report.h"

namespace tain::query {

/// A report as it was found.
struct FoundReport {
  Report report;                  ///< where there is trouble, only its name and its file
  std::optional<Error> trouble;   ///< why it cannot be asked
  bool replaces_builtin = false;  ///< for who lists them
};

/// The reports of this folder, by name.
std::vector<FoundReport> builtin_reports();

/// What is in a directory of reports.
struct UserReports {
  std::vector<FoundReport> reports;  ///< by name
  std::optional<Error> trouble;      ///< why there may be more of them
};

/// The `*.sql` files in `directory`; none where there is no such directory. What cannot be read, or
/// has a broken header, is found with its trouble: it costs only itself.
UserReports find_user_reports(const std::filesystem::path& directory);

}  // namespace tain::query
