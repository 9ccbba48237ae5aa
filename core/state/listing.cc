#include "listing.h"

#include "../fs/paths.h"

namespace tain {

std::vector<std::filesystem::path> entity_files(const StateOptions& options,
                                                const std::filesystem::path& directory,
                                                std::string_view file) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : list_names(*options.file_system, directory)) {
    files.push_back(directory / name / file);
  }
  return files;
}

std::vector<std::filesystem::path> entity_files(const StateOptions& options,
                                                const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : list_names(*options.file_system, directory)) {
    if (name.ends_with(kJsonSuffix)) files.push_back(directory / name);
  }
  return files;
}

}  // namespace tain
