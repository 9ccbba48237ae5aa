#include "atomic_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "../error.h"
#include "paths.h"

namespace tain {
namespace {

std::optional<UniqueFd> open_existing(FileSystem& fs, const std::filesystem::path& path) {
  try {
    return open_or_throw(fs, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, "open");
  } catch (const IoError& error) {
    if (error.error_number() == ENOENT) return std::nullopt;
    throw;
  }
}

struct stat status_or_throw(FileSystem& fs, int fd, const std::filesystem::path& path) {
  struct stat status = {};
  if (fs.fstat(fd, &status) != 0) throw IoError("inspect", path, errno);
  return status;
}

// A crash between creating a temporary and renaming it leaves it behind. The lock is ours, so
// nobody is writing one now.
void sweep_temporaries(FileSystem& fs, const DirectoryLock& lock, const std::string& name) {
  std::vector<std::string> names;
  if (fs.list(lock.directory().c_str(), names) != 0)
    return;  // the save itself will say what is wrong
  for (const std::string& candidate : names) {
    if (is_temporary_of(candidate, name)) fs.unlink((lock.directory() / candidate).c_str());
  }
}

// Removes the temporary unless it was renamed into place.
class Temporary {
 public:
  Temporary(FileSystem& fs, std::filesystem::path path, mode_t mode)
      : fs_(fs),
        path_(std::move(path)),
        fd_(open_or_throw(fs, path_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode, "create")) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!renamed_) fs_.unlink(path_.c_str());
  }

  int fd() const { return fd_.get(); }
  // Closed first: whoever watches the directory is told of a file that was written and closed, and
  // would look at the target once more. On NFS a full disk may show only then.
  void rename_to(const std::filesystem::path& target) {
    if (fd_.close() != 0) throw IoError("save", target, errno);
    if (fs_.rename(path_.c_str(), target.c_str()) != 0) throw IoError("replace", target, errno);
    renamed_ = true;
  }

 private:
  FileSystem& fs_;
  std::filesystem::path path_;
  UniqueFd fd_;
  bool renamed_ = false;
};

std::optional<struct stat> status_of(FileSystem& fs, const std::filesystem::path& path) {
  const std::optional<UniqueFd> fd = open_existing(fs, path);
  if (!fd) return std::nullopt;
  return status_or_throw(fs, fd->get(), path);
}

// Who may read the state does not change because it was saved, nor because root saved it.
void copy_ownership(FileSystem& fs, const struct stat& from, int to,
                    const std::filesystem::path& path) {
  const struct stat fresh = status_or_throw(fs, to, path);
  const bool same_owner = from.st_uid == fresh.st_uid && from.st_gid == fresh.st_gid;
  // Only root may give files away; for everyone else the file becomes theirs, as with any editor.
  if (!same_owner && fs.fchown(to, from.st_uid, from.st_gid) != 0 && errno != EPERM) {
    throw IoError("keep the owner of", path, errno);
  }
  if (fs.fchmod(to, from.st_mode & 07777) != 0) throw IoError("keep the mode of", path, errno);
}

}  // namespace

std::optional<std::string> read_file(FileSystem& fs, const std::filesystem::path& path) {
  const std::optional<UniqueFd> fd = open_existing(fs, path);
  if (!fd) return std::nullopt;
  const struct stat status = status_or_throw(fs, fd->get(), path);
  if (!S_ISREG(status.st_mode)) throw Error("open", path, "not a regular file");
  std::string bytes;
  // One byte more than the size, so that the read that finds the end is usually the first.
  bytes.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = fs.read(fd->get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled == bytes.size()) bytes.resize(filled * 2);
  }
  bytes.resize(filled);
  return bytes;
}

bool file_exists(FileSystem& fs, const std::filesystem::path& path) {
  return open_existing(fs, path).has_value();
}

void replace_file(FileSystem& fs, const DirectoryLock& lock, const std::string& name,
                  std::string_view bytes, Durability durability) {
  const std::filesystem::path target = lock.directory() / name;
  const std::optional<struct stat> old = status_of(fs, target);
  sweep_temporaries(fs, lock, name);
  // Never wider than the old file, not even while it is empty: an open descriptor outlives chmod.
  Temporary temporary(fs, lock.directory() / temporary_name(name),
                      old ? old->st_mode & 0777 : 0666);
  if (old) copy_ownership(fs, *old, temporary.fd(), target);
  write_all(fs, temporary.fd(), bytes, target, "save");
  if (durability != Durability::none) fsync_or_throw(fs, temporary.fd(), target, "save");
  temporary.rename_to(target);
  if (durability == Durability::full) lock.sync();
}

}  // namespace tain
