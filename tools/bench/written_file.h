#pragma once

#include <fcntl.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/fs/file_system.h"
#include "program.h"

namespace tain::bench {

/// Notes when the last call began that let others see something new: a rename, or a write.
class LastChange : public FileSystem {
 public:
  std::int64_t began_at() const { return began_at_; }

  int rename(const char* from, const char* to) override {
    began_at_ = now_ns();
    return FileSystem::rename(from, to);
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    began_at_ = now_ns();
    return FileSystem::write(fd, data, size);
  }

 private:
  std::int64_t began_at_ = 0;
};

/// Writes a file in its place, as plainly as can be.
inline void write_plainly(FileSystem& fs, const std::filesystem::path& path, std::string_view bytes,
                          bool durable) {
  const UniqueFd fd =
      open_or_throw(fs, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644, "create");
  write_all(fs, fd.get(), bytes, path, "write");
  if (durable) fsync_or_throw(fs, fd.get(), path, "sync");
}

/// Replaces a file with nothing but the calls that this takes: the floor of every save.
inline void replace_plainly(FileSystem& fs, const std::filesystem::path& path,
                            std::string_view bytes, bool durable) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  write_plainly(fs, temporary, bytes, durable);
  if (fs.rename(temporary.c_str(), path.c_str()) != 0) throw IoError("rename", path, errno);
  if (!durable) return;
  const std::filesystem::path parent = path.parent_path();
  const UniqueFd directory =
      open_or_throw(fs, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, "open");
  fsync_or_throw(fs, directory.get(), parent, "sync");
}

}  // namespace tain::bench
