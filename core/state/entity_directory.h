#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "entity_file.h"

namespace tain {

/// The names in `directory`, in no order; none where there is no such directory. Throws IoError.
std::vector<std::string> names_in_directory(FileSystem& fs, const std::filesystem::path& directory);

/// The ids of the entities whose files stand in `directory`, sorted. What else lies there
/// (temporaries, people's own files) is left out. Throws IoError.
std::vector<std::string> entity_ids_in(FileSystem& fs, const std::filesystem::path& directory);

/// Whether the failure is that one file's own (its permissions, a symbolic link, a socket in its
/// place) and says nothing about the machine.
bool concerns_one_file(const IoError& error);

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
    if (!concerns_one_file(error)) throw;
  } catch (const Error&) {  // gone, not JSON, not this entity
  }
  return std::nullopt;
}

}  // namespace tain
