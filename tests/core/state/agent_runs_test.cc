#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::read;
using testing::SessionTest;
using testing::snapshot;
using testing::write;

class AgentRunsTest : public SessionTest {
 protected:
  std::filesystem::path file(std::string_view id) const {
    return agent_runs_directory(session()) / entity_file_name(id);
  }

  SessionStateManager manager_ = create();
};

TEST_F(AgentRunsTest, ARunStartsRunningInAFileOfItsOwn) {
  const auto state_before = snapshot(state());
  const AgentRun run = manager_.start_agent_run(
      {.agent_type = "build", .model = "m", .checkpoint_id = 2, .allowed_tools = {"Bash"}});
  EXPECT_EQ(run.status, AgentRunStatus::running);
  EXPECT_EQ(run.session_id, "s1");
  EXPECT_EQ(run.created_at, clock_.now());
  EXPECT_EQ(run.started_at, clock_.now());
  EXPECT_THAT(run.id, ::testing::StartsWith("run_"));
  EXPECT_EQ(manager_.agent_run(run.id), run);
  EXPECT_EQ(snapshot(state()), state_before) << "a run does not rewrite the session";
}

TEST_F(AgentRunsTest, UsageAddsUp) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  manager_.add_agent_run_usage("r1", {.input_tokens = 100, .cost_usd = 0.25});
  const AgentRun run =
      manager_.add_agent_run_usage("r1", {.input_tokens = 10, .output_tokens = 5, .cost_usd = 0.5});
  const Usage expected{.input_tokens = 110, .output_tokens = 5, .cost_usd = 0.75};
  EXPECT_EQ(run.usage, expected);
  EXPECT_EQ(manager_.agent_run("r1").usage, expected);
}

TEST_F(AgentRunsTest, UsageMayStillArriveAfterTheEnd) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  manager_.finish_agent_run("r1");
  EXPECT_EQ(manager_.add_agent_run_usage("r1", {.input_tokens = 1}).usage.input_tokens, 1);
}

TEST_F(AgentRunsTest, FinishingAndFailingAreFinalAndStamped) {
  manager_.start_agent_run({.agent_type = "build", .id = "good"});
  manager_.start_agent_run({.agent_type = "build", .id = "bad"});
  clock_.advance(1000);
  const AgentRun good = manager_.finish_agent_run("good");
  EXPECT_EQ(good.status, AgentRunStatus::completed);
  EXPECT_EQ(good.completed_at, clock_.now());
  const AgentRun bad = manager_.fail_agent_run("bad", "it broke");
  EXPECT_EQ(bad.status, AgentRunStatus::failed);
  EXPECT_EQ(bad.error_message, "it broke");
  EXPECT_EQ(bad.completed_at, clock_.now());
  for (const char* id : {"good", "bad"}) {
    const auto before = snapshot(file(id));
    EXPECT_THROW(manager_.finish_agent_run(id), InvalidTransition);
    EXPECT_THROW(manager_.fail_agent_run(id, "again"), InvalidTransition);
    EXPECT_EQ(snapshot(file(id)), before);
  }
}

TEST_F(AgentRunsTest, ARunThatIsPendingCanFailButNotFinish) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  Json json = Json::parse(read(file("r1")));
  json["status"] = "pending";
  write(file("r1"), json.dump());
  EXPECT_THROW(manager_.finish_agent_run("r1"), InvalidTransition);
  EXPECT_EQ(manager_.fail_agent_run("r1", "never started").status, AgentRunStatus::failed);
}

TEST_F(AgentRunsTest, APendingRunIsBegunOrCalledOff) {
  const AgentRun made = manager_.start_agent_run(
      {.agent_type = "build", .id = "r1", .status = AgentRunStatus::pending});
  EXPECT_EQ(made.started_at, std::nullopt);
  clock_.advance(5);
  EXPECT_EQ(manager_.set_agent_run_status("r1", AgentRunStatus::running).started_at, clock_.now());
  clock_.advance(5);
  const AgentRun off = manager_.set_agent_run_status("r1", AgentRunStatus::cancelled);
  EXPECT_EQ(off.completed_at, clock_.now());
  EXPECT_THROW(manager_.finish_agent_run("r1"), InvalidTransition);
  EXPECT_THROW(manager_.start_agent_run({.agent_type = "x", .status = AgentRunStatus::completed}),
               InvalidArgument);
}

TEST_F(AgentRunsTest, AnIdThatIsTakenLeavesTheRunAlone) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  const auto before = snapshot(file("r1"));
  EXPECT_THROW(manager_.start_agent_run({.agent_type = "docs", .id = "r1"}), AlreadyExistsError);
  EXPECT_EQ(snapshot(file("r1")), before);
}

TEST_F(AgentRunsTest, WhatIsNoRunIsRefused) {
  EXPECT_THROW(manager_.start_agent_run({.agent_type = ""}), InvalidArgument);
  EXPECT_THROW(manager_.start_agent_run({.agent_type = "build", .id = "../x"}), InvalidArgument);
  EXPECT_THROW(manager_.agent_run("../state"), InvalidArgument);
  EXPECT_THROW(manager_.agent_run("missing"), NotFoundError);
  EXPECT_THROW(manager_.finish_agent_run("missing"), NotFoundError);
  EXPECT_THROW(manager_.add_agent_run_usage("missing", {}), NotFoundError);
}

TEST_F(AgentRunsTest, ACostThatIsNoNumberIsRefusedAndNothingIsWritten) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  const auto before = snapshot(file("r1"));
  EXPECT_THROW(manager_.add_agent_run_usage("r1", {.cost_usd = std::nan("")}), InvalidArgument);
  EXPECT_EQ(snapshot(file("r1")), before);
}

TEST_F(AgentRunsTest, UnknownFieldsOfARunSurvive) {
  manager_.start_agent_run({.agent_type = "build", .id = "r1"});
  Json json = Json::parse(read(file("r1")));
  json["theirs"] = {{"z", 1}, {"a", 2}};
  json["usage"] = {{"input_tokens", 1}, {"reasoning_tokens", 7}};
  write(file("r1"), json.dump());
  manager_.add_agent_run_usage("r1", {.input_tokens = 1});
  json["usage"]["input_tokens"] = 2;
  EXPECT_EQ(Json::parse(read(file("r1"))).dump(), json.dump());
}

}  // namespace
}  // namespace tain
