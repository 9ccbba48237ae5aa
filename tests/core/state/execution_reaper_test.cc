#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/execution_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Seed003ExecutionQueue;
using enum ExecutionStatus;

constexpr std::int64_t kTwoMinutes = 120'000;

TEST_F(Seed003ExecutionQueue, ASilentWorkersExecutionFailsAndIsQueuedAgain) {
  enqueue("e1", "codex", 1);
  claim("w1");
  const Timestamp claimed_at = clock_.now();
  clock_.advance(kTwoMinutes);
  EXPECT_THAT(queue().reap_stale(), IsEmpty()) << "two minutes are not more than two minutes";
  clock_.advance(1);
  EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{"e1", "t1", "w1", queued}));
  EXPECT_EQ(get("e1").retry_count, 1);
  EXPECT_EQ(get("e1").worker_id, std::nullopt);
  EXPECT_THAT(history("e1"), ElementsAre("queued", "running", "failed", "queued"));
  const auto events = timeline("t1");
  const Json& failure = events[events.size() - 2];
  EXPECT_EQ(failure["data"]["error"], "worker w1 not heard of since " + format_time(claimed_at));
  EXPECT_EQ(failure["actor"], (Json{{"type", "system"}}));
  EXPECT_EQ(current_executions("w1"), 0);
  EXPECT_EQ(workers().find("w1")->last_seen_at, claimed_at) << "it was not seen";
}

TEST_F(Seed003ExecutionQueue, WithoutRetriesASilentWorkersExecutionFails) {
  enqueue("e1");
  claim("w1");
  clock_.advance(kTwoMinutes + 1);
  EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{"e1", "t1", "w1", failed}));
  EXPECT_THAT(get("e1").error.value(), HasSubstr("w1 not heard of since"));
  EXPECT_EQ(get("e1").ended_at, clock_.now());
  EXPECT_THAT(queue().reap_stale(), IsEmpty());
  EXPECT_THROW(queue().heartbeat("e1", "w1"), SupersededError);
}

TEST_F(Seed003ExecutionQueue, ASilentWorkersCancelEndsCancelled) {
  enqueue("e1", "codex", 3);
  claim("w1");
  queue().request_cancel("e1");
  clock_.advance(kTwoMinutes + 1);
  EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{"e1", "t1", "w1", cancelled}));
  EXPECT_EQ(status("e1"), cancelled);
}

TEST_F(Seed003ExecutionQueue, AWorkerThatSpeaksUpKeepsItsExecution) {
  enqueue("e1");
  enqueue("e2");
  claim("w1");
  claim("w2");
  clock_.advance(kTwoMinutes);
  queue().heartbeat("e1", "w1");
  clock_.advance(1);
  EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{"e2", "t1", "w2", failed}));
  EXPECT_EQ(status("e1"), running);
}

TEST_F(Seed003ExecutionQueue, AHeartbeatBetweenTheReapersLookAndItsLockSavesTheExecution) {
  enqueue("e1");
  claim("w1");
  clock_.advance(kTwoMinutes + 1);
  // The reaper asks for the time first when it has seen a stale one, then again under the lock.
  bool first = true;
  ProjectOptions late = options();
  late.clock = [&] {
    if (std::exchange(first, false)) queue().heartbeat("e1", "w1");
    return clock_.now();
  };
  EXPECT_THAT(ExecutionQueue(root_.path(), late).reap_stale(), IsEmpty());
  EXPECT_FALSE(first);
  EXPECT_EQ(status("e1"), running);
}

TEST_F(Seed003ExecutionQueue, TheMaximalAgeIsTheCallers) {
  enqueue("e1");
  claim("w1");
  clock_.advance(1001);
  EXPECT_THAT(queue().reap_stale(std::chrono::seconds(1)), ::testing::SizeIs(1));
}

TEST_F(Seed003ExecutionQueue, ABadRecordOfTheWorkerOrABadFileStopsNoReaper) {
  enqueue("e1");
  enqueue("e2");
  claim("w1");
  claim("w2");
  testing::write(workers_directory(root_.path()) / "w2.json", "{");
  testing::write(file_of("e1"), "{");
  clock_.advance(kTwoMinutes + 1);
  EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{"e2", "t1", "w2", failed}));
}

TEST_F(Seed003ExecutionQueue, OfManyReapersOneReapsEach) {
  constexpr int kExecutions = 40;
  register_agent("many", kExecutions);
  for (int i = 0; i < kExecutions; ++i) enqueue("e" + std::to_string(i), "many", 1);
  ExecutionQueue mine = queue();
  while (mine.claim_next("w1")) {
  }
  clock_.advance(kTwoMinutes + 1);
  ASSERT_TRUE(testing::run_in_processes(4, [&](int) { queue().reap_stale(); }));
  for (const Execution& execution : queue().list().entities) {
    EXPECT_EQ(execution.status, queued);
    EXPECT_EQ(execution.retry_count, 1);
    EXPECT_THAT(history(execution.id), ElementsAre("queued", "running", "failed", "queued"));
  }
  EXPECT_EQ(current_executions("w1"), 0);
}

}  // namespace
}  // namespace tain
