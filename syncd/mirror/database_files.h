#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "core/fs/file_system.h"
#include "file_version.h"

namespace tain::mirror {

/// `path` with `suffix` behind its name.
std::filesystem::path beside(const std::filesystem::path& path, std::string_view suffix);
/// A database is its file and its journals; the journals of one must never meet another. What
/// cannot be removed stays.
void remove_database(const std::filesystem::path& path, FileSystem& files = FileSystem::real());
/// Its journals alone.
void remove_journals(const std::filesystem::path& path, FileSystem& files = FileSystem::real());
/// How a file begins that is a database.
inline constexpr std::string_view kDatabaseMagic("SQLite format 3\0", 16);
/// Whether a regular file is there that holds something else than a database. Opens and closes it,
/// so not to be asked of one that is open here.
bool holds_no_database(const std::filesystem::path& path);
/// None where there is no such file.
std::optional<FileVersion> version_at(const std::filesystem::path& path);
/// Whether both are there, and one file.
bool is_same_file(const std::optional<FileVersion>& a, const std::optional<FileVersion>& b);

}  // namespace tain::mirror
