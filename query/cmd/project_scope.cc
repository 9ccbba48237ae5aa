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
  if (const auto root = find_project_root(directory))
    return {.root = root->string(), .project = {}};
  throw NotFoundError("find the project at", *project,
                      "neither it nor a directory above holds .tain");
}

}  // namespace tain::query
