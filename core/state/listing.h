#pragma once

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../error.h"
#include "../fs/atomic_file.h"
#include "../model/codec.h"
#include "entity_directory.h"
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

namespace listing_detail {

template <class E, class Keep>
Listing<E> read_part(std::span<const std::filesystem::path> files, const StateOptions& options,
                     const Keep& keep) {
  Listing<E> listing;
  for (const std::filesystem::path& path : files) {
    try {
      const std::optional<std::string> bytes = read_file(*options.file_system, path);
      if (!bytes) continue;
      E entity = Codec<E>::decode(Document::parse(*bytes, path).root(), Place(path));
      if (keep(entity)) listing.entities.push_back(std::move(entity));
    } catch (const IoError& error) {
      if (!concerns_one_path(error)) throw;
      listing.skipped.push_back({path, error.what()});
    } catch (const Error& error) {
      listing.skipped.push_back({path, error.what()});
    }
  }
  return listing;
}

}  // namespace listing_detail

/// Reads the entities in `files` that `keep`, in their order; a file that is gone is not there.
/// Throws IoError for what is not a file's own fault, such as too many open files.
///
/// Many files are read by a few threads, so `keep` must not change anything: parsing takes longer
/// than reading, and a list of 10,000 tasks is felt (see tools/bench).
template <class E, class Keep>
Listing<E> read_listing(const std::vector<std::filesystem::path>& files,
                        const StateOptions& options, const Keep& keep) {
  constexpr std::size_t kWorthAThread = 500;
  constexpr std::size_t kMostThreads = 4;
  const std::size_t threads = std::clamp<std::size_t>(
      std::min<std::size_t>(files.size() / kWorthAThread, std::thread::hardware_concurrency()), 1,
      kMostThreads);
  const std::size_t part = (files.size() + threads - 1) / threads;
  const auto read = [&](std::size_t index) {
    const std::size_t begin = std::min(index * part, files.size());
    const std::size_t size = std::min(part, files.size() - begin);
    return listing_detail::read_part<E>(std::span(files).subspan(begin, size), options, keep);
  };
  std::vector<std::future<Listing<E>>> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.push_back(std::async(std::launch::async, read, i));
  }
  Listing<E> listing = read(0);
  for (std::future<Listing<E>>& other : others) {
    Listing<E> more = other.get();
    std::move(more.entities.begin(), more.entities.end(), std::back_inserter(listing.entities));
    std::move(more.skipped.begin(), more.skipped.end(), std::back_inserter(listing.skipped));
  }
  return listing;
}

}  // namespace tain
