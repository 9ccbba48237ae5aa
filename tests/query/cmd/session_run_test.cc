#include "session_fixture.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST_F(SessionCommand, RunIsStartedAccountedForAndFinished) {
  const std::string line =
      ok({"run", "s", "start", "build", "--model", "opus", "--name", "n", "--checkpoint", "2"});
  const std::string id = line.substr(0, line.size() - 1);
  EXPECT_THAT(id, MatchesRegex("run_[0-9]+_[a-z0-9]{9}"));
  ok({"run", "s", "usage", id, "--input", "5", "--output", "6", "--cost", "0.5"});
  ok({"run", "s", "usage", id, "--input", "1", "--cache-read", "7", "--cache-write", "8"});
  const AgentRun run = open().agent_run(id);
  EXPECT_EQ(run.agent_type, "build");
  EXPECT_EQ(run.model, "opus");
  EXPECT_EQ(run.name, "n");
  EXPECT_EQ(run.checkpoint_id, 2);
  EXPECT_EQ(run.usage, (Usage{6, 6, 7, 8, 0.5}));
  EXPECT_EQ(ok({"run", "s", "finish", id}), "");
  EXPECT_EQ(open().agent_run(id).status, AgentRunStatus::completed);
  EXPECT_THAT(refused({"run", "s", "fail", id, "late"}, kFailed), HasSubstr("completed is final"));
}

TEST_F(SessionCommand, RunFailsWithItsReason) {
  EXPECT_EQ(ok({"run", "s", "start", "plan", "--id", "r"}), "r\n");
  EXPECT_EQ(ok_json({"run", "s", "fail", "r", "no context left"})["error_message"],
            "no context left");
  EXPECT_EQ(open().agent_run("r").status, AgentRunStatus::failed);
}

TEST_F(SessionCommand, RunIsPendingThenBegunThenCalledOff) {
  const Json run = ok_json({"run", "s", "start", "build", "--pending", "--agent", "claude"});
  EXPECT_EQ(run["status"], "pending");
  EXPECT_EQ(run["agent_id"], "claude");
  EXPECT_EQ(ok_json({"run", "s", "begin", run["id"]})["status"], "running");
  EXPECT_EQ(ok_json({"run", "s", "cancel", run["id"]})["status"], "cancelled");
}

TEST_F(SessionCommand, RunTakesTheCommonFlagsAtTheEndToo) {
  const Outcome outcome = Tain()({"session", "run", "s", "start", "plan", "--id", "r", "--project",
                                  root_, "--format", "json", "--socket", socket_});
  ASSERT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)[0]["id"], "r");
}

TEST_F(SessionCommand, RunRefusesUnknownRunsAndEmptyUsage) {
  ok({"run", "s", "start", "plan", "--id", "r"});
  refused({"run", "s", "start", "plan", "--id", "r"}, kFailed);
  refused({"run", "s", "usage", "none", "--input", "1"}, kFailed);
  refused({"run", "s", "finish", "none"}, kFailed);
  refused({"run", "s", "finish", "../s"}, kMisused);
  refused({"run", "s", "usage", "r"}, kMisused);
  refused({"run", "s", "usage", "r", "--input", "-1"}, kMisused);
  refused({"run", "s", "fail", "r"}, kMisused);
  refused({"run", "s", "start", ""}, kMisused);
  refused({"run", "s", "start", "plan", "--id", "a/b"}, kMisused);
  refused({"run", "s", "stop", "r"}, kMisused);
  refused({"run", "s"}, kMisused);
}

}  // namespace
}  // namespace tain::query
