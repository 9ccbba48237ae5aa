#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "../error.h"
#include "../fs/atomic_file.h"
#include "../json/time.h"
#include "../notify/sync_notifier.h"

namespace tain {

/// What every store of state needs from outside; a test passes its own.
struct StateOptions {
  Durability durability = Durability::full;
  Clock clock = now;
  FileSystem* file_system = &FileSystem::real();
};

/// How a project's files are written.
struct ProjectOptions : StateOptions {
  /// Tells the mirror daemon of every save.
  SyncNotifier notifier = {};
};

/// Throws InvalidArgument, naming `argument`, when there is no text.
inline void require_text(const std::string& argument, std::string_view value) {
  if (value.empty()) throw InvalidArgument(argument, "some text", "nothing");
}

/// Runs `write`, which writes in `directory`, and then tells the daemon, unless nothing can have
/// changed there.
template <class Write>
void write_and_notify(const ProjectOptions& options, const std::filesystem::path& directory,
                      const Write& write) {
  try {
    write();
  } catch (const IoError&) {  // a NotDurableError, or a part of a line
    options.notifier.notify(directory);
    throw;
  }
  options.notifier.notify(directory);
}

}  // namespace tain
