// What core writes, read back by SQL: no column is left out, and none is wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MirrorFixture;

using Row = std::map<std::string, std::string>;

Timestamp at(std::int64_t second) {
  return {1'771'243'200'000 + second * 1000};
}
std::string ms(std::int64_t second) {
  return std::to_string(at(second).ms);
}

void fill_identity(Session& s) {
  s.project_id = "proj_1";
  s.granularity = "feature";
  s.prior_session = "sess_0";
  s.task_ids = {"task_1", "task_2"};
  s.env = Json{{"LEVEL", "debug"}};
  s.metadata = {{"review", "test"}, SpawnSource::orchestrator, "sess_9", "because", {{"k", 1}}};
  s.runtime = {"claude-code", "conversation-1"};
  s.hostname = "host-1";
  s.platform = "linux";
}

void fill_progress(Session& s) {
  s.status = SessionStatus::failed;
  s.current_phase = Phase::build;
  s.phase_history = {at(1), at(2), at(3), at(4), at(5), {}, {}, {}};
  s.build_progress = {5, {1, 2, 4}, 3};
  s.doc_updates = {Json{{"path", "docs/a.md"}}};
  s.summary = "half done";
  s.error = {"the tests broke", "build"};
  s.started_at = at(1);
  s.last_activity_at = at(6);
  s.completed_at = at(7);
}

void fill_lists(Session& s) {
  s.goals = {{"ship"}, {"parse", "store"}, {"every column"}};
  s.open_questions = {Json("why?"), Json{{"question", "when?"}, {"to", "us"}}};
  s.key_decisions = {{"SQLite", "embedded", "2026-02-16"}, {"WAL", "readers", "2026-02-17"}};
  s.git = {"topic/a", "/w/a", "main"};
  s.commits = {{"abc", "first", 1, at(3)}, {"def", "second", {}, {}}};
  s.artifacts = Json{{"spec", "spec.md"}, {"plan", "plan.json"}};
}

NewSession new_session() {
  NewSession fresh;
  fresh.topic = "A topic: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82";
  fresh.id = "sess_1";
  fresh.description = "line one\nline two\t\"quoted\"";
  fresh.parent_session_id = "sess_8";
  fresh.agent_id = "builder";
  return fresh;
}

class NativeTree : public ::testing::Test {
 protected:
  NativeTree()
      : session(SessionStateManager::create(tree.root(), new_session(), tree.session_options())) {}

  MirrorFixture tree;
  SessionStateManager session;
  const std::string folder = ".tain/sessions/sess_1/";
};

TEST_F(NativeTree, ASessionFillsEveryColumn) {
  session.update([](Session& s) {
    fill_identity(s);
    fill_progress(s);
    fill_lists(s);
  });
  tree.catch_up();
  const Row expected{{"session_id", "sess_1"},
                     {"project_id", "proj_1"},
                     {"topic", new_session().topic},
                     {"description", *new_session().description},
                     {"session_type", "full"},
                     {"status", "failed"},
                     {"current_phase", "build"},
                     {"granularity", "feature"},
                     {"prior_session", "sess_0"},
                     {"parent_session_id", "sess_8"},
                     {"task_ids", R"(["task_1","task_2"])"},
                     {"agent_id", "builder"},
                     {"env", R"({"LEVEL":"debug"})"},
                     {"skills", R"(["review","test"])"},
                     {"spawn_source", "orchestrator"},
                     {"spawned_by", "sess_9"},
                     {"spawn_reason", "because"},
                     {"context", R"({"k":1})"},
                     {"checkpoints_total", "5"},
                     {"checkpoints_completed", "3"},
                     {"current_checkpoint", "3"},
                     {"git_branch", "topic/a"},
                     {"git_worktree", "/w/a"},
                     {"git_base_branch", "main"},
                     {"doc_updates", R"([{"path":"docs/a.md"}])"},
                     {"runtime_source", "claude-code"},
                     {"runtime_session_id", "conversation-1"},
                     {"summary", "half done"},
                     {"error_message", "the tests broke"},
                     {"error_phase", "build"},
                     {"hostname", "host-1"},
                     {"platform", "linux"},
                     {"created_at", ms(0)},
                     {"updated_at", ms(0)},
                     {"started_at", ms(1)},
                     {"last_activity_at", ms(0)},  // stamped by every save
                     {"completed_at", ms(7)}};
  EXPECT_EQ(tree.own_columns("sessions", folder + "state.json"), expected);
  EXPECT_THAT(tree.rows("SELECT kind, place, detail FROM file_anomalies"), IsEmpty());
  EXPECT_EQ(tree.cell("SELECT body FROM documents"),
            testing::read(tree.root() / folder / "state.json"));
}

