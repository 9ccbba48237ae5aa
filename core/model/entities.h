#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "../json/document.h"

namespace tain {

/// One kind of entity that has files, for whoever goes through all of them.
struct EntityKind {
  std::string_view name;
  /// Where its files are, below a project's root; a component `*` (or `*.json`) is an id.
  std::vector<std::filesystem::path> files;
  /// Whether each line of such a file is one entity, and not the file as a whole.
  bool is_log = false;
  /// See json_schema().
  Json (*make_schema)(std::string_view description) = nullptr;

  /// The JSON Schema of a file, or of a line of it. See json_schema_of().
  Json json_schema() const;
};

/// All of them, in a fixed order. A new entity is one line in entities.cc.
std::vector<EntityKind> entity_kinds();

}  // namespace tain
