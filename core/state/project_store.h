#pragma once

#include <filesystem>
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

}  // namespace tain
