#include "entity_directory.h"

#include <algorithm>
#include <cerrno>

#include "../fs/paths.h"
#include "../json/ids.h"

namespace tain {

std::vector<std::string> names_in_directory(FileSystem& fs,
                                            const std::filesystem::path& directory) {
  std::vector<std::string> names;
  if (fs.list(directory.c_str(), names) == 0) return names;
  if (errno == ENOENT || errno == ENOTDIR) return {};
  throw IoError("list", directory, errno);
}

std::vector<std::string> entity_ids_in(FileSystem& fs, const std::filesystem::path& directory) {
  std::vector<std::string> ids;
  for (std::string& name : names_in_directory(fs, directory)) {
    if (!name.ends_with(kJsonSuffix)) continue;
    name.resize(name.size() - kJsonSuffix.size());
    if (is_valid_id(name)) ids.push_back(std::move(name));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool concerns_one_file(const IoError& error) {
  return error.error_number() == EACCES || error.error_number() == ELOOP ||
         error.error_number() == ENXIO;
}

}  // namespace tain
