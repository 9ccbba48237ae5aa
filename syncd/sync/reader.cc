#include "reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>

#include "core/error.h"

namespace tain::syncd {
namespace {

constexpr int kStep = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTick =
    20'000'000;  // a generous kernel tick: file times move in steps of 1 to 10 ms

UniqueFd adopt(int fd) {
  return {FileSystem::real(), fd};
}

// Whether the name leads one step down. What the kernel would understand otherwise, a `..` or a
// name that ends at a NUL, would be mirrored under a path at which there is nothing.
bool is_step(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('\0') == std::string_view::npos;
}

UniqueFd no_such_name() {
  errno = ENOENT;
  return adopt(-1);
}

// The directory that holds the last name of `relative`.
UniqueFd walk_to_parent(const std::string& root, std::string_view& relative) {
  UniqueFd directory = adopt(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t slash; (slash = relative.find('/')) != std::string_view::npos;) {
    if (directory.get() < 0) return directory;
    const std::string name(relative.substr(0, slash));
    relative.remove_prefix(slash + 1);
    if (!is_step(name)) return no_such_name();
    directory = adopt(::openat(directory.get(), name.c_str(), kStep));
  }
  return directory;
}

bool means_missing(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP ||
         error_number == ENXIO || error_number == ENODEV;
}

OpenResult failure(const std::string& root, std::string_view relative) {
  if (is_shortage(errno)) throw IoError("open", root + "/" + std::string(relative), errno);
  if (means_missing(errno)) return Missing{};
  return Unreadable{std::system_category().message(errno)};
}

// The clock that file times are taken from.
std::int64_t coarse_now() {
  timespec time = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

bool is_racy(const FileVersion& version, std::int64_t now) {
  // Some file systems count in whole seconds, or in two.
  const bool whole_seconds = version.mtime_ns % kSecond == 0 && version.ctime_ns % kSecond == 0;
  const std::int64_t slack = whole_seconds ? 2 * kSecond : kTick;
  return std::max(version.mtime_ns, version.ctime_ns) >= now - slack;
}

}  // namespace

bool is_shortage(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM;
}

OpenResult open_beneath(const std::string& root, std::string_view path) {
  std::string_view relative = path;
  const UniqueFd directory = walk_to_parent(root, relative);
  if (directory.get() < 0) return failure(root, path);
  if (!is_step(relative)) return Missing{};
  const std::string name(relative);
  const std::int64_t now = coarse_now();
  UniqueFd fd = adopt(
      ::openat(directory.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) return failure(root, path);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return failure(root, path);
  if (!S_ISREG(status.st_mode)) return Missing{};
  const FileVersion version = mirror::version_of(status);
  return OpenFile{std::move(fd), version, is_racy(version, now)};
}

UniqueFd open_directory_beneath(const std::string& root, std::string_view relative) {
  const UniqueFd parent = walk_to_parent(root, relative);
  if (parent.get() < 0) return adopt(-1);
  if (!relative.empty() && !is_step(relative)) return no_such_name();
  const std::string name = relative.empty() ? "." : std::string(relative);
  return adopt(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::string read_at(int fd, std::int64_t offset, std::size_t size, const std::string& path) {
  std::string bytes;
  append_at(fd, offset, size, bytes, path);
  return bytes;
}

std::size_t append_at(int fd, std::int64_t offset, std::size_t size, std::string& bytes,
                      const std::string& path) {
  const std::size_t before = bytes.size();
  std::size_t filled = 0;
  bytes.resize(before + size);
  while (filled < size) {
    const ssize_t got = ::pread(fd, bytes.data() + before + filled, size - filled,
                                offset + static_cast<std::int64_t>(filled));
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (got == 0) {
      break;
    } else if (errno != EINTR) {
      throw IoError("read", path, errno);
    }
  }
  bytes.resize(before + filled);
  return filled;
}

FileVersion current_version(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw IoError("inspect", path, errno);
  return mirror::version_of(status);
}

// FNV-1a, but eight bytes at a time: one by one, the ends of a log took as long as parsing it. What
// a multiplication moves to the upper half is brought back, else later words would not meet it.
std::int64_t checksum(std::string_view bytes, std::int64_t seed) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;
  auto hash = static_cast<std::uint64_t>(seed);
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 32;
  }
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return static_cast<std::int64_t>(hash ^ hash >> 32);
}

}  // namespace tain::syncd
