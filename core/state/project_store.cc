#include "project_store.h"

#include "../fs/paths.h"
#include "../json/ids.h"

namespace tain {

Project create_project(const std::filesystem::path& root, const NewProject& fresh,
                       const StateOptions& options) {
  if (fresh.name.empty()) throw InvalidArgument("project name", "some text", "nothing");
  if (fresh.id) require_valid_id("project id", *fresh.id);
  const Timestamp time = options.clock();
  const std::filesystem::path absolute = std::filesystem::absolute(root).lexically_normal();
  Project project{.id = fresh.id.value_or(make_id("proj", time)),
                  .name = fresh.name,
                  .working_dir = absolute.string(),
                  .description = fresh.description,
                  .created_at = time,
                  .updated_at = time};
  make_directories(*options.file_system, project_directory(absolute),
                   options.durability == Durability::full);
  return EntityFile<Project>::create(project_file(absolute), std::move(project), options).entity();
}

Project open_project(const std::filesystem::path& root, const StateOptions& options) {
  return EntityFile<Project>::open(project_file(root), options).entity();
}

}  // namespace tain
