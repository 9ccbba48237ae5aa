// Session tasks whose work an executor does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/error.h"
#include "core/state/session_task_sink.h"
#include "core/state/session_tasks.h"
#include "tests/support/session_task_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RecordingExecutor;
using testing::Seed004SessionTasks;
using testing::snapshot;
using testing::text_part;

TEST_F(Seed004SessionTasks, AnExecutorDoesTheWorkAndReportsToItsSink) {
  add("t1", queued, WakePolicy::on_activity);
  clock_.advance(1000);
  const SessionTask started = tasks_.start("t1", "w1");
  EXPECT_EQ(started.state, running);
  EXPECT_EQ(started.started_at, clock_.now());
  EXPECT_EQ(started.worker_id, "w1");
  TaskSink& sink = *executor_->sinks.at(0);
  sink.state(running, "compiling");
  sink.progress({.current = 1, .total = 2, .unit = "files"});
  const auto before_output = snapshot(task_json("t1"));
  sink.output("stdout", "gcc …");
  EXPECT_EQ(snapshot(task_json("t1")), before_output);
  sink.artifact({.name = "log", .type = "file", .path = "log.txt"});
  sink.post({text_part("half way")});
  const std::optional<std::string> request = sink.request_input({.prompt = "go on?"});
  ASSERT_TRUE(request);
  EXPECT_EQ(state_of("t1"), awaiting_input);
  reply("t1", *request);
  sink.result(Json{{"ok", true}});
  sink.report({.state = succeeded, .summary = "compiled"});
  const SessionTask done = tasks_.get("t1");
  EXPECT_EQ(done.state, succeeded);
  EXPECT_EQ(done.state_detail, "compiling");
  EXPECT_EQ(done.progress.unit, "files");
  EXPECT_EQ(done.artifacts.size(), 1U);
  EXPECT_EQ(done.summary, "compiled");
  EXPECT_EQ(done.result_path, "tasks/t1/result.json");
  EXPECT_EQ(task_message_text(tasks_.messages("t1").at(0)), "half way");
  EXPECT_EQ(sink.request_input({.prompt = "too late?"}), std::nullopt);
  EXPECT_THAT(executor_->log, ElementsAre("start t1 attempt 1", "deliver t1 yes"));
  EXPECT_THAT(woken(), ElementsAre("t1 running", "t1 awaiting_input", "t1 succeeded"));
}

TEST_F(Seed004SessionTasks, ASinkLearnsOfACancelByItsHeartbeat) {
  add("t1", queued);
  tasks_.start("t1");
  TaskSink& sink = *executor_->sinks.at(0);
  EXPECT_FALSE(sink.heartbeat().cancel_requested_at);
  tasks_.request_cancel("t1");
  EXPECT_TRUE(sink.heartbeat().cancel_requested_at);
  EXPECT_EQ(tasks_.get("t1").heartbeat_at, clock_.now());
}

TEST_F(Seed004SessionTasks, ASinkOfAnEarlierAttemptIsCutOff) {
  add("t1", queued);
  tasks_.start("t1");
  tasks_.begin_attempt("t1", "w2");
  const auto before = snapshot(task_json("t1"));
  const auto told = events();
  TaskSink& sink = *executor_->sinks.at(0);
  EXPECT_THROW(sink.state(succeeded, {}), SupersededError);
  EXPECT_THROW(sink.progress({}), SupersededError);
  EXPECT_THROW(sink.post({text_part("late")}), SupersededError);
  EXPECT_THROW(sink.request_input({.prompt = "late?"}), SupersededError);
  EXPECT_THROW(sink.artifact({.name = "late"}), SupersededError);
  EXPECT_THROW(sink.report({.summary = "late"}), SupersededError);
  EXPECT_THROW(sink.result(1), SupersededError);
  EXPECT_THROW(sink.heartbeat(), SupersededError);
  EXPECT_EQ(snapshot(task_json("t1")), before);
  EXPECT_EQ(events(), told);
  EXPECT_THAT(tasks_.messages("t1"), IsEmpty());
}

