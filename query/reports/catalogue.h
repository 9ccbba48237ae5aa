#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report.h"

namespace tain::query {

/// A report as it was found.
struct FoundReport {
  Report report;                  ///< where there is trouble, only its name and its file
  std::string trouble;            ///< why it cannot be asked; empty: it can
  bool replaces_builtin = false;  ///< for who lists them
};

/// The reports of this folder, by name.
std::vector<FoundReport> builtin_reports();

/// The `*.sql` files in `directory`, by name; none where there is no such directory. What cannot be
/// read, or has a broken header, is found with its trouble: it costs only itself.
std::vector<FoundReport> user_reports(const std::filesystem::path& directory);

}  // namespace tain::query