TEST_F(NativeTree, ASessionFillsEveryChildTable) {
  session.update([](Session& s) {
    fill_progress(s);
    fill_lists(s);
  });
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT phase, started_at, completed_at FROM session_phases ORDER BY started_at"),
      ElementsAre(Cells{"spec", ms(1), ms(2)}, Cells{"plan", ms(3), ms(4)},
                  Cells{"build", ms(5), "NULL"}));
  EXPECT_THAT(tree.rows("SELECT checkpoint FROM session_checkpoints ORDER BY 1"),
              ElementsAre(Cells{"1"}, Cells{"2"}, Cells{"4"}));
  EXPECT_THAT(tree.rows("SELECT position, sha, message, checkpoint, created_at "
                        "FROM session_commits ORDER BY 1"),
              ElementsAre(Cells{"0", "abc", "first", "1", ms(3)},
                          Cells{"1", "def", "second", "NULL", "NULL"}));
  EXPECT_THAT(
      tree.rows("SELECT position, title, rationale, date FROM session_decisions ORDER BY 1"),
      ElementsAre(Cells{"0", "SQLite", "embedded", "2026-02-16"},
                  Cells{"1", "WAL", "readers", "2026-02-17"}));
  EXPECT_THAT(tree.rows("SELECT level, position, goal FROM session_goals ORDER BY 1, 2"),
              ElementsAre(Cells{"detailed", "0", "every column"}, Cells{"high_level", "0", "ship"},
                          Cells{"mid_level", "0", "parse"}, Cells{"mid_level", "1", "store"}));
  EXPECT_THAT(tree.rows("SELECT position, question FROM session_questions ORDER BY 1"),
              ElementsAre(Cells{"0", "why?"}, Cells{"1", R"({"question":"when?","to":"us"})"}));
  EXPECT_THAT(tree.rows("SELECT name, path FROM session_artifacts ORDER BY 1"),
              ElementsAre(Cells{"plan", "plan.json"}, Cells{"spec", "spec.md"}));
}

TEST_F(NativeTree, ASessionsRowsFollowItsFile) {
  session.update(fill_lists);
  tree.catch_up();
  session.update([](Session& s) {
    s.commits.resize(1);
    s.goals = {};
    s.open_questions.clear();
    s.artifacts = Json{{"spec", "other.md"}};
  });
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM session_commits"), "1");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM session_goals"), "0");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM session_questions"), "0");
  EXPECT_THAT(tree.rows("SELECT name, path FROM session_artifacts"),
              ElementsAre(Cells{"spec", "other.md"}));
}

TEST_F(NativeTree, NothingOfASessionOutlivesItsFile) {
  session.update([](Session& s) {
    fill_progress(s);
    fill_lists(s);
  });
  Event event;
  event.type = "log";
  session.append_event(event);
  tree.catch_up();
  std::filesystem::remove_all(tree.root() / folder);
  tree.catch_up();
  for (const mirror::Table* table : tree.schema().tables()) {
    EXPECT_EQ(tree.cell("SELECT count(*) FROM " + table->name), "0") << table->name;
  }
  EXPECT_EQ(tree.cell("SELECT count(*) FROM documents"), "0");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM files"), "0");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM projects"), "0");
}

