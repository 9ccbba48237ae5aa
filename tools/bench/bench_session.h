#pragma once

#include <filesystem>
#include <utility>

#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "typical.h"
#include "written_file.h"

namespace tain::bench {

/// How a benchmark saves: `full` or `none`, through `fs`, telling the daemon at `socket` (empty:
/// nobody).
inline SessionOptions saving(bool durable, const std::filesystem::path& socket,
                             FileSystem& fs = FileSystem::real()) {
  SessionOptions options;
  options.durability = durable ? Durability::full : Durability::none;
  options.file_system = &fs;
  options.notifier = SyncNotifier(socket);
  return options;
}

/// A typical session in a project of its own, `root`, which may be there already.
inline SessionStateManager new_session(const std::filesystem::path& root, std::uint64_t seed,
                                       SessionOptions options) {
  if (!std::filesystem::exists(project_file(root))) {
    std::filesystem::create_directories(root);
    create_project(root, {.name = root.filename().string()}, options);
  }
  const Session session = Typical(seed).session(static_cast<std::int64_t>(seed));
  const std::filesystem::path directory = session_directory(root, session.session_id);
  std::filesystem::create_directories(directory);
  write_plainly(FileSystem::real(), directory / kStateFile, state_bytes(session), false);
  return SessionStateManager::open(directory, std::move(options));
}

}  // namespace tain::bench
