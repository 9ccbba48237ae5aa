#include "catalogue.h"

#include <algorithm>
#include <cstdint>

#include "builtin.h"
#include "core/fs/atomic_file.h"

namespace tain::query {
namespace {

namespace fs = std::filesystem;

// A question is short; what is larger is something else that has such a name.
constexpr std::uintmax_t kLargestReport = 1 << 20;

// What a shell takes as one word, and the command line as no flag.
void require_report_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (!name.starts_with('-') && name.find_first_not_of(kAllowed) == std::string::npos) return;
  throw InvalidArgument("the name of a report", "A-Za-z0-9._-, with no - in front; rename the file",
                        "\"" + name + "\"");
}

// Through links: people keep such files in a repository of their own.
std::string read_sql(const fs::path& file) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (error) {
    throw Error("read the report", file,
                "it is a link that leads to no file (" + error.message() + "); mend or remove it");
  }
  if (const std::uintmax_t size = fs::file_size(target); size > kLargestReport) {
    throw Error("read the report", file,
                "it has " + std::to_string(size) + " bytes, and a report may have " +
                    std::to_string(kLargestReport) + "; rename it if it is none");
  }
  return read_file(FileSystem::real(), target).value_or("");
}

FoundReport read_report(const fs::path& file) {
  const std::string name = file.stem();
  FoundReport broken{.report = {}, .trouble = {}};
  broken.report.name = name;
  broken.report.file = file;
  try {
    require_report_name(name);
    return {.report = parse_report(name, file, read_sql(file)), .trouble = {}};
  } catch (const Error& error) {
    broken.trouble = error;
  } catch (const std::runtime_error& error) {
    broken.trouble = Error("read the report", file, error.what());
  }
  return broken;
}

// Nothing but files and what should lead to one: a pipe would make everybody wait.
bool is_report(const fs::directory_entry& entry) {
  const fs::path name = entry.path().filename();
  if (name.native().starts_with('.') || name.extension() != ".sql") return false;
  std::error_code leads_nowhere;
  return entry.is_regular_file(leads_nowhere) || !entry.exists(leads_nowhere);
}

}  // namespace

std::vector<FoundReport> builtin_reports() {
  std::vector<FoundReport> reports;
  for (const auto& [name, sql] : embedded_reports()) {
    reports.push_back({parse_report(std::string(name), {}, std::string(sql)), {}});
  }
  return reports;
}

UserReports find_user_reports(const fs::path& directory) {
  UserReports found;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_report(*entry)) found.reports.push_back(read_report(entry->path()));
  }
  std::sort(found.reports.begin(), found.reports.end(),
            [](const auto& a, const auto& b) { return a.report.name < b.report.name; });
  if (error && error != std::errc::no_such_file_or_directory) {
    found.trouble = Error("read the reports in", directory,
                          error.message() + "; those that are there may be missing");
  }
  return found;
}

}  // namespace tain::query
