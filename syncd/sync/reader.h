#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/fs/file_system.h"
#include "syncd/mirror/file_version.h"

namespace tain::syncd {

using mirror::FileVersion;

/// There is no regular file: nothing, a directory, a device, a link.
struct Missing {};

/// There is something, but it cannot be read now.
struct Unreadable {
  std::string reason;
};

/// A regular file, open.
struct OpenFile {
  UniqueFd fd;
  FileVersion version;
  bool racy = false;  ///< it changed so lately that a change from now on may look the same (git:
                      ///< "racily clean")
};

using OpenResult = std::variant<OpenFile, Missing, Unreadable>;

/// Whether `errno` tells of a shortage of this process or machine, which says nothing of the file:
/// whoever reads tries again.
bool is_shortage(int error_number);

/// Opens `root`/`relative` step by step, so that no symbolic link is ever followed and no `..`
/// leads out, and without waiting on a FIFO.
OpenResult open_beneath(const std::string& root, std::string_view relative);

/// A directory beneath `root` in the same way; "" is the root itself. fd() < 0 with errno where
/// that fails.
UniqueFd open_directory_beneath(const std::string& root, std::string_view relative);

/// Bytes that a parser may read beyond.
class PaddedBytes {
 public:
  PaddedBytes(std::string&& bytes, std::size_t padding)
      : bytes_(std::move(bytes)), size_(bytes_.size()) {
    bytes_.resize(size_ + padding);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::string bytes_;
  std::size_t size_;
};

/// Reads up to `size` bytes from `offset`; fewer at the end of the file. Throws IoError with
/// `path`.
std::string read_at(int fd, std::int64_t offset, std::size_t size, const std::string& path);
/// The same behind what `bytes` holds; how many there were.
std::size_t append_at(int fd, std::int64_t offset, std::size_t size, std::string& bytes,
                      const std::string& path);

/// The version of an open file as it is now. Throws IoError with `path`.
FileVersion current_version(int fd, const std::string& path);

/// A checksum to tell contents apart; not against an adversary.
std::int64_t checksum(std::string_view bytes,
                      std::int64_t seed = static_cast<std::int64_t>(0xcbf29ce484222325));

}  // namespace tain::syncd