TEST_F(Seed004SessionTasks, OnlyAQueuedTaskOfAKindThatHasAnExecutorStarts) {
  tasks_.create({.kind = "unheard_of", .id = "t1"});
  try {
    tasks_.start("t1");
    FAIL() << "started";
  } catch (const InvalidArgument& error) {
    EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr("unheard_of"), HasSubstr("work")));
  }
  EXPECT_EQ(state_of("t1"), queued);
  EXPECT_THROW(SessionTaskRegistry(session(), options()).start("t1"), InvalidArgument);
  add("t2", running);
  EXPECT_THROW(tasks_.start("t2"), InvalidTransition);
  ask("t2", "r1");
  EXPECT_THROW(tasks_.start("t2"), InvalidTransition);
  EXPECT_EQ(state_of("t2"), awaiting_input);
  tasks_.update("t2", 1, {.state = cancelled});
  EXPECT_THROW(tasks_.start("t2"), InvalidTransition);
  EXPECT_THAT(executor_->log, IsEmpty());
}

TEST_F(Seed004SessionTasks, AKindHasOneExecutor) {
  EXPECT_EQ(executors_.find("work"), executor_);
  EXPECT_EQ(executors_.find("other"), nullptr);
  EXPECT_THROW(executors_.add("work", std::make_unique<RecordingExecutor>()), InvalidArgument);
  EXPECT_THROW(executors_.add("", std::make_unique<RecordingExecutor>()), InvalidArgument);
  EXPECT_THROW(executors_.add("other", nullptr), InvalidArgument);
  EXPECT_EQ(executors_.find("work"), executor_);
  executors_.add("other", std::make_unique<RecordingExecutor>());
  EXPECT_EQ(executors_.list_kinds(), "other, work");
}

TEST_F(Seed004SessionTasks, AnExecutorThatRefusesFailsTheTaskAsRejected) {
  executor_->on_start = [](const SessionTask&, TaskSink&) { throw std::runtime_error("no room"); };
  add("t1", queued, WakePolicy::on_terminal);
  say("t1", "be quick");
  const SessionTask task = tasks_.start("t1");
  EXPECT_EQ(task.state, failed);
  EXPECT_EQ(task.error.kind, kTaskErrorRejected);
  EXPECT_EQ(task.error.message, "no room");
  EXPECT_EQ(tasks_.get("t1"), task);
  EXPECT_THAT(executor_->log, ElementsAre("start t1 attempt 1")) << "nothing was delivered";
  EXPECT_THAT(woken(), ElementsAre("t1 failed"));
}

TEST_F(Seed004SessionTasks, AnExecutorThatThrowsWhenAllIsDoneChangesNothing) {
  executor_->on_start = [](const SessionTask&, TaskSink& sink) {
    sink.state(succeeded, {});
    throw std::runtime_error("afterwards");
  };
  add("t1", queued);
  const SessionTask task = tasks_.start("t1");
  EXPECT_EQ(task.state, succeeded);
  EXPECT_EQ(task.error, TaskError{});
}

TEST_F(Seed004SessionTasks, TheExecutorIsCalledWithoutALockAfterTheFilesAreWritten) {
  executor_->on_start = [this](const SessionTask& task, TaskSink& sink) {
    EXPECT_EQ(tasks_.get("t1"), task);
    EXPECT_EQ(events().back()["data"]["state"], "running");
    std::thread([&] { sink.progress({.current = 1}); }).join();  // would wait for the lock
  };
  executor_->on_deliver = [this](const SessionTask&, const TaskMessage& message) {
    EXPECT_EQ(tasks_.messages("t1").back(), message);
    std::thread([&] { tasks_.heartbeat("t1", 1); }).join();
  };
  executor_->on_cancel = [this](const SessionTask& task) {
    EXPECT_TRUE(task.cancel_requested_at);
    std::thread([&] { tasks_.update("t1", 1, {.state = cancelled}); }).join();
  };
  add("t1", queued);
  EXPECT_EQ(tasks_.start("t1").progress.current, 1);
  say("t1", "hello");
  EXPECT_EQ(tasks_.request_cancel("t1").state, cancelled);
}

