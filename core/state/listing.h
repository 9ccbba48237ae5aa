#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../error.h"
#include "../fs/atomic_file.h"
#include "../model/codec.h"
#include "state_options.h"

namespace tain {

/// A list read from files. A bad file costs only itself.
template <class E>
struct Listing {
  struct Skipped {
    std::filesystem::path path;
    std::string reason;
  };
  std::vector<E> entities;
  std::vector<Skipped> skipped;  ///< files that cannot be read, and why
};

/// `directory / x / file` for each x in `directory`.
std::vector<std::filesystem::path> entity_files(const StateOptions& options,
                                                const std::filesystem::path& directory,
                                                std::string_view file);
/// The files in `directory` that end in `.json`.
std::vector<std::filesystem::path> entity_files(const StateOptions& options,
                                                const std::filesystem::path& directory);

/// Reads the entities in `files`, those that `keep`; a file that is gone is not there.
///
/// Nothing read here is written back, so that what a rewrite would lose is no matter, and a
/// repeated key's last value counts, as in most programs.
template <class E, class Keep>
Listing<E> read_listing(const std::vector<std::filesystem::path>& files,
                        const StateOptions& options, const Keep& keep) {
  Listing<E> listing;
  for (const std::filesystem::path& path : files) {
    try {
      const std::optional<std::string> bytes = read_file(*options.file_system, path);
      if (!bytes) continue;
      E entity = Codec<E>::decode(Document::parse(*bytes, path).root(), Place(path));
      if (keep(entity)) listing.entities.push_back(std::move(entity));
    } catch (const Error& error) {
      listing.skipped.push_back({path, error.what()});
    }
  }
  return listing;
}

}  // namespace tain
