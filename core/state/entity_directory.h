#pragma once

#include <filesystem>
#include <optional>

#include "entity_file.h"

namespace tain {

/// Makes `directory`, one of the project's own. Throws NotFoundError where `project_root` is no
/// project, so that a mistyped path does not become one.
void make_entity_directory(const std::filesystem::path& project_root,
                           const std::filesystem::path& directory, const StateOptions& options);

/// Throws NotFoundError where `project_root` is no project, or no longer. Creators of entities ask
/// again under their directory's lock, which delete_project() takes after it has removed the
/// project's file: so none is left behind in a project that is gone.
void require_project(const std::filesystem::path& project_root, const StateOptions& options);

/// Throws InvalidArgument, before anything is made, for an entity that could not be written.
template <Described E>
void require_writable(const char* what, const E& entity) {
  encode_line(what, entity);
}

/// Whether the failure is that one path's own (its permissions, a symbolic link, a socket or a file
/// in its place) and says nothing about the machine.
bool concerns_one_path(const IoError& error);

/// The entity in the file, or nothing where the file is absent or bad: for those who look through
/// many, since a bad file costs only itself. Nothing is hidden by that: the mirror's sync_errors
/// names the file, and whoever asks for it alone gets the error. Throws IoError for what is not the
/// file's own fault (too many open files, a dying disk), because leaving out a good file then would
/// be a wrong answer.
template <Described E>
std::optional<E> read_if_sound(const std::filesystem::path& path, const StateOptions& options) {
  try {
    return EntityFile<E>::open(path, options).entity();
  } catch (const IoError& error) {
    if (!concerns_one_path(error)) throw;
  } catch (const Error&) {  // gone, not JSON, not this entity
  }
  return std::nullopt;
}

}  // namespace tain
