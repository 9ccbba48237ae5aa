#include "atomic_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "../error.h"
#include "paths.h"

namespace tain {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

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
  Temporary(FileSystem& fs, std::filesystem::path path)
      : fs_(fs),
        path_(std::move(path)),
        fd_(open_or_throw(fs, path_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0666, "create")) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!renamed_) fs_.unlink(path_.c_str());
  }

  int fd() const { return fd_.get(); }
  void rename_to(const std::filesystem::path& target) {
    if (fs_.rename(path_.c_str(), target.c_str()) != 0) throw IoError("replace", target, errno);
    renamed_ = true;
  }

 private:
  FileSystem& fs_;
  std::filesystem::path path_;
  UniqueFd fd_;
  bool renamed_ = false;
};

// Who may read the state does not change because it was saved, nor because root saved it.
void copy_ownership(FileSystem& fs, const std::filesystem::path& from, int to) {
  const std::optional<UniqueFd> old = open_existing(fs, from);
  if (!old) return;
  const struct stat status = status_or_throw(fs, old->get(), from);
  const struct stat fresh = status_or_throw(fs, to, from);
  const bool same_owner = status.st_uid == fresh.st_uid && status.st_gid == fresh.st_gid;
  // Only root may give files away; for everyone else the file becomes theirs, as with any editor.
  if (!same_owner && fs.fchown(to, status.st_uid, status.st_gid) != 0 && errno != EPERM) {
    throw IoError("keep the owner of", from, errno);
  }
  if (fs.fchmod(to, status.st_mode & 07777) != 0) throw IoError("keep the mode of", from, errno);
}

}  // namespace

FileVersion version_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .mtime_ns = nanoseconds(status.st_mtim),
          .ctime_ns = nanoseconds(status.st_ctim)};
}

std::optional<FileContent> read_file(FileSystem& fs, const std::filesystem::path& path) {
  const std::optional<UniqueFd> fd = open_existing(fs, path);
  if (!fd) return std::nullopt;
  const struct stat status = status_or_throw(fs, fd->get(), path);
  if (!S_ISREG(status.st_mode)) throw Error("open", path, "not a regular file");
  FileContent content{.bytes = {}, .version = version_of(status)};
  // One byte more than the size, so that the read that finds the end is usually the first.
  content.bytes.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got =
        fs.read(fd->get(), content.bytes.data() + filled, content.bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled == content.bytes.size()) content.bytes.resize(filled * 2);
  }
  content.bytes.resize(filled);
  return content;
}

std::optional<FileVersion> stat_file(FileSystem& fs, const std::filesystem::path& path) {
  const std::optional<UniqueFd> fd = open_existing(fs, path);
  if (!fd) return std::nullopt;
  return version_of(status_or_throw(fs, fd->get(), path));
}

FileVersion replace_file(FileSystem& fs, const DirectoryLock& lock, const std::string& name,
                         std::string_view bytes, Durability durability) {
  const std::filesystem::path target = lock.directory() / name;
  sweep_temporaries(fs, lock, name);
  Temporary temporary(fs, lock.directory() / temporary_name(name));
  copy_ownership(fs, target, temporary.fd());
  write_all(fs, temporary.fd(), bytes, target, "save");
  if (durability != Durability::none) fsync_or_throw(fs, temporary.fd(), target, "save");
  temporary.rename_to(target);
  if (durability == Durability::full) lock.sync();
  // After the rename, which moves the ctime.
  return version_of(status_or_throw(fs, temporary.fd(), target));
}

}  // namespace tain