TEST_F(Seed004SessionTasks, MessagesFromBeforeTheStartAreDeliveredBehindIt) {
  add("t1", queued);
  say("t1", "one");
  say("t1", "an answer", MessageDirection::outbound);
  say("t1", "two");
  EXPECT_THAT(executor_->log, IsEmpty());
  tasks_.start("t1");
  say("t1", "three");
  tasks_.update("t1", 1, {.state = succeeded});
  say("t1", "four");
  EXPECT_THAT(executor_->log, ElementsAre("start t1 attempt 1", "deliver t1 one", "deliver t1 two",
                                          "deliver t1 three"));
  EXPECT_EQ(tasks_.messages("t1").size(), 5U);
}

TEST_F(Seed004SessionTasks, ADeliveryOrACancelThatFailsIsAnEventAndTheRestStands) {
  executor_->on_deliver = [](const SessionTask&, const TaskMessage&) {
    throw std::runtime_error("deaf");
  };
  executor_->on_cancel = [](const SessionTask&) { throw std::runtime_error("stubborn"); };
  add("t1", queued);
  tasks_.start("t1");
  const TaskMessage message = say("t1", "hello");
  EXPECT_THAT(tasks_.messages("t1"), ElementsAre(message));
  EXPECT_EQ(events().back()["type"], "error");
  EXPECT_THAT(events().back()["message"].get<std::string>(), HasSubstr("deaf"));
  EXPECT_TRUE(tasks_.request_cancel("t1").cancel_requested_at);
  EXPECT_THAT(events().back()["message"].get<std::string>(), HasSubstr("stubborn"));
  EXPECT_EQ(state_of("t1"), running);
}

TEST_F(Seed004SessionTasks, ACancelIsAskedForAndTheWorkMayStillSucceed) {
  add("t1", queued);
  tasks_.start("t1");
  const Timestamp first = clock_.now();
  EXPECT_EQ(tasks_.request_cancel("t1").cancel_requested_at, first);
  clock_.advance(1000);
  const SessionTask again = tasks_.request_cancel("t1");
  EXPECT_EQ(again.cancel_requested_at, first);
  EXPECT_EQ(again.state, running);
  EXPECT_THAT(executor_->log, ElementsAre("start t1 attempt 1", "cancel t1", "cancel t1"));
  EXPECT_THAT(event_types(), ElementsAre("task.created", "task.updated", "task.updated"));
  executor_->sinks.at(0)->state(succeeded, {});
  EXPECT_EQ(state_of("t1"), succeeded);
  tasks_.request_cancel("t1");
  EXPECT_EQ(executor_->log.size(), 3U) << "what has ended is not cancelled";
}

TEST_F(Seed004SessionTasks, AQueuedTaskIsCancelledAtOnce) {
  add("t1", queued, WakePolicy::on_terminal);
  const SessionTask task = tasks_.request_cancel("t1");
  EXPECT_EQ(task.state, cancelled);
  EXPECT_EQ(task.cancel_requested_at, clock_.now());
  EXPECT_EQ(task.finished_at, clock_.now());
  EXPECT_THAT(executor_->log, IsEmpty());
  EXPECT_THAT(woken(), ElementsAre("t1 cancelled"));
}

