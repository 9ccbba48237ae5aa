#include "core/state/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/state/bookmarks.h"
#include "core/state/evaluations.h"
#include "tests/support/children.h"
#include "tests/support/dying_file_system.h"
#include "tests/support/project_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Seed000Tracer : public testing::ProjectTest {
 protected:
  Tracer tracer() { return Tracer(root_.path(), options()); }
  static RuntimeSession claude(const std::string& id) {
    return {.runtime_source = "claude-code", .runtime_session_id = id, .title = "Update the docs"};
  }
  TaskStatus status_of(const std::string& task) { return store().get(task).status; }
};

TEST_F(Seed000Tracer, ARuntimeSessionHasATaskAndASessionFromTheFirstCall) {
  const RuntimeBinding binding = tracer().ensure_runtime_session(claude("c1"));
  const Task task = store().get(binding.task_id);
  EXPECT_EQ(task.title, "Update the docs");
  EXPECT_EQ(task.status, TaskStatus::in_progress);
  EXPECT_EQ(task.runtime_source, "claude-code");
  EXPECT_THAT(task.session_ids, ElementsAre(binding.session_id));
  const Session session = open_session(binding.session_id).state();
  EXPECT_THAT(session.task_ids, ElementsAre(task.id));
  EXPECT_EQ(session.runtime.source, "claude-code");
  EXPECT_EQ(session.runtime.session_id, "c1");
  EXPECT_EQ(tracer().ensure_runtime_session(claude("c1")), binding);
  EXPECT_EQ(tracer().find("claude-code", "c1"), binding);
  EXPECT_EQ(tracer().find("codex", "c1"), std::nullopt);
}

TEST_F(Seed000Tracer, ATaskOutlivesItsBindings) {
  const RuntimeBinding first = tracer().ensure_runtime_session(claude("c1"));
  tracer().end_session(first.session_id, EndReason::idle);
  clock_.advance(1);
  const RuntimeBinding second = tracer().ensure_runtime_session(claude("c1"));
  EXPECT_EQ(second.task_id, first.task_id);
  EXPECT_NE(second.session_id, first.session_id);
  EXPECT_EQ(status_of(first.task_id), TaskStatus::in_progress);
  std::filesystem::remove_all(bindings_directory(root_.path(), "claude-code"));
  RuntimeSession again = claude("c9");
  again.task_id = first.task_id;
  EXPECT_EQ(tracer().ensure_runtime_session(again).task_id, first.task_id);
  EXPECT_THAT(store().list().entities, SizeIs(1));
  EXPECT_THAT(store().get(first.task_id).session_ids, SizeIs(3));
}

TEST_F(Seed000Tracer, EightProcessesThatMeetOneRuntimeSessionMakeOneTaskAndOneSession) {
  EXPECT_TRUE(
      testing::run_in_processes(8, [&](int) { tracer().ensure_runtime_session(claude("c1")); }));
  EXPECT_THAT(store().list().entities, SizeIs(1));
  EXPECT_THAT(list_sessions(root_.path(), {}, options()).entities, SizeIs(1));
}

