#include "database_files.h"

#include <sys/stat.h>

#include <system_error>

namespace tain::mirror {
namespace fs = std::filesystem;

fs::path beside(const fs::path& path, std::string_view suffix) {
  fs::path other = path;
  other += suffix;
  return other;
}

void remove_database(const fs::path& path) {
  for (const std::string_view suffix : {"-wal", "-shm", "-journal", ""}) {
    std::error_code ignored;
    fs::remove(beside(path, suffix), ignored);
  }
}

std::optional<FileVersion> version_at(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return version_of(status);
}

bool is_same_file(const std::optional<FileVersion>& a, const std::optional<FileVersion>& b) {
  return a && b && a->device == b->device && a->inode == b->inode;
}

}  // namespace tain::mirror
