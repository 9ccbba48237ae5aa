// Seed 002: the pattern of its state manager, in C++.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/error.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using Seed002StateManager = testing::SessionTest;

// def save(self): try: … write state.json … finally: self.on_save_callback(self.session_dir)
TEST_F(Seed002StateManager, SaveTellsTheInjectedCallbackWhichDirectoryToSync) {
  std::vector<std::filesystem::path> queued;
  SessionOptions injected = options();
  injected.on_save = [&](const std::filesystem::path& directory) { queued.push_back(directory); };
  {
    auto manager = SessionStateManager::create(root_.path(), {.topic = "t", .id = "s1"}, injected);
    manager.state().summary = "done";
    manager.save();
  }
  EXPECT_THAT(queued, ::testing::Each(session()));
  EXPECT_GE(queued.size(), 1u);
}

TEST_F(Seed002StateManager, TheCallbackIsCalledAlsoWhenTheSaveFailsHalfWay) {
  testing::FaultFileSystem faulty;
  std::atomic<int> calls = 0;
  {
    create();
    SessionOptions injected = options();
    injected.durability = Durability::full;
    injected.file_system = &faulty;
    injected.on_save = [&](const std::filesystem::path&) { ++calls; };
    auto manager = SessionStateManager::open(session(), injected);
    faulty.inject({.call = testing::Call::fsync, .nth = 2});  // of the directory
    manager.state().summary = "done";
    EXPECT_THROW(manager.save(), NotDurableError);
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(on_disk()["summary"], "done");
}

// "Split models.py into domain modules", and nothing that it keeps is lost: decisions, goals,
// phases and checkpoints, as that system's own document has them.
TEST_F(Seed002StateManager, ItsOwnSessionIsExpressed) {
  auto manager =
      SessionStateManager::create(root_.path(),
                                  {.topic = "Session Database Tracking Necessity",
                                   .id = "2026-02-16_session-database-tracking-necessity_j3ehqn"},
                                  options());
  manager.set_goals({.high_level = {"Confirm architectural direction"},
                     .mid_level = {"Enable rich queries", "Non-blocking sync"},
                     .detailed = {"StateManager gains an optional on_save_callback"}});
  manager.add_decision("Keep full session mirror in database",
                       "Query flexibility is worth the sync complexity", "2026-02-16");
  manager.update([](Session& session) {
    session.prior_session = "2026-02-14_claude-code-agent-sdk-integration";
    session.open_questions = {"What happens if background sync fails?"};
  });
  manager.transition_to_phase(Phase::plan);
  manager.transition_to_phase(Phase::build);
  manager.init_build(5);
  for (int checkpoint = 1; checkpoint <= 4; ++checkpoint) manager.complete_checkpoint(checkpoint);
  manager.reload();
  const Session& session = manager.state();
  EXPECT_EQ(session.key_decisions.at(0).date, "2026-02-16");
  EXPECT_EQ(session.goals.mid_level.size(), 2u);
  EXPECT_EQ(session.current_phase, Phase::build);
  EXPECT_TRUE(session.phase_history.spec_completed_at.has_value());
  EXPECT_THAT(session.build_progress.checkpoints_completed, ::testing::ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(session.build_progress.current_checkpoint, 5);
}

}  // namespace
}  // namespace tain