TEST_F(NativeTree, AnAgentRunFillsEveryColumn) {
  NewAgentRun fresh;
  fresh.agent_type = "build";
  fresh.id = "run_1";
  fresh.name = "builder of checkpoint 2";
  fresh.agent_id = "claude";
  fresh.sdk_session_id = "sdk-1";
  fresh.model = "model-x";
  fresh.checkpoint_id = 2;
  fresh.task_group_id = "2.1";
  fresh.working_dir = "/w/p";
  fresh.allowed_tools = {"read", "write"};
  fresh.metadata = Json{{"k", Json::array({1, 2})}};
  session.start_agent_run(fresh);
  session.add_agent_run_usage("run_1", {10, 20, 30, 40, 0.25});
  tree.clock().advance(5000);
  session.fail_agent_run("run_1", "no more tokens");
  tree.catch_up();
  const Row expected{{"position", "0"},
                     {"id", "run_1"},
                     {"session_id", "sess_1"},
                     {"agent_type", "build"},
                     {"name", "builder of checkpoint 2"},
                     {"agent_id", "claude"},
                     {"sdk_session_id", "sdk-1"},
                     {"model", "model-x"},
                     {"status", "failed"},
                     {"checkpoint_id", "2"},
                     {"task_group_id", "2.1"},
                     {"working_dir", "/w/p"},
                     {"input_tokens", "10"},
                     {"output_tokens", "20"},
                     {"cache_read_tokens", "30"},
                     {"cache_write_tokens", "40"},
                     {"cost_usd", "0.25"},
                     {"error_message", "no more tokens"},
                     {"allowed_tools", R"(["read","write"])"},
                     {"metadata", R"({"k":[1,2]})"},
                     {"created_at", ms(0)},
                     {"started_at", ms(0)},
                     {"completed_at", ms(5)}};
  EXPECT_EQ(tree.own_columns("agent_runs", folder + "agents/run_1.json"), expected);
}

TEST_F(NativeTree, ARunWithoutASessionsIdBelongsToTheSessionThatItLiesIn) {
  tree.write(folder + "agents/run_2.json", R"({"id": "run_2", "status": "running"})");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT session_id FROM agent_runs"), "sess_1");
}

TEST_F(NativeTree, ARunMayBeCalledState) {
  NewAgentRun fresh;
  fresh.agent_type = "build";
  fresh.id = "state";
  session.start_agent_run(fresh);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT id, session_id FROM agent_runs"),
              ElementsAre(Cells{"state", "sess_1"}));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions"), "1");
}

TEST(NativeProjects, AreDescribedByTheirFileOrElseByTheirDirectory) {
  MirrorFixture tree;
  const StateOptions options = tree.session_options();
  create_project(tree.root() / "one", {"The one", "proj_1", "about it"}, options);
  SessionStateManager::create(tree.root() / "two", new_session(), tree.session_options());
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT root, id, name, description, created_at, file_id IS NULL "
                "FROM projects ORDER BY root"),
      ElementsAre(
          Cells{(tree.root() / "one").string(), "proj_1", "The one", "about it", ms(0), "0"},
          Cells{(tree.root() / "two").string(), "NULL", "two", "NULL", "NULL", "1"}));
  create_project(tree.root() / "two", {"The other", "proj_2", {}}, options);
  std::filesystem::remove(tree.root() / "one/.tain/project.json");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT id, name FROM projects"),
              ElementsAre(Cells{"proj_2", "The other"}));
}

TEST_F(NativeTree, OtherJsonIsADocumentAndNothingElse) {
  tree.write(folder + "plan.json", "[1, {\"session_id\": \"no\"}]");
  tree.write(".tain/other.json", "\"just text\"");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT kind, body FROM documents JOIN files USING (file_id) "
                        "WHERE kind = 'document' ORDER BY body"),
              ElementsAre(Cells{"document", "\"just text\""},
                          Cells{"document", "[1, {\"session_id\": \"no\"}]"}));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions"), "1");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(NativeTree, ASessionCalledBuildOrTargetIsMirrored) {
  for (const char* id : {"build", "target", "vendor"}) {
    NewSession fresh = new_session();
    fresh.id = id;
    SessionStateManager::create(tree.root(), fresh, tree.session_options());
  }
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id FROM sessions ORDER BY 1"),
              ElementsAre(Cells{"build"}, Cells{"sess_1"}, Cells{"target"}, Cells{"vendor"}));
}

}  // namespace
}  // namespace tain
