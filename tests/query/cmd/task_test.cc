// `tain project|task|bookmark|evaluate`, and `tain ls --from-files`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fs/paths.h"
#include "core/state/bookmarks.h"
#include "core/state/evaluations.h"
#include "core/state/project_store.h"
#include "core/state/task_store.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TaskCommand : public ::testing::Test {
 protected:
  TaskCommand() { ok({"project", "new", root_, "--name", "Rocket", "--id", "p1"}); }

  Outcome tain(std::vector<std::string> arguments) {
    if (arguments[0] != "project" || arguments[1] != "new") {
      arguments.insert(arguments.end(), {"--project", root_});
    }
    if (arguments[0] == "ls") arguments.insert(arguments.end(), {"--db", directory_ / "no-mirror"});
    arguments.insert(arguments.end(), {"--socket", directory_ / "no-daemon"});
    return Tain{.clock = clock_.clock()}(arguments);
  }
  std::string ok(const std::vector<std::string>& arguments) {
    const Outcome outcome = tain(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out.substr(0, outcome.out.find_last_not_of('\n') + 1);
  }
  Json ok_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "json"});
    return Json::parse(ok(arguments));
  }
  std::string fails(const std::vector<std::string>& arguments, int status) {
    const Outcome outcome = tain(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }
  Task task(const std::string& id) {
    ProjectOptions options;
    options.notifier = SyncNotifier("");
    return TaskStore(root_, options).get(id);
  }

  testing::TempDir directory_;
  std::string root_ = directory_ / "rocket";
  testing::FakeClock clock_;
};

TEST_F(TaskCommand, NewWritesATaskWithAllThatIsGivenAndPrintsItsId) {
  ok({"task", "new", "First", "--id", "a"});
  const std::string id = ok({"task",
                             "new",
                             "Second",
                             "--parent",
                             "a",
                             "--depends-on",
                             "a",
                             "--priority",
                             "urgent",
                             "--description",
                             "d",
                             "--prompt",
                             "please",
                             "--assignee",
                             "claude",
                             "--owner",
                             "ann",
                             "--due",
                             "2026-12-24",
                             "--skill",
                             "cpp",
                             "--skill",
                             "sql",
                             "--agent",
                             "g",
                             "--working-dir",
                             "/src",
                             "--env",
                             R"({"A":"1"})",
                             "--args",
                             R"({"n":2})",
                             "--prompt-additions",
                             "be quick",
                             "--kind",
                             "background",
                             "--parent-session",
                             "s",
                             "--background-id",
                             "b1",
                             "--runtime",
                             "codex"});
  const Task made = task(id);
  EXPECT_EQ(made.title, "Second");
  EXPECT_EQ(made.parent_id, "a");
  EXPECT_THAT(made.dependencies, ElementsAre("a"));
  EXPECT_EQ(made.priority, TaskPriority::urgent);
  EXPECT_EQ(made.description, "d");
  EXPECT_EQ(made.initial_prompt, "please");
  EXPECT_EQ(made.assignee_agent_id, "claude");
  EXPECT_EQ(made.owner_id, "ann");
  EXPECT_EQ(made.due_at.value().ms, 1798070400000);
  EXPECT_THAT(made.skill_ids, ElementsAre("cpp", "sql"));
  EXPECT_THAT(made.agent_ids, ElementsAre("g"));
  EXPECT_EQ(made.input_context.working_dir, "/src");
  EXPECT_EQ(made.input_context.env_overrides, (Json{{"A", "1"}}));
  EXPECT_EQ(made.input_context.args, (Json{{"n", 2}}));
  EXPECT_EQ(made.input_context.prompt_additions, "be quick");
  EXPECT_EQ(made.kind, TaskKind::background);
  EXPECT_EQ(made.parent_session_id, "s");
  EXPECT_EQ(made.background_task_id, "b1");
  EXPECT_EQ(made.runtime_source, "codex");
}

