#include "core/state/execution_queue.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/execution_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read;
using testing::Seed003ExecutionQueue;
using testing::snapshot;
using ::testing::ThrowsMessage;
using enum ExecutionStatus;

TEST_F(Seed003ExecutionQueue, WhatIsQueuedIsWhatItsFileSays) {
  const Execution queued = queue().enqueue({.task_id = "t1",
                                            .agent = "codex",
                                            .capability_key = "build",
                                            .args = {{"target", "all"}},
                                            .prompt = "go",
                                            .requested_by = "ann",
                                            .max_retries = 2});
  EXPECT_THAT(queued.id, ::testing::StartsWith("exec_"));
  EXPECT_EQ(queued.status, ExecutionStatus::queued);
  EXPECT_EQ(queued.mode, InteractionMode::template_mode);
  EXPECT_EQ(queued.created_at, clock_.now());
  EXPECT_EQ(queue().get(queued.id), queued);
  EXPECT_EQ(queue().get({queued.id, "t1"}), queued);

  const Json event = timeline("t1").back();
  EXPECT_EQ(event["type"], "execution.queued");
  EXPECT_EQ(event["task_id"], "t1");
  EXPECT_EQ(event["actor"], (Json{{"type", "user"}, {"id", "ann"}}));
  EXPECT_EQ(
      event["data"],
      (Json{{"execution_id", queued.id}, {"agent_id", "codex"}, {"capability_key", "build"}}));
}

TEST_F(Seed003ExecutionQueue, TheModeIsTheCapabilitysWhenItWasQueued) {
  enqueue("e1");
  agents().update_capability("codex", "ask", [](Capability& capability) {
    capability.interaction_mode = InteractionMode::template_mode;
    capability.command_tokens = {{"ask"}};
  });
  EXPECT_EQ(get("e1").mode, InteractionMode::prompt_mode);
}

TEST_F(Seed003ExecutionQueue, AnAgentNamedByItsSlugIsStoredByItsId) {
  agents().register_agent(
      {.id = "agent_7",
       .name = "Seven",
       .slug = "seven",
       .capabilities = {{.key = "ask", .interaction_mode = InteractionMode::prompt_mode}}});
  EXPECT_EQ(enqueue("e1", "seven").agent_id, "agent_7");
  EXPECT_EQ(queue().list({.agent = "seven"}).entities.size(), 1u);
  EXPECT_EQ(queue().list({.agent = "agent_7"}).entities.size(), 1u);
  EXPECT_EQ(claim(), "e1");
}

TEST_F(Seed003ExecutionQueue, WhatIsMissingOrWrongIsNamedAndNothingIsQueued) {
  agents().update_capability("codex", "build", [](Capability& c) { c.is_enabled = false; });
  enqueue("e1");
  const auto enqueue_changed = [&](const std::function<void(NewExecution&)>& change) {
    NewExecution fresh{.task_id = "t1", .agent = "codex", .capability_key = "ask"};
    change(fresh);
    return [this, fresh] { queue().enqueue(fresh); };
  };
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.task_id = "t9"; }),
              ThrowsMessage<NotFoundError>(HasSubstr("t9")));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.task_id = "../t1"; }),
              ThrowsMessage<InvalidArgument>(HasSubstr("../t1")));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.agent = "gemini"; }),
              ThrowsMessage<NotFoundError>(AllOf(HasSubstr("gemini"), HasSubstr("codex"))));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.capability_key = "sing"; }),
              ThrowsMessage<NotFoundError>(AllOf(HasSubstr("sing"), HasSubstr("codex"))));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.capability_key = "build"; }),
              ThrowsMessage<InvalidArgument>(AllOf(HasSubstr("build"), HasSubstr("codex"))));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.parent_execution_id = "e9"; }),
              ThrowsMessage<NotFoundError>(HasSubstr("e9")));
  EXPECT_THAT(enqueue_changed([](auto& fresh) { fresh.id = "a/b"; }),
              ThrowsMessage<InvalidArgument>(HasSubstr("a/b")));
  EXPECT_THROW(enqueue_changed([](auto& fresh) { fresh.args = 5; })(), InvalidArgument);
  EXPECT_THROW(enqueue_changed([](auto& fresh) { fresh.max_retries = -1; })(), InvalidArgument);
  EXPECT_EQ(queue().list().entities.size(), 1u);
}

