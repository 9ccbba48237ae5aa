#include "core/model/session_task_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
class ApplyTaskUpdate : public ::testing::Test {
 protected:
  using enum SessionTaskState;
  static constexpr Timestamp kBegin{1'000};
  static constexpr Timestamp kLater{2'000};
  static constexpr Timestamp kLatest{3'000};

  static SessionTask task_in(SessionTaskState state) {
    SessionTask task;
    task.id = "t1";
    task.kind = "work";
    task.state = state;
    task.created_at = task.updated_at = kBegin;
    if (state == awaiting_input) task.input_request.id = "r1";
    return task;
  }
  static void apply(SessionTask& task, const SessionTaskUpdate& update, Timestamp now = kLater) {
    apply_task_update("task.json", task, update, now);
  }
  static SessionTaskUpdate content() {
    return {.progress = TaskProgress{.current = 3, .total = 4},
            .summary = "done",
            .result_path = "r.json",
            .artifacts = {{.name = "a"}},
            .error = TaskError{.kind = "timeout"},
            .links = TaskLinks{.child_session_id = "s2"}};
  }
  static void expect_content(const SessionTask& task) {
    EXPECT_EQ(task.progress.current, 3);
    EXPECT_EQ(task.summary, "done");
    EXPECT_EQ(task.result_path, "r.json");
    EXPECT_EQ(task.artifacts.size(), 1U);
    EXPECT_EQ(task.error.kind, kTaskErrorTimeout);
    EXPECT_EQ(task.links.child_session_id, "s2");
  }

  // Written from the domain's table, not from the code.
  const std::set<std::pair<SessionTaskState, SessionTaskState>> steps_ = {
      {queued, running},           {queued, failed},          {queued, cancelled},
      {running, succeeded},        {running, failed},         {running, cancelled},
      {running, awaiting_input},   {awaiting_input, running}, {awaiting_input, failed},
      {awaiting_input, cancelled},
  };
};

TEST_F(ApplyTaskUpdate, OfAllPairsOfStatesTheListedStepsAreTakenAndNoOthers) {
  int refused = 0;
  for (const auto& [from, from_word] : Vocabulary<SessionTaskState>::words) {
    for (const auto& [to, to_word] : Vocabulary<SessionTaskState>::words) {
      SCOPED_TRACE(::testing::Message() << from_word << " to " << to_word);
      SessionTask task = task_in(from);
      const SessionTask before = task;
      SessionTaskUpdate update = content();
      update.state = to;
      const bool final = from == succeeded || from == failed || from == cancelled;
      if (final || from == to) {
        apply(task, update);
        EXPECT_EQ(task.state, from);
        expect_content(task);
      } else if (steps_.count({from, to}) > 0) {
        apply(task, update);
        EXPECT_EQ(task.state, to);
        expect_content(task);
      } else {
        EXPECT_THROW(apply(task, update), InvalidTransition);
        EXPECT_EQ(task, before);
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 3 * 5 - 10);
}

TEST_F(ApplyTaskUpdate, ARefusalNamesThePathAndBothStates) {
  SessionTask task = task_in(queued);
  try {
    apply(task, {.state = succeeded});
    FAIL() << "allowed";
  } catch (const InvalidTransition& error) {
    EXPECT_EQ(error.path(), "task.json");
    EXPECT_EQ(error.from(), "queued");
    EXPECT_EQ(error.to(), "succeeded");
  }
}

TEST_F(ApplyTaskUpdate, WhatIsNotGivenStays) {
  SessionTask task = task_in(running);
  apply(task, content());
  task.state_detail = "busy";
  task.worker_id = "w1";
  SessionTask expected = task;
  expected.updated_at = kLatest;
  apply(task, {}, kLatest);
  EXPECT_EQ(task, expected);
}

TEST_F(ApplyTaskUpdate, AFinalTaskTakesContentAndNothingElse) {
  for (const SessionTaskState state : {succeeded, failed, cancelled}) {
    SessionTask task = task_in(state);
    task.finished_at = kBegin;
    SessionTaskUpdate update = content();
    update.state = running;
    update.state_detail = "still here";
    update.input_request = TaskInputRequest{.id = "r2"};
    update.worker_id = "w2";
    update.heartbeat_at = kLater;
    update.cancel_requested = true;
    update.new_attempt = true;
    SessionTask expected = task_in(state);
    expected.finished_at = kBegin;
    apply(expected, content());
    apply(task, update);
    EXPECT_EQ(task, expected);
    expect_content(task);
  }
}

TEST_F(ApplyTaskUpdate, LeavingTheQueueAndEndingAreStampedOnce) {
  SessionTask task = task_in(queued);
  apply(task, {.state_detail = "waiting"});
  EXPECT_FALSE(task.started_at);
  apply(task, {.state = running}, kLater);
  EXPECT_EQ(task.started_at, kLater);
  EXPECT_FALSE(task.finished_at);
  apply(task, {.state = succeeded}, kLatest);
  EXPECT_EQ(task.started_at, kLater);
  EXPECT_EQ(task.finished_at, kLatest);
  EXPECT_EQ(task.updated_at, kLatest);
  apply(task, {.state = failed}, {4'000});
  EXPECT_EQ(task.finished_at, kLatest);

  SessionTask never_ran = task_in(queued);
  apply(never_ran, {.state = cancelled});
  EXPECT_EQ(never_ran.started_at, kLater);
  EXPECT_EQ(never_ran.finished_at, kLater);
}

TEST_F(ApplyTaskUpdate, AnInputRequestForcesAwaitingInputWhateverTheStateSays) {
  SessionTask task = task_in(running);
  apply(task, {.state = succeeded, .input_request = TaskInputRequest{.id = "r1"}});
  EXPECT_EQ(task.state, awaiting_input);
  EXPECT_EQ(task.input_request.id, "r1");
  EXPECT_FALSE(task.finished_at);
  apply(task, {.input_request = TaskInputRequest{.id = "r2"}});
  EXPECT_EQ(task.state, awaiting_input);
  EXPECT_EQ(task.input_request.id, "r2") << "a later one takes the place of the first";
}

TEST_F(ApplyTaskUpdate, AQueuedTaskCanAskForNothing) {
  SessionTask task = task_in(queued);
  const SessionTask before = task;
  EXPECT_THROW(apply(task, {.input_request = TaskInputRequest{.id = "r1"}}), InvalidTransition);
  EXPECT_EQ(task, before);
}

TEST_F(ApplyTaskUpdate, LeavingAwaitingInputClearsTheRequestAndStayingKeepsIt) {
  for (const SessionTaskState next : {running, failed, cancelled}) {
    SessionTask task = task_in(awaiting_input);
    apply(task, {.state_detail = "still waiting"});
    EXPECT_EQ(task.input_request.id, "r1");
    apply(task, {.state = next});
    EXPECT_EQ(task.input_request, TaskInputRequest{});
  }
}

TEST_F(ApplyTaskUpdate, LinksMergeAndResourceIdsAreNotRepeated) {
  SessionTask task = task_in(running);
  apply(task, {.links = TaskLinks{.child_session_id = "s2", .resource_ids = {"a", "b"}}});
  apply(task, {.links = TaskLinks{.remote_task_id = "x", .resource_ids = {"b", "c", "c"}}});
  EXPECT_EQ(task.links.child_session_id, "s2");
  EXPECT_EQ(task.links.remote_task_id, "x");
  EXPECT_THAT(task.links.resource_ids, ElementsAre("a", "b", "c"));
}

TEST_F(ApplyTaskUpdate, AnArtifactTakesThePlaceOfTheOneWithItsName) {
  SessionTask task = task_in(running);
  apply(task, {.artifacts = {{.name = "report", .path = "a.md"}, {.name = "pr", .url = "u"}}});
  apply(task, {.artifacts = {{.name = "report", .path = "b.md"}, {.name = "log"}}});
  EXPECT_THAT(task.artifacts,
              ElementsAre(TaskArtifact{.name = "report", .path = "b.md"},
                          TaskArtifact{.name = "pr", .url = "u"}, TaskArtifact{.name = "log"}));
}

TEST_F(ApplyTaskUpdate, ACancelIsAFlagSetOnceAndTheWorkMaySucceed) {
  SessionTask task = task_in(running);
  apply(task, {.cancel_requested = true}, kLater);
  apply(task, {.cancel_requested = true}, kLatest);
  EXPECT_EQ(task.cancel_requested_at, kLater);
  EXPECT_EQ(task.state, running);
  apply(task, {.state = succeeded});
  EXPECT_EQ(task.state, succeeded);
  EXPECT_EQ(task.cancel_requested_at, kLater);
}

TEST_F(ApplyTaskUpdate, TheWorkerItsHeartbeatAndTheAttemptAreKept) {
  SessionTask task = task_in(awaiting_input);
  apply(task, {.worker_id = "w2", .heartbeat_at = kLater, .new_attempt = true});
  EXPECT_EQ(task.worker_id, "w2");
  EXPECT_EQ(task.heartbeat_at, kLater);
  EXPECT_EQ(task.attempt, 2);
  EXPECT_EQ(task.state, awaiting_input);
  EXPECT_EQ(task.input_request.id, "r1");
}

}  // namespace
}  // namespace tain
