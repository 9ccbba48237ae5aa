#include "entity_directory.h"

#include <cerrno>

#include "../fs/paths.h"

namespace tain {

void require_project(const std::filesystem::path& project_root, const StateOptions& options) {
  if (file_exists(*options.file_system, project_file(project_root))) return;
  throw NotFoundError("open", project_file(project_root),
                      "there is no project here; create it first");
}

void make_entity_directory(const std::filesystem::path& project_root,
                           const std::filesystem::path& directory, const StateOptions& options) {
  require_project(project_root, options);
  make_directories(*options.file_system, directory, options.durability == Durability::full);
}

bool concerns_one_path(const IoError& error) {
  return error.error_number() == EACCES || error.error_number() == ELOOP ||
         error.error_number() == ENXIO || error.error_number() == ENOTDIR;
}

}  // namespace tain
