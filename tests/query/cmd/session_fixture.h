#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {

/// A project with the session "s".
class SessionCommand : public ::testing::Test {
 protected:
  SessionCommand() {
    create_project(root_, {.name = "Rocket", .id = {}, .description = {}});
    ok({"new", "--topic", "Parser", "--id", "s"});
  }

  Outcome session(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "session");
    // In front of a "--" behind which everything is positional.
    arguments.insert(arguments.begin() + 2, {"--project", root_, "--socket", socket_});
    return Tain{.clock = clock_.clock()}(arguments);
  }
  std::string ok(const std::vector<std::string>& arguments) {
    const Outcome outcome = session(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
  Json ok_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--format", "json"});
    const Json answer = Json::parse(ok(arguments));
    EXPECT_EQ(answer.size(), 1);
    return answer[0];
  }
  // Fails with `status`, says so on one line of stderr, and leaves every byte as it was.
  std::string refused(const std::vector<std::string>& arguments, int status) {
    const std::map<std::string, std::string> before = all_files();
    const Outcome outcome = session(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, ::testing::StartsWith("tain: "));
    EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1);
    EXPECT_EQ(all_files(), before);
    return outcome.err;
  }

  std::map<std::string, std::string> all_files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files[entry.path()] = testing::read(entry.path());
    }
    return files;
  }
  SessionStateManager open() const {
    SessionOptions options;
    options.notifier = SyncNotifier("");
    return SessionStateManager::open(session_directory(root_, "s"), options);
  }
  Session state() const { return open().state(); }
  Event last_event() const {
    std::string lines = testing::read(events_file(session_directory(root_, "s")));
    lines.pop_back();
    const std::filesystem::path path = "event";
    return Codec<Event>::decode(Json::parse(lines.substr(lines.rfind('\n') + 1)), Place(path));
  }

  testing::TempDir directory_;
  std::string root_ = directory_.path();
  std::string socket_ = directory_ / "no-daemon";
  testing::FakeClock clock_;
};

}  // namespace tain::query
