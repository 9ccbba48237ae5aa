#include "catalogue.h"

#include <algorithm>

#include "builtin.h"
#include "core/error.h"
#include "core/fs/atomic_file.h"

namespace tain::query {
namespace {

// What a shell takes as one word, and the command line as no flag.
void require_report_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (!name.starts_with('-') && name.find_first_not_of(kAllowed) == std::string::npos) return;
  throw InvalidArgument("the name of a report", "A-Za-z0-9._-, with no - in front; rename the file",
                        "\"" + name + "\"");
}

FoundReport read_report(const std::filesystem::path& file) {
  const std::string name = file.stem();
  try {
    require_report_name(name);
    // Through links: people keep such files in a repository of their own.
    const auto sql = read_file(FileSystem::real(), std::filesystem::canonical(file));
    return {.report = parse_report(name, file, sql.value_or("")), .trouble = {}};
  } catch (const std::runtime_error& error) {
    FoundReport broken{.report = {}, .trouble = error.what()};
    broken.report.name = name;
    broken.report.file = file;
    return broken;
  }
}

}  // namespace

std::vector<FoundReport> builtin_reports() {
  std::vector<FoundReport> reports;
  for (const auto& [name, sql] : embedded_reports()) {
    reports.push_back({parse_report(std::string(name), {}, std::string(sql)), {}});
  }
  return reports;
}

std::vector<FoundReport> user_reports(const std::filesystem::path& directory) {
  std::vector<FoundReport> reports;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    const std::filesystem::path& file = entry.path();
    std::error_code unknown;
    const bool is_hidden = file.filename().native().starts_with('.');
    // Nothing but files: a pipe would make everybody wait.
    if (is_hidden || file.extension() != ".sql" || !entry.is_regular_file(unknown)) continue;
    reports.push_back(read_report(file));
  }
  std::sort(reports.begin(), reports.end(), [](const FoundReport& a, const FoundReport& b) {
    return a.report.name < b.report.name;
  });
  return reports;
}

}  // namespace tain::query
