#include "query/cmd/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "core/error.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr DaemonPatience kLittle{
    .word = milliseconds(10), .status = milliseconds(30), .silence = milliseconds(60)};

class ProgressTest : public ::testing::Test {
 protected:
  Json ask(const testing::FakeDaemon& daemon) {
    return ask_with_progress(daemon.socket(), {{"command", "reload"}}, milliseconds(60'000),
                             {.in = in_, .out = out_, .err = err_}, kLittle);
  }

  const testing::TempDir directory_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ProgressTest, ADaemonThatHangsIsSaidToBeWaitedForAndThenGivenUp) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  const testing::FakeDaemon daemon(directory_ / "s", [&](const Json& /*request*/) {
    ended.wait();
    return std::string("{}");
  });
  try {
    ask(daemon);
    ADD_FAILURE() << "answered";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the daemon has not answered for 60 ms"));
  }
  end.set_value();
  EXPECT_EQ(err_.str(), "tain: waiting for the daemon at " + daemon.socket().string() + "\n");
}

TEST_F(ProgressTest, ADaemonThatSaysHowFarItIsIsWaitedFor) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::atomic<int> looks = 0;
  const testing::FakeDaemon daemon(directory_ / "s", [&](const Json& request) {
    if (request["command"] != "status") {
      ended.wait();
    } else if (++looks == 30) {  // for longer than a silent one would be
      end.set_value();
    }
    return Json{{"ok", true}, {"pending", 1}, {"files_mirrored", 1}}.dump();
  });
  EXPECT_EQ(ask(daemon)["ok"], true);
  EXPECT_GE(looks, 30);
}

TEST_F(ProgressTest, WhereNoDaemonIsNobodyIsWaitedFor) {
  EXPECT_THROW(ask_with_progress(directory_ / "s", {{"command", "reload"}}, milliseconds(60'000),
                                 {.in = in_, .out = out_, .err = err_}, kLittle),
               NotFoundError);
  EXPECT_EQ(err_.str(), "");
}

}  // namespace
}  // namespace tain::query
