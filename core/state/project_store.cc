#include "project_store.h"

#include <cerrno>
#include <string>
#include <vector>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"

namespace tain {
namespace {

// The directories in `directory` that hold `file`. One without was begun by a process that died;
// it goes, if it holds nothing else either.
std::vector<std::string> entities_in(FileSystem& fs, const std::filesystem::path& directory,
                                     std::string_view file) {
  std::vector<std::string> names = list_names(fs, directory);
  std::erase_if(names, [&](const std::string& name) {
    if (fs.rmdir((directory / name).c_str()) == 0) return true;
    if (errno == ENOTDIR) return true;  // a file that somebody left there
    return !file_exists(fs, directory / name / file);
  });
  return names;
}

void require_no(FileSystem& fs, const Project& project, const std::filesystem::path& directory,
                std::string_view file, const std::string& what) {
  const std::vector<std::string> names = entities_in(fs, directory, file);
  if (names.empty()) return;
  constexpr std::size_t kShown = 3;
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    list.append(i == 0 ? "" : ", ").append(names[i]);
  }
  throw ProjectNotEmpty("delete", directory,
                        "project " + project.id + " has " + std::to_string(names.size()) + " " +
                            what + " (" + list + (names.size() > kShown ? ", …" : "") +
                            "); delete them first");
}

void delete_file(FileSystem& fs, const std::filesystem::path& path) {
  if (fs.unlink(path.c_str()) != 0 && errno != ENOENT) throw IoError("delete", path, errno);
}

// Under the directory's lock: whoever creates one there looks for the project's file under it.
void delete_entities(FileSystem& fs, const std::filesystem::path& directory) {
  if (!file_exists(fs, directory)) return;
  const DirectoryLock lock(fs, directory);
  for (const std::string& name : list_names(fs, directory)) {
    if (name.ends_with(kJsonSuffix)) delete_file(fs, directory / name);
  }
  fs.rmdir(directory.c_str());  // stays where it holds what is not ours
}

}  // namespace

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
  require_writable("project", project);
  make_directories(*options.file_system, project_directory(absolute),
                   options.durability == Durability::full);
  return EntityFile<Project>::create(project_file(absolute), std::move(project), options).entity();
}

Project open_project(const std::filesystem::path& root, const StateOptions& options) {
  return EntityFile<Project>::open(project_file(root), options).entity();
}

Project update_project(const std::filesystem::path& root,
                       const std::function<void(Project&)>& change, const StateOptions& options) {
  auto file = EntityFile<Project>::open(project_file(root), options);
  file.update(
      [&](Project& project) {
        const Project before = project;
        change(project);
        require_text("name of project " + before.id, project.name);
        if (project.id == before.id && project.created_at == before.created_at) return;
        throw InvalidArgument("update of project " + before.id, "another name or description",
                              "another id or time");
      },
      [&](Project& project) { project.updated_at = options.clock(); });
  return file.entity();
}

void delete_project(const std::filesystem::path& root, const StateOptions& options) {
  FileSystem& fs = *options.file_system;
  const std::filesystem::path tain = project_directory(std::filesystem::absolute(root));
  const Project project = open_project(root, options);
  make_directories(fs, tasks_directory(root), false);
  make_directories(fs, sessions_directory(root), false);
  const DirectoryLock no_new_tasks(fs, tasks_directory(root));
  const DirectoryLock no_new_sessions(fs, sessions_directory(root));
  require_no(fs, project, tasks_directory(root), kTaskFile, "tasks");
  require_no(fs, project, sessions_directory(root), kStateFile, "sessions");
  const DirectoryLock lock(fs, tain);
  delete_file(fs, project_file(root));
  delete_file(fs, config_file(root));
  for (const std::filesystem::path& directory :
       {agents_directory(root), bookmarks_directory(root), workers_directory(root)}) {
    delete_entities(fs, directory);
  }
  const std::filesystem::path bindings = bindings_directory(root, "").parent_path();
  for (const std::string& source : list_names(fs, bindings)) delete_entities(fs, bindings / source);
  for (const std::filesystem::path& directory :
       {bindings, sessions_directory(root), tasks_directory(root), tain}) {
    fs.rmdir(directory.c_str());  // stays where it holds what is not ours
  }
}

}  // namespace tain
