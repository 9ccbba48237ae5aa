// Many processes claim at once; some die.

#include <gmock/gmock.h>

#include <csignal>
#include <map>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/dying_file_system.h"
#include "tests/support/execution_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using testing::run_in_processes;
using testing::Seed003ExecutionQueue;
using enum ExecutionStatus;

constexpr int kProcesses = 8;

class Seed003ExecutionProcesses : public testing::ExecutionTest {
 protected:
  // Claims until nothing is left, and finishes each with `finish`.
  void work(int process, bool finish) {
    const std::string worker = "w" + std::to_string(process);
    ExecutionQueue mine = queue();
    while (const auto claimed = mine.claim_next(worker)) {
      if (finish) mine.finish(*claimed, worker, succeeded);
    }
  }
  // Whether the process died at its nth change of a file.
  bool dies_at(int nth, const std::function<void(ExecutionQueue&)>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      testing::DyingFileSystem dying(nth);
      ProjectOptions dying_options = options();
      dying_options.file_system = &dying;
      dying_options.durability = Durability::full;
      ExecutionQueue mine(root_.path(), dying_options);
      act(mine);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status != 0;
  }
};

TEST_F(Seed003ExecutionProcesses, ClaimNextAmong8ProcessesHandsOutEachExecutionOnce) {
  constexpr int kExecutions = 200;
  for (const char* agent : {"a", "b", "c"}) register_agent(agent, kExecutions);
  for (int i = 0; i < kExecutions; ++i) {
    enqueue("e" + std::to_string(i), std::string(1, static_cast<char>('a' + i % 3)));
  }
  ASSERT_TRUE(run_in_processes(kProcesses, [&](int process) { work(process, false); }));

  std::map<std::string, std::int64_t> by_worker;
  for (const Execution& execution : queue().list().entities) {
    EXPECT_EQ(execution.status, running);
    ASSERT_THAT(history(execution.id), ElementsAre("queued", "running"));
    ++by_worker[execution.worker_id.value()];
  }
  EXPECT_GE(by_worker.size(), 2u) << "one process had it all: nothing was tested";
  for (const auto& [worker, count] : by_worker) EXPECT_EQ(current_executions(worker), count);
}

TEST_F(Seed003ExecutionProcesses, MaxConcurrentIsNeverExceeded) {
  constexpr int kExecutions = 100;
  for (int i = 0; i < kExecutions; ++i) enqueue("e" + std::to_string(i));
  ASSERT_TRUE(run_in_processes(kProcesses, [&](int process) {
    const std::string worker = "w" + std::to_string(process);
    ExecutionQueue mine = queue();
    // Nothing to claim means that the places are taken, as long as something is queued. Each wants
    // two at once, so that both places are taken however the processes come to run.
    while (!queue().list({.status = queued}).entities.empty()) {
      const auto first = mine.claim_next(worker);
      const auto second = mine.claim_next(worker);
      for (const auto& claimed : {first, second}) {
        if (claimed) mine.finish(*claimed, worker, succeeded);
      }
    }
  }));
  int underway = 0;
  int most = 0;
  for (const Json& event : timeline("t1")) {  // in the order in which it happened
    if (event["type"] == "execution.running") most = std::max(most, ++underway);
    if (event["type"] == "execution.succeeded") --underway;
  }
  EXPECT_EQ(underway, 0);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(queue().list({.status = succeeded}).entities.size(), std::size_t{kExecutions});
}

TEST_F(Seed003ExecutionProcesses, OfAClaimAndACancelOneComesFirst) {
  constexpr int kExecutions = 60;
  register_agent("many", kExecutions);
  for (int i = 0; i < kExecutions; ++i) enqueue("e" + std::to_string(100 + i), "many");
  ASSERT_TRUE(run_in_processes(4, [&](int process) {
    if (process < 2) return work(process, true);
    for (int i = process - 2; i < kExecutions; i += 2) {
      try {
        queue().request_cancel({"e" + std::to_string(100 + i), "t1"});
      } catch (const InvalidTransition&) {  // it was over already
      }
    }
  }));
  for (const Execution& execution : queue().list().entities) {
    EXPECT_THAT(history(execution.id),
                ::testing::AnyOf(ElementsAre("queued", "cancelled"),
                                 ElementsAre("queued", "running", "succeeded"),
                                 ElementsAre("queued", "running", "cancelling", "succeeded")))
        << execution.id;
    EXPECT_EQ(history(execution.id).back(), to_text(execution.status));
  }
}

TEST_F(Seed003ExecutionProcesses, AClaimerThatIsKilledLosesNothing) {
  int deaths = 0;
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    const std::string id = "e" + std::to_string(nth);
    enqueue(id, "codex", 1);
    const bool died = dies_at(nth, [](ExecutionQueue& mine) { mine.claim_next("w1"); });
    if (status(id) == running) {
      clock_.advance(120'001);
      EXPECT_THAT(queue().reap_stale(), ElementsAre(ReapedExecution{id, "t1", "w1", queued}));
    }
    EXPECT_EQ(claim("w2"), id);
    queue().finish(id, "w2", succeeded);
    std::filesystem::remove(file_of(id));  // so that each round makes as many calls
    if (!died) break;
    ++deaths;
  }
  EXPECT_GE(deaths, 60);
}

TEST_F(Seed003ExecutionProcesses, AReaperThatIsKilledLosesNothing) {
  int deaths = 0;
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    const std::string id = "e" + std::to_string(nth);
    enqueue(id, "codex", 1);
    claim("w1");
    clock_.advance(120'001);
    const bool died = dies_at(nth, [](ExecutionQueue& mine) { mine.reap_stale(); });
    queue().reap_stale();
    EXPECT_EQ(status(id), queued);
    EXPECT_EQ(get(id).retry_count, 1);
    EXPECT_EQ(claim("w2"), id);
    queue().finish(id, "w2", succeeded);
    std::filesystem::remove(file_of(id));  // so that each round makes as many calls
    if (!died) break;
    ++deaths;
  }
  EXPECT_GE(deaths, 7);
}

TEST_F(Seed003ExecutionQueue, TheLockOfAKilledClaimerIsFree) {
  enqueue("e1");
  int held[2];
  ASSERT_EQ(::pipe(held), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const DirectoryLock claims(FileSystem::real(), tasks_directory(root_.path()));
    (void)!::write(held[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(held[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(claim(), "e1");
  ::close(held[0]);
  ::close(held[1]);
}

}  // namespace
}  // namespace tain
