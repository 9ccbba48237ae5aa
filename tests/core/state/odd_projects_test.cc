// What people, crashes and bad luck leave in a project, and what must not happen then.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"
#include "core/state/bookmarks.h"
#include "core/state/evaluations.h"
#include "core/state/tracer.h"
#include "tests/support/children.h"
#include "tests/support/execution_test.h"
#include "tests/support/session_task_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::run_in_processes;
using ::testing::SizeIs;
namespace fs = std::filesystem;

Json nested(std::size_t levels) {
  Json json = Json::object();
  for (std::size_t i = 1; i < levels; ++i) json = Json{{"a", std::move(json)}};
  return json;
}

class OddProjects : public testing::ExecutionTest {
 protected:
  // Takes the place of the task's events, so that none can be appended.
  void block_events(const std::string& task) {
    const fs::path events = events_file(task_directory(root_.path(), task));
    fs::remove(events);
    fs::create_directory(events);
  }
  Tracer tracer() { return Tracer(root_.path(), options()); }
};

// What is written has to be read again.

TEST_F(OddProjects, WhatIsNestedTooDeepToBeReadAgainIsRefused) {
  const std::string before = testing::read(task_file("t1"));
  EXPECT_THROW(store().update("t1", [](Task& task) { task.input_context.args = nested(511); }),
               InvalidArgument);
  EXPECT_EQ(testing::read(task_file("t1")), before);
  store().update("t1", [](Task& task) { task.input_context.args = nested(510); });
  EXPECT_EQ(store().get("t1").input_context.args, nested(510));
  EXPECT_THROW(store().append_event("t1", {.type = "log", .data = nested(512)}), InvalidArgument);
  agents().update("codex", [](Agent& agent) { agent.metadata = nested(511); });
  EXPECT_THROW(agents().update("codex", [](Agent& agent) { agent.metadata = nested(512); }),
               InvalidArgument);
  EXPECT_EQ(agents().find("codex").metadata, nested(511));
}