TEST_F(Seed004SessionTasks, ReconcilingAsksTheExecutorsAndFailsWhatNobodyKnows) {
  executor_->on_reconcile = [](const SessionTask& task) {
    if (task.id == "resumable") return TaskStanding::resumable;
    if (task.id == "puzzling") throw std::runtime_error("the line is dead");
    return task.id == "unknown" ? TaskStanding::unknown : TaskStanding::running;
  };
  for (const char* id : {"alive", "puzzling", "resumable", "unknown"}) {
    add(id, running, WakePolicy::on_terminal);
  }
  ask("resumable", "r1");
  add("still_queued", queued);
  add("ended");
  tasks_.update("ended", 1, {.state = succeeded});
  tasks_.create({.kind = "monitor", .id = "without_executor", .state = running});
  const auto alive = snapshot(task_json("alive"));
  clock_.advance(1000);

  std::vector<std::string> changed;
  for (const SessionTask& task : tasks_.reconcile({.worker_id = "w2"})) changed.push_back(task.id);

  EXPECT_THAT(changed, ElementsAre("resumable", "unknown", "without_executor"));
  EXPECT_EQ(snapshot(task_json("alive")), alive);
  EXPECT_EQ(state_of("puzzling"), running);
  EXPECT_EQ(state_of("still_queued"), queued);
  EXPECT_EQ(state_of("ended"), succeeded);
  for (const char* id : {"unknown", "without_executor"}) {
    const SessionTask orphan = tasks_.get(id);
    EXPECT_EQ(orphan.state, failed);
    EXPECT_EQ(orphan.error.kind, kTaskErrorOrphaned);
    EXPECT_THAT(*orphan.error.message, HasSubstr(orphan.kind));
    EXPECT_EQ(orphan.finished_at, clock_.now());
    EXPECT_THROW(tasks_.update(id, 1, {.summary = "from the dead"}), SupersededError);
  }
  const SessionTask resumed = tasks_.get("resumable");
  EXPECT_EQ(resumed.state, awaiting_input);
  EXPECT_EQ(resumed.attempt, 2);
  EXPECT_EQ(resumed.worker_id, "w2");
  executor_->sinks.at(0)->progress({.current = 1});
  EXPECT_THROW(tasks_.heartbeat("resumable", 1), SupersededError);
  EXPECT_THAT(executor_->log,
              ElementsAre("reconcile alive", "reconcile puzzling", "reconcile resumable",
                          "start resumable attempt 2", "reconcile unknown"));
  EXPECT_THAT(woken(), ElementsAre("unknown failed", "without_executor failed"));
}

TEST_F(Seed004SessionTasks, ReconcilingLeavesATaskToAWorkerThatGaveASignOfLife) {
  add("beating");
  add("silent");
  tasks_.heartbeat("silent", 1);
  clock_.advance(61'000);
  tasks_.heartbeat("beating", 1);
  add("new");
  EXPECT_EQ(tasks_.reconcile({.patience_ms = 60'000}).size(), 1U);
  EXPECT_EQ(state_of("silent"), failed);
  EXPECT_EQ(state_of("beating"), running);
  EXPECT_EQ(state_of("new"), running);
  EXPECT_EQ(tasks_.reconcile().size(), 2U);
}

TEST_F(Seed004SessionTasks, ATaskThatAnotherTookOrThatEndedMeanwhileIsNotReconciled) {
  for (const TaskStanding standing : {TaskStanding::unknown, TaskStanding::resumable}) {
    executor_->on_reconcile = [&](const SessionTask& task) {
      if (task.attempt == 1) tasks_.begin_attempt(task.id, "faster");
      if (task.attempt == 2) tasks_.update(task.id, 2, {.state = succeeded});
      return standing;
    };
    const std::string id = standing == TaskStanding::unknown ? "t1" : "t2";
    add(id);
    EXPECT_THAT(tasks_.reconcile(), IsEmpty());
    EXPECT_EQ(tasks_.get(id).worker_id, "faster");
    EXPECT_EQ(tasks_.get(id).attempt, 2);
    EXPECT_THAT(tasks_.reconcile(), IsEmpty());
    EXPECT_EQ(state_of(id), succeeded);
    EXPECT_EQ(tasks_.get(id).attempt, 2);
  }
  EXPECT_THAT(executor_->sinks, IsEmpty());
}

TEST_F(Seed004SessionTasks, AResumedTaskThatIsRefusedFailsAsRejected) {
  executor_->on_reconcile = [](const SessionTask&) { return TaskStanding::resumable; };
  executor_->on_start = [](const SessionTask&, TaskSink&) { throw std::runtime_error("full"); };
  add("t1");
  ASSERT_EQ(tasks_.reconcile().size(), 1U);
  EXPECT_EQ(state_of("t1"), failed);
  EXPECT_EQ(tasks_.get("t1").error.kind, kTaskErrorRejected);
}

}  // namespace
}  // namespace tain