TEST_F(TaskCommand, AnswersInJsonAreWhatTheFileHolds) {
  const Json made = ok_json({"task", "new", "First", "--id", "a"});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0], Json::parse(testing::read(task_directory(root_, "a") / kTaskFile)));
  EXPECT_EQ(ok_json({"task", "status", "a", "in_progress"})[0]["status"], "in_progress");
  EXPECT_EQ(ok_json({"task", "show", "a"})[0]["status"], "in_progress");
}

TEST_F(TaskCommand, TheTreeTheDependenciesAndTheSessionsChange) {
  ok({"task", "new", "A", "--id", "a"});
  ok({"task", "new", "B", "--id", "b"});
  EXPECT_EQ(ok({"session", "new", "--topic", "T", "--id", "s", "--task", "a"}), "s");
  EXPECT_THAT(task("a").session_ids, ElementsAre("s"));
  EXPECT_EQ(ok({"task", "link", "b", "s"}), "");
  ok({"task", "unlink", "a", "s"});
  ok({"task", "parent", "b", "a"});
  EXPECT_EQ(task("b").parent_id, "a");
  ok({"task", "parent", "b", "none"});
  ok({"task", "depend", "b", "a"});
  EXPECT_THAT(task("b").dependencies, ElementsAre("a"));
  ok({"task", "undepend", "b", "a"});
  ok({"task", "edit", "b", "--title", "Be", "--sort-order", "1500"});
  const Task b = task("b");
  EXPECT_TRUE(b.dependencies.empty());
  EXPECT_EQ(b.parent_id, std::nullopt);
  EXPECT_EQ(b.title, "Be");
  EXPECT_EQ(b.sort_order, 1500);
  EXPECT_THAT(b.session_ids, ElementsAre("s"));
  EXPECT_TRUE(task("a").session_ids.empty());
}

TEST_F(TaskCommand, Seed001ASessionSaysWhoStartedItAndWhy) {
  const Json session =
      ok_json({"session", "new", "--topic", "Worker", "--spawn-source", "orchestrator",
               "--spawned-by", "sess_1", "--spawn-reason", "Delegation", "--skill",
               "maestro-worker", "--env", R"({"A":"1"})", "--context", R"({"overview":"o"})"})[0];
  EXPECT_EQ(session["metadata"], Json::parse(R"({"skills":["maestro-worker"],
    "spawn_source":"orchestrator","spawned_by":"sess_1","spawn_reason":"Delegation",
    "context":{"overview":"o"}})"));
  EXPECT_EQ(session["env"], (Json{{"A", "1"}}));
  EXPECT_EQ(ok_json({"ls", "sessions", "--from-files"})[0]["spawned_by"], "sess_1");
}

TEST_F(TaskCommand, WhatIsRefusedSaysWhyAndHasAnExitStatus) {
  ok({"task", "new", "A", "--id", "a"});
  ok({"task", "new", "B", "--id", "b", "--depends-on", "a"});
  EXPECT_THAT(fails({"task", "depend", "a", "b"}, kFailed), HasSubstr("a → b → a"));
  EXPECT_THAT(fails({"task", "parent", "a", "a"}, kFailed), HasSubstr("a → a"));
  EXPECT_THAT(fails({"task", "status", "a", "completed"}, kFailed),
              HasSubstr("cannot go from pending to completed"));
  EXPECT_THAT(fails({"task", "status", "a", "done"}, kMisused), HasSubstr("in_progress"));
  EXPECT_THAT(fails({"task", "link", "a", "nobody"}, kFailed), HasSubstr("no session nobody"));
  EXPECT_THAT(fails({"task", "show", "gone"}, kFailed), HasSubstr("no task gone"));
  EXPECT_THAT(fails({"task", "new", "C", "--due", "soon"}, kMisused), HasSubstr("--due"));
  EXPECT_THAT(fails({"session", "new", "--topic", "T", "--task", "gone"}, kFailed),
              HasSubstr("no task gone"));
  EXPECT_FALSE(std::filesystem::exists(sessions_directory(root_)));
  EXPECT_THAT(fails({"project", "delete"}, kFailed), HasSubstr("p1 has 2 tasks (a, b)"));
}

