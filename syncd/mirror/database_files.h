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
/// None where there is no such file.
std::optional<FileVersion> version_at(const std::filesystem::path& path);
/// Whether both are there, and one file.
bool is_same_file(const std::optional<FileVersion>& a, const std::optional<FileVersion>& b);

}  // namespace tain::mirror
