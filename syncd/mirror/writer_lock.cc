#include "writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <utility>

#include "database_files.h"
#include "private_directory.h"

namespace tain::mirror {
namespace {

std::filesystem::path lock_file(std::filesystem::path mirror) {
  mirror += ".lock";
  return mirror;
}

bool has_the_name(int fd, const std::filesystem::path& path) {
  struct stat held = {};
  struct stat named = {};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& mirror) : path_(lock_file(mirror)) {
  if (!version_at(path_) && holds_no_database(mirror)) {
    throw Error("open", mirror,
                "it is no database, and no mirror was there before; it is left alone; name another "
                "file with --db");
  }
  make_private_directory(path_.parent_path());
  if (try_to_lock()) return;
  throw Error("lock", path_,
              "another tain-syncd writes this mirror; ask it with `tain status`, or name another "
              "mirror with --db");
}

bool WriterLock::is_held() const {
  return has_the_name(fd_.get(), path_);
}

void WriterLock::regain() {
  if (is_held()) return;
  make_private_directory(path_.parent_path());
  if (try_to_lock()) return;
  throw LockLost("lock", path_,
                 "it was removed, and another tain-syncd writes this mirror now; stop one of them");
}

bool WriterLock::try_to_lock() {
  for (;;) {
    UniqueFd fd =
        open_or_throw(FileSystem::real(), path_, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, "open");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
    fd_ = std::move(fd);
    if (is_held()) return true;  // else it was removed between the two
  }
}

}  // namespace tain::mirror
