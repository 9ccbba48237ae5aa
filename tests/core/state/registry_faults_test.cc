// Every system call of a write fails in turn: each file holds the old content or the new, the error
// says so, and the next call works.

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/state/config_store.h"
#include "tests/support/execution_test.h"
#include "tests/support/fault_file_system.h"

namespace tain {
namespace {

using testing::Fault;
using testing::FaultFileSystem;
using testing::read;
using enum ExecutionStatus;

class RegistryFaultsTest : public testing::ExecutionTest {
 protected:
  ProjectOptions faulty() {
    ProjectOptions with = options();
    with.durability = Durability::full;
    with.file_system = &fs_;
    return with;
  }

  // Runs `attempt` once for each of its calls, with that call failing, until none is left to fail;
  // `check(threw)` looks at what it left. Answers how many faults there were.
  int sweep(const std::function<void()>& prepare, const std::function<void()>& attempt,
            const std::function<void(bool threw)>& check) {
    for (int nth = 1;; ++nth) {
      SCOPED_TRACE(::testing::Message() << "call " << nth);
      prepare();
      fs_.inject({.nth = nth, .error_number = EIO});
      bool threw = false;
      try {
        attempt();
      } catch (const IoError&) {
        threw = true;
      }
      const bool injected = !fs_.failed().empty();
      fs_.heal();
      check(threw);
      if (!injected) return nth - 1;
    }
  }

  FaultFileSystem fs_;
};

TEST_F(RegistryFaultsTest, AClaimThatFailsLeavesTheExecutionQueuedOrRunning) {
  int number = 0;
  std::string id;
  ExecutionQueue mine(root_.path(), faulty());
  const int faults =
      sweep([&] { enqueue(id = "e" + std::to_string(++number), "codex", 1); },
            [&] { mine.claim_next("w1"); },
            [&](bool threw) {
              if (!threw || status(id) == running) {
                EXPECT_EQ(get(id).worker_id, "w1");
              } else {
                EXPECT_EQ(mine.claim_next("w1").value().id, id) << "the failure is not remembered";
              }
              mine.finish(id, "w1", succeeded);
              std::filesystem::remove(file_of(id));  // so that each claim makes as many calls
            });
  EXPECT_GE(faults, 40);
}

TEST_F(RegistryFaultsTest, AFinishThatFailsLeavesTheExecutionRunningOrOver) {
  int number = 0;
  std::string id;
  ExecutionQueue mine(root_.path(), faulty());
  const int faults = sweep(
      [&] {
        enqueue(id = "e" + std::to_string(++number));
        claim();
      },
      [&] { mine.finish(id, "w1", failed, {.exit_code = 1}); },
      [&](bool threw) {
        if (threw && status(id) == running) mine.finish(id, "w1", failed, {.exit_code = 1});
        EXPECT_EQ(status(id), failed);
        EXPECT_EQ(get(id).exit_code, 1);
      });
  EXPECT_GE(faults, 20);
}

TEST_F(RegistryFaultsTest, AnEnqueueThatFailsQueuesItOrNot) {
  int number = 0;
  std::string id;
  const auto files = [&] { return queue().list({.status = queued}).entities.size(); };
  std::size_t before = 0;
  const int faults = sweep(
      [&] {
        id = "e" + std::to_string(++number);
        before = files();
      },
      [&] {
        ExecutionQueue(root_.path(), faulty())
            .enqueue({.task_id = "t1", .agent = "codex", .capability_key = "ask", .id = id});
      },
      [&](bool threw) {
        if (!threw) {
          EXPECT_EQ(status(id), queued);
        }
        EXPECT_LE(files(), before + 1);
        EXPECT_TRUE(queue().list().skipped.empty());
      });
  EXPECT_GE(faults, 20);
}

TEST_F(RegistryFaultsTest, AnAgentThatCannotBeWrittenIsTheOldOneOrTheNew) {
  const std::string old_bytes = read(agent_file("codex"));
  const int faults = sweep(
      [&] { testing::write(agent_file("codex"), old_bytes); },
      [&] {
        AgentRegistry(root_.path(), faulty()).update("codex", [](Agent& a) { a.version = "2"; });
      },
      [&](bool threw) {
        if (!threw || read(agent_file("codex")) != old_bytes) {
          EXPECT_EQ(agents().find("codex").version, "2");
        }
      });
  EXPECT_GE(faults, 15);
}

TEST_F(RegistryFaultsTest, SettingsThatCannotBeWrittenAreTheOldOnesOrTheNew) {
  const std::filesystem::path file = config_file(root_.path());
  set_config(root_.path(), "k", 1, options());
  const std::string old_bytes = read(file);
  const int faults = sweep([&] { testing::write(file, old_bytes); },
                           [&] { set_config(root_.path(), "k", 2, faulty()); },
                           [&](bool threw) {
                             if (!threw || read(file) != old_bytes) {
                               EXPECT_EQ(get_config(root_.path(), "k")->value, 2);
                             }
                           });
  EXPECT_GE(faults, 15);
}

TEST_F(RegistryFaultsTest, AFullDiskLeavesTheOldFile) {
  enqueue("e1");
  const std::string before = read(file_of("e1"));
  ExecutionQueue mine(root_.path(), faulty());
  fs_.inject({.call = testing::Call::write, .error_number = ENOSPC, .persistent = true});
  EXPECT_THROW(mine.claim_next("w1"), IoError);
  EXPECT_THROW(mine.request_cancel("e1"), IoError);
  EXPECT_EQ(read(file_of("e1")), before);
  fs_.heal();
  EXPECT_EQ(mine.claim_next("w1").value().id, "e1");
}

TEST_F(RegistryFaultsTest, AQueueThatCannotBeReadIsNoEmptyQueue) {
  enqueue("e1");
  ExecutionQueue mine(root_.path(), faulty());
  for (const testing::Call call :
       {testing::Call::open, testing::Call::list, testing::Call::lstat, testing::Call::read}) {
    fs_.inject({.call = call, .error_number = EMFILE, .persistent = true});
    EXPECT_THROW(mine.reap_stale(), IoError);
  }
}

}  // namespace
}  // namespace tain
