#include "project_scope.h"

#include "core/error.h"
#include "core/fs/paths.h"

namespace tain::query {

void add_project_scope(CLI::App& app, Text& target) {
  add_text(app, "--project", target, "Of one project: its id, its name, or its directory");
}

ListScope parse_scope(const Text& project) {
  if (!project) return {};
  std::error_code ignored;  // a name too long for a path is a name
  if (!std::filesystem::is_directory(*project, ignored)) return {.root = {}, .project = project};
  // As the daemon has it, through symbolic links.
  const std::filesystem::path directory = std::filesystem::canonical(*project);
  if (const auto root = find_files_root(directory)) return {.root = root->string(), .project = {}};
  throw NotFoundError("find the project at", *project, std::string(kNoProjectAround));
}

std::optional<std::filesystem::path> find_files_root(const std::filesystem::path& start) {
  const auto foreign_sessions = std::filesystem::path(kAgentsDirectory) / kSessionsDirectory;
  for (std::filesystem::path directory = start;; directory = directory.parent_path()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(project_directory(directory), ignored) ||
        std::filesystem::is_directory(directory / foreign_sessions, ignored)) {
      return directory;
    }
    if (!directory.has_relative_path()) return std::nullopt;
  }
}

}  // namespace tain::query
