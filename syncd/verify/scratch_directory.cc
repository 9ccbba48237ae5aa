#include "scratch_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "core/error.h"
#include "core/fs/file_lock.h"

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "tain-verify-";

UniqueFd open_directory(const fs::path& path) {
  return {FileSystem::real(),
          ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

// What cannot be looked at or removed is somebody else's.
void sweep(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const UniqueFd fd = open_directory(entry.path());
    if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

ScratchDirectory::ScratchDirectory(const fs::path& parent) {
  // So that nobody sweeps the new one before it is locked.
  const DirectoryLock lock(FileSystem::real(), parent);
  sweep(parent);
  std::string name = (parent / (std::string(kPrefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) throw IoError("make a directory in", parent, errno);
  path_ = name;
  lock_ = open_directory(path_);
  if (lock_.get() >= 0) ::flock(lock_.get(), LOCK_EX | LOCK_NB);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;  // there is nobody to tell
  fs::remove_all(path_, ignored);
}

}  // namespace tain::syncd