TEST_F(TaskCommand, AnEventGoesToTheTimelineOfItsTask) {
  ok({"task", "new", "A", "--id", "a"});
  const Json event = ok_json({"task", "event", "a", "milestone", "--message", "half", "--session",
                              "s", "--cost", "0.5"})[0];
  EXPECT_EQ(event["task_id"], "a");
  EXPECT_EQ(event["session_id"], "s");
  EXPECT_EQ(event["lane"], "planning");
  EXPECT_EQ(event["usage"]["cost_usd"], 0.5);
  EXPECT_THAT(testing::read(events_file(task_directory(root_, "a"))), HasSubstr(event["id"]));
}

TEST_F(TaskCommand, BookmarksAndEvaluationsAreWritten) {
  ok({"task", "new", "A", "--id", "a"});
  const std::string bookmark =
      ok({"bookmark", "add", "a", "--note", "n", "--metadata", "{\"x\":1}"});
  EXPECT_EQ(list_bookmarks(root_).entities.at(0).id, bookmark);
  ok({"bookmark", "remove", bookmark});
  EXPECT_TRUE(list_bookmarks(root_).entities.empty());
  ok({"evaluate", "a", "good", "--use-case", "u", "--tag", "x", "--outcome", "o", "--approach", "p",
      "--reuse-when", "r", "--watchouts", "w"});
  const Evaluation made = find_evaluation(root_, "a").value();
  EXPECT_EQ(made.rating, Rating::good);
  EXPECT_EQ(made.use_case, "u");
  EXPECT_THAT(made.workflow_tags, ElementsAre("x"));
  EXPECT_EQ(made.outcome_note, "o");
  EXPECT_EQ(made.approach_note, "p");
  EXPECT_EQ(made.reuse_when, "r");
  EXPECT_EQ(made.watchouts, "w");
  EXPECT_THAT(fails({"evaluate", "a", "bad"}, kMisused), HasSubstr("good or skip"));
}

TEST_F(TaskCommand, AProjectIsShownChangedAndDeleted) {
  EXPECT_THAT(ok({"project", "show"}), HasSubstr("Rocket"));
  EXPECT_EQ(ok_json({"project", "edit", "--name", "R2"})[0]["name"], "R2");
  EXPECT_THAT(fails({"project", "edit"}, kMisused), HasSubstr("--name"));
  ok({"project", "delete"});
  EXPECT_FALSE(std::filesystem::exists(project_directory(root_)));
}

TEST_F(TaskCommand, AListFromTheFilesNamesWhatItCouldNotRead) {
  ok({"task", "new", "A", "--id", "a"});
  ok({"task", "new", "B", "--id", "b"});
  testing::write(task_directory(root_, "a") / kTaskFile, "{");
  const Outcome outcome = tain({"ls", "tasks", "--from-files", "--format", "csv"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("\nRocket,b,p1,"));
  EXPECT_THAT(outcome.err, ::testing::AllOf(HasSubstr("skipped"), HasSubstr("a/task.json")));
}

TEST_F(TaskCommand, AListForPeopleHasFewColumnsAndReadableTimes) {
  ok({"task", "new", "Do it", "--id", "a"});
  EXPECT_EQ(ok({"ls", "tasks", "--from-files", "--format", "markdown"}),
            "| project | id | title | status | priority | parent_id | assignee_agent_id | "
            "updated_at |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"
            "| Rocket | a | Do it | pending | medium | NULL | NULL | 2026-02-16T12:00:00.000Z |");
  EXPECT_EQ(ok_json({"ls", "tasks", "--from-files"})[0]["created_at"], 1771243200000);
}

TEST_F(TaskCommand, AListRefusesAWordThatItsFilterDoesNotKnow) {
  EXPECT_THAT(fails({"ls", "tasks", "--from-files", "--status", "done"}, kMisused),
              HasSubstr("pending, in_progress"));
  EXPECT_THAT(fails({"ls", "taks"}, kMisused), HasSubstr("did you mean tasks?"));
}

}  // namespace
}  // namespace tain::query
