#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace tain::mirror {

/// Tells two contents of one path apart without reading them. Compared with `==` only: a clock that
/// was set back is no different from one set forward.
struct FileVersion {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  bool operator==(const FileVersion&) const = default;
};

inline FileVersion version_of(const struct stat& status) {
  // Anybody may give a file a time beyond the year 2262; it wraps round, since it is only compared.
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
                                     static_cast<std::uint64_t>(time.tv_nsec));
  };
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .mtime_ns = nanoseconds(status.st_mtim),
          .ctime_ns = nanoseconds(status.st_ctim)};
}

}  // namespace tain::mirror
