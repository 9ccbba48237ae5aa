#include "database_files.h"

#include <sys/stat.h>

namespace tain::mirror {
namespace fs = std::filesystem;

fs::path beside(const fs::path& path, std::string_view suffix) {
  fs::path other = path;
  other += suffix;
  return other;
}

void remove_database(const fs::path& path, FileSystem& files) {
  remove_journals(path, files);
  files.unlink(path.c_str());
}

void remove_journals(const fs::path& path, FileSystem& files) {
  for (const std::string_view suffix : {"-wal", "-shm", "-journal"}) {
    files.unlink(beside(path, suffix).c_str());
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
