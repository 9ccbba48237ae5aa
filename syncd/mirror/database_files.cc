#include "database_files.h"

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <system_error>

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

bool holds_no_database(const fs::path& path) {
  std::error_code unknown;
  if (!fs::is_regular_file(path, unknown) || fs::file_size(path, unknown) == 0) return false;
  std::ifstream file(path, std::ios::binary);
  std::string begin(kDatabaseMagic.size(), '\0');
  if (!file) return false;  // whoever opens it will say why
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin != kDatabaseMagic;
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
