#include "core/notify/save_callback.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <stdexcept>

#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::SessionTest;

class SaveCallbackTest : public SessionTest {
 protected:
  SessionStateManager create_with(SaveCallback::Function on_save) {
    SessionOptions with = options();
    with.on_save = std::move(on_save);
    return SessionStateManager::create(root_.path(), {.topic = "topic", .id = "s1"}, with);
  }
};

TEST_F(SaveCallbackTest, ReceivesTheSessionsDirectory) {
  std::promise<std::filesystem::path> told;
  const auto manager = create_with([&](const auto& directory) { told.set_value(directory); });
  EXPECT_EQ(told.get_future().get(), session());
}

TEST_F(SaveCallbackTest, EveryKindOfWriteCallsIt) {
  int calls = 0;
  const auto calls_of = [&](const std::function<void(SessionStateManager&)>& write) {
    SessionOptions with = options();
    calls = 0;
    with.on_save = [&](const auto&) { ++calls; };
    {
      auto manager = SessionStateManager::open(session(), with);
      write(manager);
    }  // waits for the call
    return calls;
  };
  create().start_agent_run({.agent_type = "build", .id = "r1"});
  EXPECT_EQ(calls_of([](auto&) {}), 0);
  EXPECT_EQ(calls_of([](auto& manager) { manager.save(); }), 0) << "nothing to save";
  EXPECT_EQ(calls_of([](auto& manager) {
              manager.state().topic = "changed";
              manager.save();
            }),
            1);
  EXPECT_EQ(calls_of([](auto& manager) { manager.set_status(SessionStatus::paused); }), 1);
  EXPECT_EQ(calls_of([](auto& manager) { manager.append_event({.type = "log"}); }), 1);
  EXPECT_EQ(calls_of([](auto& manager) { manager.finish_agent_run("r1"); }), 1);
}

TEST_F(SaveCallbackTest, ACallbackThatThrowsBreaksNoSave) {
  std::promise<void> second;
  int calls = 0;
  auto manager = create_with([&](const auto&) {
    if (++calls == 2) second.set_value();
    throw std::runtime_error("the callback's own trouble");
  });
  std::future<void> told = second.get_future();
  // The first two saves may share a call; a later one cannot share the call that has ended.
  for (int i = 0; told.wait_for(std::chrono::seconds(0)) != std::future_status::ready; ++i) {
    manager.update([&](Session& session) { session.topic = std::to_string(i); });
    EXPECT_EQ(on_disk()["topic"], std::to_string(i));
  }
}

TEST_F(SaveCallbackTest, ACallbackThatBlocksDelaysNoSaveAndTheMissedSavesShareOneCall) {
  std::latch entered(1);
  std::latch released(1);
  int calls = 0;
  {
    auto manager = create_with([&](const auto&) {
      if (++calls > 1) return;
      entered.count_down();
      released.wait();
    });
    entered.wait();
    for (int i = 0; i < 20; ++i) {
      manager.update([&](Session& session) { session.topic = std::to_string(i); });
    }
    EXPECT_EQ(on_disk()["topic"], "19");  // all saved while the callback still blocks
    released.count_down();
  }
  EXPECT_EQ(calls, 2);
}

TEST_F(SaveCallbackTest, TheCallbackMayUseTheSessionItself) {
  std::promise<std::string> seen;
  const auto manager = create_with([&](const auto& directory) {
    seen.set_value(SessionStateManager::open(directory, options()).state().topic);
  });
  EXPECT_EQ(seen.get_future().get(), "topic");
}

TEST(SaveCallback, DestructionDeliversWhatIsPending) {
  int calls = 0;
  {
    SaveCallback callback([&](const auto&) { ++calls; }, "/s");
    callback.signal();
  }
  EXPECT_EQ(calls, 1);
}

TEST(SaveCallback, WithoutASaveThereIsNoCall) {
  int calls = 0;
  {
    const SaveCallback callback([&](const auto&) { ++calls; }, "/s");
  }
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace tain
