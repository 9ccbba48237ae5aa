#include "append_log.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <string>

#include "../error.h"

namespace tain {
namespace {

bool ends_inside_a_line(FileSystem& fs, int fd, off_t size, const std::filesystem::path& path) {
  if (size == 0) return false;
  char last = '\n';
  ssize_t got = -1;
  do {
    got = fs.pread(fd, &last, 1, size - 1);
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw IoError("append to", path, errno);
  return got == 1 && last != '\n';
}

}  // namespace

void append_line(FileSystem& fs, const std::filesystem::path& path, std::string_view line,
                 Durability durability) {
  if (line.find('\n') != std::string_view::npos) {
    throw InvalidArgument("line", "text without a newline", "one that holds a newline");
  }
  const UniqueFd fd = open_or_throw(fs, path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
                                    0666, "append to");
  lock_exclusive(fs, fd.get(), path);
  struct stat status = {};
  if (fs.fstat(fd.get(), &status) != 0) throw IoError("append to", path, errno);
  if (!S_ISREG(status.st_mode)) throw Error("append to", path, "not a regular file");
  std::string bytes;
  bytes.reserve(line.size() + 2);
  if (ends_inside_a_line(fs, fd.get(), status.st_size, path)) bytes += '\n';
  bytes.append(line);
  bytes += '\n';
  write_all(fs, fd.get(), bytes, path, "append to");
  try {
    if (durability != Durability::none) fsync_or_throw(fs, fd.get(), path, "append to");
    if (durability == Durability::full && status.st_size == 0) {
      fsync_directory(fs, path.parent_path(), "append to");
    }
  } catch (const IoError& error) {
    throw NotDurableError(error.operation(), error.path(), error.error_number());
  }
}

}  // namespace tain
