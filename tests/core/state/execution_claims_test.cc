#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/execution_test.h"

namespace tain {
namespace {

using testing::read;
using testing::Seed003ExecutionQueue;
using enum ExecutionStatus;

TEST_F(Seed003ExecutionQueue, TheOldestIsClaimedFirst) {
  enqueue("e3");
  enqueue("e1");
  enqueue("e2");
  EXPECT_EQ(claim(), "e3");
  EXPECT_EQ(claim(), "e1");
  EXPECT_EQ(claim(), "") << "codex runs two at once";
}

TEST_F(Seed003ExecutionQueue, OfTwoAsOldTheIdDecides) {
  register_agent("many", 9);
  for (const char* id : {"b", "a"}) {
    queue().enqueue({.task_id = "t1", .agent = "many", .capability_key = "ask", .id = id});
  }
  EXPECT_EQ(claim(), "a");
}

TEST_F(Seed003ExecutionQueue, AClaimSaysWhoRunsItSinceWhen) {
  enqueue("e1");
  clock_.advance(1000);
  const Execution claimed = queue().claim_next("w1").value();
  EXPECT_EQ(claimed.status, running);
  EXPECT_EQ(claimed.worker_id, "w1");
  EXPECT_EQ(claimed.started_at, clock_.now());
  EXPECT_EQ(claimed.heartbeat_at, clock_.now());
  EXPECT_EQ(get("e1"), claimed);
  EXPECT_EQ(timeline("t1").back()["data"]["worker_id"], "w1");
  EXPECT_EQ(timeline("t1").back()["actor"], (Json{{"type", "system"}, {"id", "w1"}}));
}

TEST_F(Seed003ExecutionQueue, APlaceIsFreeAgainWhenOneEndsButNotWhileItIsCancelling) {
  for (const char* id : {"e1", "e2", "e3"}) enqueue(id);
  claim();
  claim();
  queue().request_cancel("e1");
  EXPECT_EQ(claim(), "");
  queue().finish("e1", "w1", cancelled);
  EXPECT_EQ(claim(), "e3");
}

TEST_F(Seed003ExecutionQueue, AnInactiveOrBusyAgentLetsOthersPass) {
  register_agent("busy", 1);
  register_agent("idle", 1);
  for (const char* id : {"b1", "b2"}) enqueue(id, "busy");
  enqueue("c1", "codex");
  enqueue("i1", "idle");
  agents().set_active("codex", false);
  EXPECT_EQ(claim(), "b1");
  EXPECT_EQ(claim(), "i1");
  EXPECT_EQ(claim(), "");
  agents().set_active("codex", true);
  EXPECT_EQ(claim(), "c1");
}

TEST_F(Seed003ExecutionQueue, PlacesOfAnAgentAreCountedWhetherItIsCalledByIdOrBySlug) {
  agents().register_agent(
      {.id = "agent_7",
       .name = "Seven",
       .slug = "seven",
       .capabilities = {{.key = "ask", .interaction_mode = InteractionMode::prompt_mode}}});
  for (const char* id : {"e1", "e2"}) enqueue(id, "seven");
  Json by_slug = Json::parse(read(file_of("e1")));
  by_slug["agent_id"] = "seven";
  testing::write(file_of("e1"), by_slug.dump());
  EXPECT_EQ(claim(), "e1");
  EXPECT_EQ(claim(), "");
}

TEST_F(Seed003ExecutionQueue, ABadOrMissingAgentBlocksNobody) {
  for (const char* slug : {"bad", "gone"}) register_agent(slug, 1);
  enqueue("e1", "bad");
  enqueue("e2", "gone");
  enqueue("e3", "codex");
  testing::write(agent_file("bad"), "{");
  std::filesystem::remove(agent_file("gone"));
  EXPECT_EQ(claim(), "e3");
  EXPECT_EQ(claim(), "");
}

TEST_F(Seed003ExecutionQueue, ABadExecutionCostsOnlyItself) {
  for (const char* id : {"e1", "e2", "e3", "e4"}) enqueue(id);
  testing::write(file_of("e1"), "{\"id\":");
  std::filesystem::remove(file_of("e2"));
  std::filesystem::create_symlink(file_of("e4"), file_of("e2"));
  std::filesystem::copy(file_of("e3"), file_of("copy"));
  testing::write(executions_directory(task_directory(root_.path(), "t2")), "a file");
  EXPECT_EQ(claim(), "e3");
  EXPECT_EQ(claim(), "e4");
  EXPECT_EQ(claim(), "");
  EXPECT_THROW(get("copy"), SchemaError);
  EXPECT_EQ(queue().list().skipped.size(), 2u);
}

TEST_F(Seed003ExecutionQueue, OneObjectSeesWhatOthersChangeBetweenItsClaims) {
  ExecutionQueue mine = queue();
  EXPECT_FALSE(mine.claim_next("w1"));
  enqueue("e1");
  enqueue("e2");
  enqueue("e3");
  EXPECT_EQ(mine.claim_next("w1")->id, "e1");
  queue().request_cancel("e2");
  EXPECT_EQ(mine.claim_next("w1")->id, "e3");
  queue().finish("e1", "w1", succeeded);
  std::filesystem::remove(file_of("e3"));
  enqueue("e4");
  enqueue("e5");
  EXPECT_EQ(mine.claim_next("w1")->id, "e4");
  EXPECT_EQ(mine.claim_next("w1")->id, "e5");
  EXPECT_EQ(current_executions("w1"), 2);
}

TEST_F(Seed003ExecutionQueue, AWorkersRecordCountsWhatItRuns) {
  for (const char* id : {"e1", "e2"}) enqueue(id);
  claim();
  claim();
  EXPECT_EQ(current_executions("w1"), 2);
  queue().finish("e1", "w1", succeeded);
  EXPECT_EQ(current_executions("w1"), 1);
  queue().heartbeat("e2", "w1");
  EXPECT_EQ(current_executions("w1"), 1);
  workers().beat("w1", {.current_executions = 7});
  claim();
  EXPECT_EQ(current_executions("w1"), 1) << "a claim counts again, also when it gets nothing";
}

TEST_F(Seed003ExecutionQueue, AWorkerWhoseRecordIsBadClaimsNothing) {
  enqueue("e1");
  testing::write(workers_directory(root_.path()) / "w1.json", "[]");
  EXPECT_THROW(queue().claim_next("w1"), ParseError);
  EXPECT_EQ(status("e1"), queued);
}

}  // namespace
}  // namespace tain
