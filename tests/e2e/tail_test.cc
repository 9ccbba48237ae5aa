// `tain tail -f` beside a real daemon.

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"

namespace tain {
namespace {

class FollowingTail : public ::testing::Test {
 protected:
  FollowingTail() {
    create_project(daemon_.root() / "p", {.name = "p"}, silent());
    daemon_.start();
    tail_ = ::popen(
        ("exec '" + std::string(TAIN_BIN_DIR) + "/tain' tail -f -n 100 --format jsonl" + " --db '" +
         daemon_.db().string() + "' --socket '" + daemon_.socket().string() + "'")
            .c_str(),
        "re");
  }
  ~FollowingTail() override {
    if (tail_ != nullptr) ::pclose(tail_);
  }

  static SessionOptions silent() {
    return {{StateOptions{}, SyncNotifier(std::filesystem::path())}};
  }

  void save(const std::string& topic) {
    SessionStateManager::create(daemon_.root() / "p", {.topic = topic}, silent());
  }
  // Waits for a change that says `text`.
  void expect_told(const std::string& text) {
    std::array<char, 8192> line;
    while (std::fgets(line.data(), line.size(), tail_) != nullptr) {
      if (std::string(line.data()).find(text) != std::string::npos) return;
    }
    FAIL() << "the command ended before it told of " << text;
  }

  testing::DaemonFixture daemon_;
  std::FILE* tail_ = nullptr;
};

TEST_F(FollowingTail, GoesOnThroughRestartsAndCrashesOfTheDaemonUntilNobodyReads) {
  save("with the first daemon");
  expect_told("with the first daemon");
  ASSERT_EQ(daemon_.stop(), 0);
  save("without a daemon");
  daemon_.start();
  expect_told("without a daemon");
  daemon_.kill();
  daemon_.start();
  save("after a crash");
  expect_told("after a crash");
  EXPECT_EQ(::pclose(std::exchange(tail_, nullptr)), 0);
}

TEST_F(FollowingTail, GoesOnInAMirrorThatWasBuiltAnew) {
  save("in the first mirror");
  expect_told("in the first mirror");
  daemon_.ask({{"command", "rebuild"}});
  save("in the second mirror");
  expect_told("in the second mirror");
}

}  // namespace
}  // namespace tain
