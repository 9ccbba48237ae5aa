#include "scratch_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/fs/file_lock.h"

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "tain-verify-";
constexpr std::string_view kPattern = "XXXXXX";  // mkdtemp's
constexpr std::string_view kContent = "mirror.db";

UniqueFd open_directory(const fs::path& path) {
  return {FileSystem::real(),
          ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_our_name(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  return name.size() == kPattern.size() &&
         std::all_of(name.begin(), name.end(), is_letter_or_digit);
}

bool is_as_we_make_it(int directory) {
  struct stat status = {};
  return ::fstat(directory, &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & 07777) == 0700;
}

bool is_our_file(int directory, const char* name) {
  struct stat status = {};
  return std::string_view(name).starts_with(kContent) &&
         ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

// The files of a mirror in `directory`; nothing when there is anything else, or it cannot be read.
std::optional<std::vector<std::string>> files_of_ours(const fs::path& path, int directory) {
  std::error_code failure;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(path, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    names.push_back(entry->path().filename().string());
    if (!is_our_file(directory, names.back().c_str())) return std::nullopt;
  }
  if (failure) return std::nullopt;
  return names;
}

// A directory holds what we put there, or it is left alone as a whole: whoever made it, and
// whatever else lies in it, is not ours to remove.
void remove_if_ours(const fs::path& path, int directory) {
  if (!is_as_we_make_it(directory)) return;
  const std::optional<std::vector<std::string>> names = files_of_ours(path, directory);
  if (!names) return;
  for (const std::string& name : *names) ::unlinkat(directory, name.c_str(), 0);
  ::rmdir(path.c_str());  // fails when something has come meanwhile
}

// What cannot be looked at is somebody else's.
void sweep(const fs::path& parent) {
  std::error_code failure;
  for (fs::directory_iterator entry(parent, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!is_our_name(entry->path().filename().string())) continue;
    const UniqueFd fd = open_directory(entry->path());
    if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    remove_if_ours(entry->path(), fd.get());
  }
}

}  // namespace

ScratchDirectory::ScratchDirectory(const fs::path& parent) {
  // So that nobody sweeps the new one before it is locked.
  const DirectoryLock lock(FileSystem::real(), parent);
  sweep(parent);
  std::string name = (parent / kPrefix).string().append(kPattern);
  if (::mkdtemp(name.data()) == nullptr) throw IoError("make a directory in", parent, errno);
  path_ = name;
  lock_ = open_directory(path_);
  if (lock_.get() < 0) {
    const int reason = errno;
    ::rmdir(path_.c_str());
    throw IoError("open", path_, reason);
  }
  ::flock(lock_.get(), LOCK_EX | LOCK_NB);
}

ScratchDirectory::~ScratchDirectory() {
  remove_if_ours(path_, lock_.get());  // there is nobody to tell
}

}  // namespace tain::syncd
