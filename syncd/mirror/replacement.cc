#include "replacement.h"

#include <cerrno>

#include "core/error.h"
#include "database_files.h"

namespace tain::mirror {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kGrowing = ".new";
constexpr std::string_view kWhole = ".whole";
constexpr std::string_view kReplaced = ".replaced";

// False where there is no `from`.
bool rename_if_there(FileSystem& files, const fs::path& from, const fs::path& to) {
  if (files.rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno != ENOENT) throw IoError("rename", from, errno);
  return false;
}

}  // namespace

fs::path growing_beside(const fs::path& mirror) {
  return beside(mirror, kGrowing);
}

void put_in_place(const fs::path& mirror, FileSystem& files) {
  if (!rename_if_there(files, growing_beside(mirror), beside(mirror, kWhole))) {
    throw IoError("rename", growing_beside(mirror), ENOENT);
  }
  rename_if_there(files, mirror, beside(mirror, kReplaced));
  finish_replacement(mirror, files);
  forget_replacement(mirror, files);
}

void finish_replacement(const fs::path& mirror, FileSystem& files) {
  const fs::path whole = beside(mirror, kWhole);
  if (version_at(mirror) || !version_at(whole)) return;
  // Those of the old one: no reader may find them beside the new one.
  remove_journals(mirror, files);
  rename_if_there(files, whole, mirror);
}

void forget_replacement(const fs::path& mirror, FileSystem& files) {
  for (const std::string_view suffix : {kGrowing, kWhole, kReplaced}) {
    remove_database(beside(mirror, suffix), files);
  }
}

}  // namespace tain::mirror
