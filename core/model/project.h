#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "../json/time.h"
#include "field.h"

namespace tain {

/// A codebase or workspace whose agents' state is kept in `.tain/` (seed 001).
struct Project {
  std::string id;
  std::string name;
  std::optional<std::string> working_dir;
  std::optional<std::string> description;
  Timestamp created_at;
  Timestamp updated_at;
  bool operator==(const Project&) const = default;
};

template <>
struct Description<Project> {
  static constexpr std::string_view name = "project";
  static constexpr auto fields = std::tuple{
      required("id", &Project::id),
      required("name", &Project::name, "the display name, not empty"),
      optional("working_dir", &Project::working_dir, "the directory that its agents work in"),
      optional("description", &Project::description),
      optional("created_at", &Project::created_at),
      optional("updated_at", &Project::updated_at),
  };
};

}  // namespace tain