TEST_F(Seed000Tracer, WhatACrashLeavesUndoneTheNextCallDoes) {
  int crashes = 0;
  for (int nth = 1;; ++nth) {
    const std::string id = "c" + std::to_string(nth);
    const pid_t child = ::fork();
    if (child == 0) {
      testing::DyingFileSystem dying(nth);
      ProjectOptions dying_options = options();
      dying_options.file_system = &dying;
      Tracer(root_.path(), dying_options).ensure_runtime_session(claude(id));
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const RuntimeBinding binding = tracer().ensure_runtime_session(claude(id));
    EXPECT_EQ(status_of(binding.task_id), TaskStatus::in_progress);
    EXPECT_THAT(store().get(binding.task_id).session_ids, ElementsAre(binding.session_id));
    EXPECT_THAT(open_session(binding.session_id).state().task_ids, ElementsAre(binding.task_id));
    EXPECT_THAT(store().list().entities, SizeIs(nth));
    if (status == 0) break;
    ++crashes;
  }
  EXPECT_GE(crashes, 15);
}

TEST_F(Seed000Tracer, ABackgroundTaskIsCompletedWhenItsLastRunningSessionEnds) {
  const RuntimeBinding primary = tracer().ensure_runtime_session(claude("main"));
  RuntimeSession background = claude("sub");
  background.kind = TaskKind::background;
  background.parent_id = primary.task_id;
  background.parent_session_id = primary.session_id;
  const RuntimeBinding first = tracer().ensure_runtime_session(background);
  background.runtime_session_id = "sub2";
  background.task_id = first.task_id;
  const RuntimeBinding second = tracer().ensure_runtime_session(background);
  tracer().end_session(first.session_id, EndReason::idle);
  EXPECT_EQ(status_of(first.task_id), TaskStatus::in_progress);
  tracer().end_session(second.session_id, EndReason::assistant_turn_complete);
  EXPECT_EQ(status_of(first.task_id), TaskStatus::completed);
  EXPECT_EQ(store().get(first.task_id).parent_session_id, primary.session_id);
}

TEST_F(Seed000Tracer, APrimaryTaskWaitsWhileWorkBelowItGoesOn) {
  const RuntimeBinding primary = tracer().ensure_runtime_session(claude("main"));
  RuntimeSession background = claude("sub");
  background.kind = TaskKind::background;
  background.parent_id = primary.task_id;
  const RuntimeBinding sub = tracer().ensure_runtime_session(background);
  tracer().end_session(primary.session_id, EndReason::assistant_turn_complete, true);
  EXPECT_EQ(status_of(primary.task_id), TaskStatus::waiting);
  tracer().end_session(sub.session_id, EndReason::idle);
  tracer().end_session(primary.session_id, EndReason::assistant_turn_complete, true);
  EXPECT_EQ(status_of(primary.task_id), TaskStatus::completed);
}

TEST_F(Seed000Tracer, WhatBecomesOfATaskAtRestIsATable) {
  using enum TaskStatus;
  const auto primary = [](EndReason reason, bool complete, bool background) {
    return status_at_rest({.status = in_progress,
                           .kind = TaskKind::primary,
                           .reason = reason,
                           .asked_to_complete = complete,
                           .background_running = background});
  };
  EXPECT_EQ(primary(EndReason::idle, false, false), waiting);
  EXPECT_EQ(primary(EndReason::idle, true, false), completed);
  EXPECT_EQ(primary(EndReason::idle, true, true), waiting);
  EXPECT_EQ(primary(EndReason::assistant_turn_complete, false, false), std::nullopt);
  EXPECT_EQ(primary(EndReason::assistant_turn_complete, false, true), waiting);
  EXPECT_EQ(primary(EndReason::assistant_turn_complete, true, false), completed);
  EXPECT_EQ(primary(EndReason::failed, true, false), failed);
  EXPECT_EQ(status_at_rest({.status = completed, .reason = EndReason::idle}), std::nullopt);
  EXPECT_EQ(status_at_rest({.status = in_progress, .kind = TaskKind::background}), completed);
}

TEST_F(Seed000Tracer, ASlugIsFitForAFileName) {
  EXPECT_EQ(slug_of("Fix the Type errors!"), "fix-the-type-errors");
  EXPECT_EQ(slug_of("  --a__b--  "), "a-b");
  EXPECT_EQ(slug_of("日本語"), "task");
  EXPECT_EQ(slug_of("v2 für alle"), "v2-f-r-alle");
  EXPECT_EQ(slug_of(std::string(100, 'x')), std::string(60, 'x'));
  EXPECT_EQ(slug_of(std::string(59, 'x') + " y"), std::string(59, 'x'));
}

TEST_F(Seed000Tracer, ADisplayTitleSaysSomethingInOneLine) {
  const auto title = [](const std::string& text, std::optional<std::string> prompt = {}) {
    Task task;
    task.title = text;
    task.initial_prompt = std::move(prompt);
    return display_title(task);
  };
  EXPECT_EQ(title("Update the docs"), "Update the docs");
  EXPECT_EQ(title(" Update \r\nthe docs"), "Update");
  EXPECT_EQ(title("New Task", "\n make it fast\nplease"), "make it fast");
  EXPECT_EQ(title("untitled"), "untitled");
  EXPECT_EQ(title("Fix", "make it fast"), "Fix");
  EXPECT_EQ(title(std::string(80, 'x')), std::string(80, 'x'));
  std::string umlauts;
  for (int i = 0; i < 81; ++i) umlauts += "ü";
  EXPECT_EQ(title(umlauts), umlauts.substr(0, 160) + "…");
}

TEST_F(Seed000Tracer, AnEventIsClassifiedByItsTypeItsToolAndItsMetadata) {
  EXPECT_EQ(default_lane("user.message"), Lane::user);
  EXPECT_EQ(default_lane("terminal.command"), Lane::implementation);
  EXPECT_EQ(default_lane("made.up"), std::nullopt);
  EXPECT_EQ(classify({.type = "made.up"}), std::nullopt);
  const Event read{.type = "tool.used", .metadata = Json{{"tool_name", "Read"}}};
  const Classification found = classify(read).value();
  EXPECT_EQ(found.lane, Lane::exploration);
  EXPECT_THAT(found.tags, ElementsAre("read", "tool"));
  EXPECT_THAT(found.matches, ElementsAre("tool Read", "type tool.used"));
  EXPECT_EQ(classify({.type = "log", .metadata = Json{{"question_phase", "asked"}}})->lane,
            Lane::questions);
  EXPECT_EQ(classify({.type = "log", .metadata = Json{{"todo_state", "done"}}})->lane, Lane::todos);
  EXPECT_EQ(classify({.type = "x", .data = Json{{"tool_name", "mcp__git__log"}}})->lane,
            Lane::coordination);
}

TEST_F(Seed000Tracer, ATimelineKeepsTheLaneAndWhatTookMoreThanTheType) {
  create_task("t");
  store().append_event("t", {.type = "tool.used", .metadata = Json{{"tool_name", "Grep"}}});
  store().append_event("t", {.type = "user.message", .body = "please"});
  store().append_event("t", {.type = "tool.used", .lane = Lane::background});
  EXPECT_EQ(timeline("t")[1]["lane"], "exploration");
  EXPECT_EQ(timeline("t")[1]["classification"]["tags"], (Json{"search", "tool"}));
  EXPECT_EQ(timeline("t")[2]["lane"], "user");
  EXPECT_FALSE(timeline("t")[2].contains("classification"));
  EXPECT_EQ(timeline("t")[3]["lane"], "background");
}

TEST_F(Seed000Tracer, ABookmarkKeepsATaskOrOneOfItsEvents) {
  create_task("t");
  const Bookmark task = create_bookmark(root_.path(), {.task_id = "t"}, options());
  EXPECT_EQ(task.kind, "task");
  EXPECT_EQ(task.title, "t");
  clock_.advance(1);
  const Bookmark event = create_bookmark(
      root_.path(), {.task_id = "t", .event_id = "evt_1", .title = "here", .note = "n"}, options());
  EXPECT_EQ(event.kind, "event");
  EXPECT_THAT(list_bookmarks(root_.path(), {}, options()).entities, ElementsAre(task, event));
  EXPECT_THAT(list_bookmarks(root_.path(), "u", options()).entities, IsEmpty());
  delete_bookmark(root_.path(), task.id, options());
  EXPECT_THAT(list_bookmarks(root_.path(), "t", options()).entities, ElementsAre(event));
  EXPECT_THROW(delete_bookmark(root_.path(), task.id, options()), NotFoundError);
  EXPECT_THROW(create_bookmark(root_.path(), {.task_id = "gone"}, options()), NotFoundError);
}

TEST_F(Seed000Tracer, GoodEvaluationsAreTheWorkflowLibrary) {
  create_task("t");
  create_task("u");
  EXPECT_EQ(find_evaluation(root_.path(), "t", options()), std::nullopt);
  evaluate(root_.path(), {.task_id = "t", .rating = Rating::skip}, options());
  clock_.advance(1);
  const Evaluation good = evaluate(root_.path(),
                                   {.task_id = "t",
                                    .rating = Rating::good,
                                    .use_case = "Flaky tests",
                                    .workflow_tags = {"testing"}},
                                   options());
  EXPECT_EQ(good.evaluated_at, clock_.now());
  EXPECT_EQ(find_evaluation(root_.path(), "t", options()), good);
  evaluate(root_.path(), {.task_id = "u", .rating = Rating::skip, .use_case = "flaky"}, options());
  EXPECT_THAT(search_workflows(root_.path(), "FLAKY test", options()).entities, ElementsAre(good));
  EXPECT_THAT(search_workflows(root_.path(), "", options()).entities, ElementsAre(good));
  EXPECT_THAT(search_workflows(root_.path(), "flaky rust", options()).entities, IsEmpty());
  EXPECT_THAT(list_evaluations(root_.path(), {}, options()).entities, SizeIs(2));
  EXPECT_THROW(evaluate(root_.path(), {.task_id = "gone"}, options()), NotFoundError);
}

using ProjectDeletion = testing::ProjectTest;

TEST_F(ProjectDeletion, AProjectWithTasksOrSessionsIsNotDeletedNamingThem) {
  create_task("t");
  try {
    delete_project(root_.path(), options());
    FAIL();
  } catch (const ProjectNotEmpty& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("p1 has 1 tasks (t)"));
  }
  std::filesystem::remove_all(task_directory(root_.path(), "t"));
  create_session("s");
  EXPECT_THROW(delete_project(root_.path(), options()), ProjectNotEmpty);
  EXPECT_EQ(open_project(root_.path(), options()).id, "p1");
}

TEST_F(ProjectDeletion, AnEmptyProjectIsDeletedAndForeignFilesStay) {
  testing::write(project_directory(root_.path()) / "notes.txt", "mine");
  testing::write(workers_directory(root_.path()) / "w.json", "{}");
  testing::write(bindings_directory(root_.path(), "codex") / "c.json", "{}");
  delete_project(root_.path(), options());
  EXPECT_THAT(testing::names_in(project_directory(root_.path())), ElementsAre("notes.txt"));
  EXPECT_THROW(delete_project(root_.path(), options()), NotFoundError);
  create_project(root_.path(), {.name = "again"}, options());
}

TEST_F(ProjectDeletion, AProjectTakesAnotherNameButNoOtherId) {
  const Project project = update_project(
      root_.path(), [](Project& p) { p.name = "New"; }, options());
  EXPECT_EQ(project.name, "New");
  EXPECT_THROW(update_project(
                   root_.path(), [](Project& p) { p.id = "x"; }, options()),
               InvalidArgument);
  EXPECT_THROW(update_project(
                   root_.path(), [](Project& p) { p.name = ""; }, options()),
               InvalidArgument);
}

}  // namespace
}  // namespace tain
