#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "file_lock.h"
#include "file_system.h"

namespace tain {

/// What a successful write survives.
enum class Durability {
  full,  ///< Power loss: the content and its name are on disk when the call returns. The default.
  file,  ///< The content is on disk; after a power loss the name may still lead to the old content.
  none,  ///< A crash of the process, but not of the machine. Still atomic.
};

/// The whole file, or nothing where there is none. Follows no symbolic link. Throws IoError.
std::optional<std::string> read_file(FileSystem& fs, const std::filesystem::path& path);

/// Whether anything has that name. Throws IoError, also for a symbolic link.
bool file_exists(FileSystem& fs, const std::filesystem::path& path);

/// Replaces `lock.directory() / name` by `bytes`: a reader sees the old content or the new, never a
/// part.
///
/// Writes a uniquely named temporary beside it (mode and owner as the old file's), syncs it,
/// renames it over the name, syncs the directory; what a crashed save left behind is swept first.
/// Throws IoError: the old content stands. Throws NotDurableError: the new content stands (see
/// there).
void replace_file(FileSystem& fs, const DirectoryLock& lock, const std::string& name,
                  std::string_view bytes, Durability durability);

}  // namespace tain