TEST_F(OddProjects, ATimeThatNobodyCanReadIsRefused) {
  const std::string before = testing::read(task_file("t1"));
  for (const std::int64_t ms :
       {std::int64_t{1'700'000'000'000'000},  // microseconds
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() / 2}) {
    EXPECT_THROW(store().update("t1", [&](Task& task) { task.due_at = Timestamp{ms}; }),
                 InvalidArgument)
        << ms;
  }
  EXPECT_EQ(testing::read(task_file("t1")), before);
}

// A change that is made is made, whatever becomes of its event.

TEST_F(OddProjects, AnExecutionThatIsClaimedReachesItsWorkerThoughItsEventCannotBeWritten) {
  enqueue("e1");
  enqueue("e2");
  block_events("t1");
  EXPECT_EQ(claim("w1"), "e1");
  EXPECT_EQ(status("e1"), ExecutionStatus::running);
  EXPECT_EQ(claim("w1"), "e2");
}

TEST_F(OddProjects, AReaperGoesOnThoughAnEventCannotBeWritten) {
  enqueue("e1");
  enqueue("e2");
  claim("w1");
  claim("w1");
  block_events("t1");
  clock_.advance(120'001);
  EXPECT_THAT(queue().reap_stale(), SizeIs(2));
  EXPECT_EQ(status("e1"), ExecutionStatus::failed);
  EXPECT_EQ(status("e2"), ExecutionStatus::failed);
}

TEST_F(OddProjects, WhoeverElseMakesAChangeLearnsThatItStands) {
  enqueue("e1");
  claim("w1");
  create_session("s1");
  block_events("t1");
  EXPECT_THROW(queue().finish({"e1", "t1"}, "w1", ExecutionStatus::succeeded), NotDurableError);
  EXPECT_EQ(status("e1"), ExecutionStatus::succeeded);
  EXPECT_THROW(store().set_status("t1", TaskStatus::in_progress), NotDurableError);
  EXPECT_EQ(store().get("t1").status, TaskStatus::in_progress);
  EXPECT_THROW(store().link("t1", "s1"), NotDurableError);
  EXPECT_THAT(store().get("t1").session_ids, ElementsAre("s1"));
}

TEST_F(OddProjects, AHeartbeatForAnExecutionThatIsNotTheWorkersLeavesNoTrace) {
  enqueue("e1");
  claim("w1");
  EXPECT_THROW(queue().heartbeat({"e1", "t1"}, "stranger"), SupersededError);
  EXPECT_EQ(workers().find("stranger"), std::nullopt);
}

TEST_F(OddProjects, WhatTwoLearnOfOneRunIsBothKept) {
  enqueue("e1");
  claim("w1");
  ASSERT_TRUE(run_in_processes(2, [&](int process) {
    for (int i = 1; i <= 20; ++i) {
      RunDetails details{.log = LogDetails{}};
      if (process == 0) details.log->byte_size = i;
      if (process == 1) details.log->line_count = i;
      queue().update({"e1", "t1"}, "w1", details);
    }
  }));
  EXPECT_EQ(get("e1").log.byte_size, 20);
  EXPECT_EQ(get("e1").log.line_count, 20);
  for (const RunDetails& wrong :
       {RunDetails{.pid = 0}, RunDetails{.log = LogDetails{.byte_size = -1}},
        RunDetails{.log = LogDetails{.line_count = -1}}}) {
    EXPECT_THROW(queue().update({"e1", "t1"}, "w1", wrong), InvalidArgument);
  }
}

// A project that goes, goes whole; and what is refused leaves nothing behind.

TEST_F(OddProjects, ACreationAndTheDeletionOfTheProjectAtOnceLeaveNoOrphan) {
  testing::TempDir other;
  int kept = 0;
  int deleted = 0;
  for (int round = 0; round < 100; ++round) {
    const fs::path root = other / std::to_string(round);
    create_project(root, {.name = "P"}, options());
    (void)run_in_processes(2, [&](int process) {
      if (process == 0) return delete_project(root, options());
      SessionOptions session_options;
      static_cast<ProjectOptions&>(session_options) = options();
      if (round % 2 == 0) {
        SessionStateManager::create(root, {.topic = "t", .id = "s1"}, session_options);
      } else {
        AgentRegistry(root, options()).register_agent({.name = "a", .slug = "a"});
      }
    });
    const bool has_project = fs::exists(project_file(root));
    const bool has_agent = fs::exists(agents_directory(root) / "a.json");
    // A session may also be made where there is no project, but then it is not that project's.
    const Json session =
        Json::parse(testing::read(session_directory(root, "s1") / kStateFile), nullptr, false);
    const bool has_session = session.is_object() && session.contains("project_id");
    EXPECT_TRUE(has_project || (!has_agent && !has_session)) << round;
    (has_project ? kept : deleted) += 1;
  }
  EXPECT_GT(deleted, 0);
  EXPECT_EQ(kept + deleted, 100);
}

TEST_F(OddProjects, ARefusedCreationLeavesNothingBehind) {
  const testing::TempDir other;
  EXPECT_THROW(create_project(other / "p", {.name = "\xff"}, options()), InvalidArgument);
  EXPECT_THAT(fs::exists(other / "p"), false);
  EXPECT_THROW(store().create({.title = "\xff", .id = "t2"}), InvalidArgument);
  EXPECT_FALSE(fs::exists(task_directory(root_.path(), "t2")));
  SessionOptions session_options;
  static_cast<ProjectOptions&>(session_options) = options();
  EXPECT_THROW(
      SessionStateManager::create(root_.path(), {.topic = "\xff", .id = "s1"}, session_options),
      InvalidArgument);
  EXPECT_FALSE(fs::exists(session_directory(root_.path(), "s1")));
  EXPECT_THROW(tracer().ensure_runtime_session(
                   {.runtime_source = "x", .runtime_session_id = "y", .title = "\xff"}),
               InvalidArgument);
  EXPECT_EQ(tracer().find("x", "y"), std::nullopt);
}

TEST_F(OddProjects, WhatACrashBeganAndPeopleLeftThereDoesNotKeepAProject) {
  const testing::TempDir other;
  create_project(other.path(), {.name = "P"}, options());
  fs::create_directories(task_directory(other.path(), "begun"));
  fs::create_directories(session_directory(other.path(), "begun"));
  testing::write(tasks_directory(other.path()) / "README.md", "notes");
  delete_project(other.path(), options());
  EXPECT_FALSE(fs::exists(project_file(other.path())));
  EXPECT_TRUE(fs::exists(tasks_directory(other.path()) / "README.md"));
}

// What dangles, and what is bad, is no obstacle to the rest.

TEST_F(OddProjects, ADependencyThatIsGoneIsNoObstacleToOtherChanges) {
  for (const char* id : {"t2", "t3", "t4"}) create_task(id);
  store().add_dependency("t1", "t2");
  store().add_dependency("t3", "t4");
  fs::remove_all(task_directory(root_.path(), "t2"));
  testing::write(task_file("t4"), "{");
  EXPECT_EQ(store().set_parent("t1", "t3").parent_id, "t3");
  EXPECT_THAT(store().add_dependency("t1", "t3").dependencies, ElementsAre("t2", "t3"));
  EXPECT_THROW(store().add_dependency("t1", "t2"), NotFoundError) << "a new one has to be there";
  testing::write(task_file("t2"), testing::read(task_file("t1")));
  EXPECT_EQ(store().set_parent("t1", std::nullopt).parent_id, std::nullopt);
}

TEST_F(OddProjects, ACopiedTaskDoesNotTakeTheOriginalsExecutionsAway) {
  enqueue("e1");
  fs::copy(task_directory(root_.path(), "t1"), task_directory(root_.path(), "a-copy"),
           fs::copy_options::recursive);
  EXPECT_EQ(claim("w1"), "e1");
  EXPECT_EQ(queue().heartbeat("e1", "w1").task_id, "t1");
  EXPECT_EQ(queue().finish("e1", "w1", ExecutionStatus::succeeded).status,
            ExecutionStatus::succeeded);
}

TEST_F(OddProjects, ASessionWhoseFileIsBadDoesNotKeepItsTaskFromComingToRest) {
  const auto runtime = [](const std::string& id) {
    return RuntimeSession{.runtime_source = "r", .runtime_session_id = id, .title = "T"};
  };
  const RuntimeBinding x = tracer().ensure_runtime_session(runtime("x"));
  RuntimeSession second = runtime("y");
  second.task_id = x.task_id;
  const RuntimeBinding y = tracer().ensure_runtime_session(second);
  testing::write(session_directory(root_.path(), x.session_id) / kStateFile, "{");
  tracer().end_session(y.session_id, EndReason::idle, true);
  EXPECT_EQ(store().get(x.task_id).status, TaskStatus::completed);
  EXPECT_NE(tracer().ensure_runtime_session(runtime("x")).session_id, x.session_id);
}

TEST_F(OddProjects, AnEvaluationKeepsWhatAChangeDoesNotSay) {
  evaluate(root_.path(), {.task_id = "t1", .rating = Rating::good, .use_case = "U"}, options());
  evaluate(
      root_.path(), "t1", [](Evaluation& evaluation) { evaluation.watchouts = "W"; }, options());
  const auto kept = find_evaluation(root_.path(), "t1");
  EXPECT_EQ(kept->use_case, "U");
  EXPECT_EQ(kept->watchouts, "W");
  evaluate(root_.path(), {.task_id = "t1", .rating = Rating::skip}, options());
  EXPECT_EQ(find_evaluation(root_.path(), "t1")->use_case, std::nullopt) << "in its place";
}

class OddConversations : public testing::Seed004SessionTasks {};

TEST_F(OddConversations, ALineThatIsNoMessageCostsOnlyItself) {
  add("j1");
  say("j1", "first");
  std::ofstream(directory("j1") / kMessagesFile, std::ios::app) << "{}\n[]\n\"x\"\n";
  say("j1", "second");
  EXPECT_THAT(tasks_.messages("j1"), SizeIs(2));
}

TEST_F(OddConversations, AReportKeepsWhatItDoesNotSay) {
  add("j1");
  tasks_.update("j1", 1,
                {.progress = TaskProgress{.current = 3, .total = 12, .unit = "pages"},
                 .error = TaskError{.kind = "timeout", .message = "slow"}});
  tasks_.update("j1", 1,
                {.progress = TaskProgress{.current = 4}, .error = TaskError{.message = "slower"}});
  const SessionTask task = tasks_.get("j1");
  EXPECT_EQ(task.progress, (TaskProgress{.current = 4, .total = 12, .unit = "pages"}));
  EXPECT_EQ(task.error, (TaskError{.kind = "timeout", .message = "slower"}));
}

}  // namespace
}  // namespace tain