TEST_F(Seed003ExecutionQueue, AnIdIsGivenOnceInAProject) {
  enqueue("e1");
  create_task("t2");
  const auto before = snapshot(file_of("e1"));
  EXPECT_THROW(enqueue("e1"), AlreadyExistsError);
  EXPECT_THROW(
      queue().enqueue({.task_id = "t2", .agent = "codex", .capability_key = "ask", .id = "e1"}),
      AlreadyExistsError);
  EXPECT_EQ(snapshot(file_of("e1")), before);
  EXPECT_EQ(queue().list().entities.size(), 1u);
  EXPECT_THAT(history("e1"), ElementsAre("queued"));
}

TEST_F(Seed003ExecutionQueue, AContinuationNamesTheOneBefore) {
  enqueue("e1");
  const Execution next = queue().enqueue(
      {.task_id = "t1", .agent = "codex", .capability_key = "ask", .parent_execution_id = "e1"});
  EXPECT_EQ(get(next.id).parent_execution_id, "e1");
}

TEST_F(Seed003ExecutionQueue, AHeartbeatTellsTheWorkerThatItShouldCancel) {
  enqueue("e1");
  claim();
  clock_.advance(30'000);
  EXPECT_EQ(queue().heartbeat("e1", "w1").status, running);
  EXPECT_EQ(get("e1").heartbeat_at, clock_.now());
  queue().request_cancel("e1");
  EXPECT_EQ(queue().heartbeat("e1", "w1").status, cancelling);
  EXPECT_EQ(workers().find("w1")->last_seen_at, clock_.now());
  EXPECT_THAT(history("e1"), ElementsAre("queued", "running", "cancelling"));
}

TEST_F(Seed003ExecutionQueue, AWorkerWritesWhatItLearns) {
  enqueue("e1");
  claim();
  clock_.advance(5);
  queue().update("e1", "w1", {.pid = 42, .session_ref = "s", .tmux_session_name = "t"});
  queue().update("e1", "w1", {.log = LogDetails{.file_path = "l", .byte_size = 10}});
  const Execution now = get("e1");
  EXPECT_EQ(now.pid, 42);
  EXPECT_EQ(now.session_ref, "s");
  EXPECT_EQ(now.tmux_session_name, "t");
  EXPECT_EQ(now.log, (ExecutionLog{"l", 10, 0, clock_.now()}));
  EXPECT_EQ(now.heartbeat_at, clock_.now());
}

TEST_F(Seed003ExecutionQueue, FinishingSaysHowItEnded) {
  enqueue("e1");
  claim();
  clock_.advance(5);
  queue().finish({"e1", "t1"}, "w1", failed, {.exit_code = 3, .error = "no"});
  const Execution over = get("e1");
  EXPECT_EQ(over.status, failed);
  EXPECT_EQ(over.ended_at, clock_.now());
  EXPECT_EQ(over.exit_code, 3);
  EXPECT_EQ(over.error, "no");
  EXPECT_EQ(over.worker_id, "w1");
  EXPECT_EQ(timeline("t1").back()["data"], (Json{{"execution_id", "e1"},
                                                 {"agent_id", "codex"},
                                                 {"capability_key", "ask"},
                                                 {"worker_id", "w1"},
                                                 {"exit_code", 3},
                                                 {"error", "no"}}));
}

TEST_F(Seed003ExecutionQueue, AWorkerThatWasReplacedWritesNothing) {
  enqueue("e1", "codex", 1);
  claim("w1");
  queue().finish("e1", "w1", failed);
  queue().retry("e1");
  const auto heartbeat = [&] { queue().heartbeat("e1", "w1"); };
  EXPECT_THAT(heartbeat, ThrowsMessage<SupersededError>(AllOf(HasSubstr("w1"), HasSubstr("e1"))));
  claim("w2");
  const auto before = snapshot(file_of("e1"));
  EXPECT_THAT(heartbeat, ThrowsMessage<SupersededError>(AllOf(HasSubstr("w1"), HasSubstr("w2"))));
  EXPECT_THROW(queue().update("e1", "w1", {.pid = 1}), SupersededError);
  EXPECT_THROW(queue().finish("e1", "w1", succeeded), SupersededError);
  EXPECT_EQ(snapshot(file_of("e1")), before);
  EXPECT_EQ(timeline("t1").back()["type"], "execution.running");
}

TEST_F(Seed003ExecutionQueue, WhatIsOverTakesNoHeartbeat) {
  enqueue("e1");
  claim();
  queue().finish("e1", "w1", succeeded);
  EXPECT_THROW(queue().heartbeat("e1", "w1"), SupersededError);
}

TEST_F(Seed003ExecutionQueue, RetriesEndWhenTheyAreUsed) {
  enqueue("e1", "codex", 2);
  for (int retry = 1; retry <= 2; ++retry) {
    ASSERT_EQ(claim(), "e1");
    queue().update("e1", "w1", {.pid = 42, .session_ref = "s"});
    queue().finish("e1", "w1", retry == 1 ? failed : timed_out, {.exit_code = 1, .error = "no"});
    Execution expected = get("e1");
    const Execution again = queue().retry("e1");
    expected.status = queued;
    expected.retry_count = retry;
    expected.worker_id = expected.error = std::nullopt;
    expected.started_at = expected.ended_at = expected.heartbeat_at = std::nullopt;
    expected.pid = expected.exit_code = std::nullopt;
    EXPECT_EQ(again, expected);
    EXPECT_EQ(get("e1"), expected);
  }
  claim();
  queue().finish("e1", "w1", failed);
  const auto before = snapshot(file_of("e1"));
  EXPECT_THAT([&] { queue().retry("e1"); },
              ThrowsMessage<InvalidTransition>(HasSubstr("2 retries")));
  EXPECT_EQ(snapshot(file_of("e1")), before);
  EXPECT_THAT(history("e1"), ElementsAre("queued", "running", "failed", "queued", "running",
                                         "timed_out", "queued", "running", "failed"));
}

TEST_F(Seed003ExecutionQueue, ACancelledOneInTheQueueIsOverAtOnce) {
  enqueue("e1");
  clock_.advance(5);
  EXPECT_EQ(queue().request_cancel("e1").status, cancelled);
  EXPECT_EQ(get("e1").ended_at, clock_.now());
  EXPECT_EQ(claim(), "");
}

TEST_F(Seed003ExecutionQueue, AListIsFiltered) {
  create_task("t2");
  register_agent("other", 1);
  enqueue("e2", "other");
  enqueue("e1");
  queue().enqueue({.task_id = "t2", .agent = "codex", .capability_key = "ask", .id = "e0"});
  claim("w1");
  const auto ids = [&](const ExecutionFilter& filter) {
    std::vector<std::string> found;
    for (const Execution& execution : queue().list(filter).entities) found.push_back(execution.id);
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("e2", "e0", "e1"));
  EXPECT_THAT(ids({.task_id = "t2"}), ElementsAre("e0"));
  EXPECT_THAT(ids({.agent = "other"}), ElementsAre("e2"));
  EXPECT_THAT(ids({.status = queued}), ElementsAre("e0", "e1"));
  EXPECT_THAT(ids({.worker_id = "w1"}), ElementsAre("e2"));
  EXPECT_THAT(ids({.agent = "nobody"}), IsEmpty());
  EXPECT_THROW(ids({.task_id = "../.."}), InvalidArgument);
}

TEST_F(Seed003ExecutionQueue, WhatIsNotThereIsNotFound) {
  EXPECT_THAT([&] { queue().get("e1"); }, ThrowsMessage<NotFoundError>(HasSubstr("e1")));
  enqueue("e1");
  create_task("t2");
  EXPECT_THROW(queue().get({"e1", "t2"}), NotFoundError);
  EXPECT_THROW(queue().get("../e1"), InvalidArgument);
  EXPECT_THROW(queue().claim_next("../w1"), InvalidArgument);
}

TEST_F(Seed003ExecutionQueue, WhatAFileHoldsBesideStaysThroughItsLife) {
  enqueue("e1");
  Json odd = Json::parse(read(file_of("e1")));
  odd["x_mine"] = {{"z", 1}, {"a", 2}};
  testing::write(file_of("e1"), odd.dump());
  claim();
  queue().finish("e1", "w1", succeeded);
  EXPECT_EQ(Json::parse(read(file_of("e1")))["x_mine"].dump(), R"({"z":1,"a":2})");
}

}  // namespace
}  // namespace tain
