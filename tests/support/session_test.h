#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/fs/paths.h"
#include "core/state/session_state_manager.h"
#include "fake_clock.h"
#include "temp_dir.h"

namespace tain::testing {

/// What tells that a file was not written, not even with the same bytes.
struct FileSnapshot {
  std::string bytes;
  ino_t inode = 0;
  std::int64_t mtime_ns = 0;
  bool operator==(const FileSnapshot&) const = default;
};

inline FileSnapshot snapshot(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) throw std::runtime_error("stat " + path.string());
  return {
      read(path), status.st_ino,
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

/// The names in a directory.
inline std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

/// A project in a temporary directory, a clock that stands still, and a session `s1` in it.
/// Nothing waits for a disk, and nothing is sent to a daemon that may run here.
class SessionTest : public ::testing::Test {
 protected:
  SessionOptions options() {
    SessionOptions options;
    options.durability = Durability::none;
    options.clock = clock_.clock();
    options.notifier = SyncNotifier(std::filesystem::path());
    return options;
  }
  SessionStateManager create(SessionType type = SessionType::full) {
    return SessionStateManager::create(root_.path(), {.topic = "topic", .type = type, .id = "s1"},
                                       options());
  }
  SessionStateManager open() { return SessionStateManager::open(session(), options()); }
  /// Opens a session whose file holds `bytes`.
  SessionStateManager open_holding(const std::string& bytes) {
    write(state(), bytes);
    return open();
  }

  std::filesystem::path session() const { return session_directory(root_.path(), "s1"); }
  std::filesystem::path state() const { return session() / kStateFile; }
  Json on_disk() const { return Json::parse(read(state())); }

  TempDir root_;
  FakeClock clock_;
};

}  // namespace tain::testing
