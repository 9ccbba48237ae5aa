#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "core/state/task_store.h"
#include "fake_clock.h"
#include "temp_dir.h"

namespace tain::testing {

/// A project `p1` in a temporary directory, and a clock that stands still. Nothing waits for a
/// disk, and nothing is sent to a daemon that may run here.
class ProjectTest : public ::testing::Test {
 protected:
  ProjectTest() { create_project(root_.path(), {.name = "P", .id = "p1"}, options()); }

  ProjectOptions options() {
    ProjectOptions options;
    options.durability = Durability::none;
    options.clock = clock_.clock();
    options.notifier = SyncNotifier(std::filesystem::path());
    return options;
  }
  TaskStore store() { return TaskStore(root_.path(), options()); }
  Task create_task(const std::string& id) { return store().create({.title = id, .id = id}); }
  SessionStateManager create_session(const std::string& id) {
    SessionOptions session_options;
    static_cast<ProjectOptions&>(session_options) = options();
    return SessionStateManager::create(root_.path(), {.topic = id, .id = id}, session_options);
  }
  SessionStateManager open_session(const std::string& id) {
    SessionOptions session_options;
    static_cast<ProjectOptions&>(session_options) = options();
    return SessionStateManager::open(session_directory(root_.path(), id), session_options);
  }
  std::filesystem::path task_file(const std::string& id) const {
    return task_directory(root_.path(), id) / kTaskFile;
  }
  std::vector<Json> timeline(const std::string& task) const {
    std::vector<Json> events;
    std::istringstream lines(read(events_file(task_directory(root_.path(), task))));
    for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
    return events;
  }

  TempDir root_;
  FakeClock clock_;
};

}  // namespace tain::testing
