#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "../model/project.h"
#include "entity_file.h"

namespace tain {

/// What a new project is given; the rest is filled in.
struct NewProject {
  std::string name = {};               ///< not empty
  std::optional<std::string> id = {};  ///< generated unless given
  std::optional<std::string> description = {};
};

/// Makes `root` a project: writes `.tain/project.json`, creating directories that are missing.
/// Throws AlreadyExistsError where it is one, InvalidArgument for an empty name or a bad id.
/// Durable as `options` says.
Project create_project(const std::filesystem::path& root, const NewProject& fresh,
                       const StateOptions& options = {});

/// The project at `root`. Throws NotFoundError.
Project open_project(const std::filesystem::path& root, const StateOptions& options = {});

/// Applies `change` to the project's name, working directory or description. Throws InvalidArgument
/// for an empty name or a change of anything else, NotFoundError.
Project update_project(const std::filesystem::path& root,
                       const std::function<void(Project&)>& change,
                       const StateOptions& options = {});

/// Makes `root` no project any longer: deletes `.tain/project.json` and the agents, settings,
/// workers, bookmarks and bindings beside it; files that are not Tain's stay. Throws
/// ProjectNotEmpty, naming them, when it has tasks or sessions (seed 001), NotFoundError, IoError.
void delete_project(const std::filesystem::path& root, const StateOptions& options = {});

}  // namespace tain
