#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "arguments.h"
#include "query/list/listed_entity.h"

namespace tain::query {

/// `--project`, for a command that asks the mirror.
void add_project_scope(CLI::App& app, Text& target);

/// What it means: a directory is a project's root, or lies in one; anything else is an id or a
/// name. Throws NotFoundError for a directory that lies in no project.
ListScope parse_scope(const Text& project);

/// The nearest directory at or above `start` (absolute) that is a project by its files: it holds
/// `.tain`, or `agents/sessions` of the session program before libtain.
std::optional<std::filesystem::path> find_files_root(const std::filesystem::path& start);

/// What is said where there is none.
inline constexpr std::string_view kNoProjectAround =
    "neither it nor a directory above holds .tain or agents/sessions";

}  // namespace tain::query
