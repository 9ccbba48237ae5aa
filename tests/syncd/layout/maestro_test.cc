// Maestro's trees: projects, tasks and sessions in a file each, with their events inside.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mirror_fixture.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MirrorFixture;
using testing::SyncHarness;

constexpr const char* kMaestroProject =
    R"({"id":"proj_1","name":"Shop","workingDir":"/src/shop","description":"d",)"
    R"("createdAt":1706789123456,"updatedAt":1706789234567,"isMaster":false})";
constexpr const char* kMaestroTask =
    R"({"id":"task_1","projectId":"proj_1","parentId":"task_0","title":"Login","status":"todo",)"
    R"("priority":"high","initialPrompt":"add a login","sessionIds":["sess_1","sess_2"],)"
    R"("skillIds":["s"],"dependencies":["task_9"],"dueDate":null,"timeline":[)"
    R"({"id":"evt_1","type":"created","timestamp":1706790000000,"message":"Task created"},)"
    R"({"id":"evt_2","type":"session_started","timestamp":1706790000001,"sessionId":"sess_1"}],)"
    R"("createdAt":1706790000000,"updatedAt":1706790000005,"startedAt":null,"completedAt":null})";
constexpr const char* kMaestroSession =
    R"({"id":"sess_1","projectId":"proj_1","taskIds":["task_1"],"name":"Worker","agentId":null,)"
    R"("status":"working","env":{"MAESTRO_SESSION_ID":"sess_1"},"metadata":{"skills":["w"],)"
    R"("spawnSource":"ui","spawnedBy":"sess_0","spawnReason":"why"},"startedAt":1706792222222,)"
    R"("lastActivity":1706792500000,"completedAt":null,"hostname":"h","platform":"linux","events":[)"
    R"({"id":"evt_3","timestamp":1706792222222,"type":"spawn","data":{"trigger":"ui"},"odd":1},)"
    R"({"id":"evt_4","timestamp":1706792300000,"type":"task_start","data":{"taskId":"task_1"}}],)"
    R"("timeline":[{"id":"evt_5","type":"session_started","timestamp":1706792222223}]})";

class MaestroTree : public ::testing::Test {
 protected:
  void hold(const std::string& path, const std::string& text) {
    tree.write(path, text);
    tree.catch_up();
  }
  std::string project_of(const std::string& table) {
    const std::string root =
        tree.cell("SELECT root FROM projects JOIN " + table + " USING (project_key)");
    return root.starts_with(tree.root().string()) ? root.substr(tree.root().string().size()) : root;
  }

  MirrorFixture tree;
};

TEST_F(MaestroTree, AProjectATaskAndASessionAreRowsOfOneProject) {
  tree.write(".maestro/data/projects/proj_1.json", kMaestroProject);
  tree.write(".maestro/data/tasks/proj_1/task_1.json", kMaestroTask);
  tree.write(".maestro/data/sessions/sess_1.json", kMaestroSession);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT root, id, name, working_dir, created_at FROM projects"),
              ElementsAre(Cells{(tree.root() / ".maestro/data/projects/proj_1").string(), "proj_1",
                                "Shop", "/src/shop", "1706789123456"}));
  EXPECT_THAT(tree.rows("SELECT id, project_id, parent_id, status, priority, initial_prompt, "
                        "session_ids, created_at FROM tasks NATURAL JOIN "
                        "(SELECT project_key FROM projects WHERE name = 'Shop')"),
              ElementsAre(Cells{"task_1", "proj_1", "task_0", "pending", "high", "add a login",
                                R"(["sess_1","sess_2"])", "1706790000000"}));
  EXPECT_THAT(
      tree.rows("SELECT session_id, topic, status, spawn_source, spawned_by, spawn_reason, skills, "
                "env, created_at, last_activity_at, hostname FROM sessions NATURAL JOIN "
                "(SELECT project_key FROM projects WHERE name = 'Shop')"),
      ElementsAre(Cells{"sess_1", "Worker", "running", "ui", "sess_0", "why", R"(["w"])",
                        R"({"MAESTRO_SESSION_ID":"sess_1"})", "1706792222222", "1706792500000",
                        "h"}));
  EXPECT_THAT(tree.rows("SELECT * FROM sync_errors"), IsEmpty());
}

TEST_F(MaestroTree, BothSidesOfALinkOfTaskAndSessionAreKept) {
  tree.write(".maestro/tasks/proj_1/task_1.json", kMaestroTask);
  hold(".maestro/sessions/sess_1.json", kMaestroSession);
  EXPECT_THAT(tree.rows("SELECT task_id, session_id FROM task_sessions ORDER BY position"),
              ElementsAre(Cells{"task_1", "sess_1"}, Cells{"task_1", "sess_2"}));
  EXPECT_THAT(tree.rows("SELECT session_id, task_id FROM session_task_ids"),
              ElementsAre(Cells{"sess_1", "task_1"}));
  EXPECT_THAT(tree.rows("SELECT task_id, depends_on FROM task_dependencies"),
              ElementsAre(Cells{"task_1", "task_9"}));
}

TEST_F(MaestroTree, TimelinesAndSessionEventsAreEventsThatKnowTheirPlace) {
  tree.write(".maestro/tasks/proj_1/task_1.json", std::string("\xEF\xBB\xBF ") + kMaestroTask);
  hold(".maestro/sessions/sess_1.json", kMaestroSession);
  EXPECT_THAT(
      tree.rows("SELECT id, type, at, task_id, session_id, message, data, extra, lane FROM events "
                "ORDER BY id"),
      ElementsAre(Cells{"evt_1", "created", "1706790000000", "task_1", "NULL", "Task created",
                        "NULL", "NULL", "coordination"},
                  Cells{"evt_2", "session_started", "1706790000001", "task_1", "sess_1", "NULL",
                        "NULL", "NULL", "coordination"},
                  Cells{"evt_3", "spawn", "1706792222222", "NULL", "sess_1", "NULL",
                        R"({"trigger":"ui"})", R"({"odd":1})", "coordination"},
                  Cells{"evt_4", "task_start", "1706792300000", "task_1", "sess_1", "NULL",
                        R"({"taskId":"task_1"})", "NULL", "coordination"},
                  Cells{"evt_5", "session_started", "1706792222223", "NULL", "sess_1", "NULL",
                        "NULL", "NULL", "coordination"}));
  for (const Cells& event : tree.rows(
           "SELECT path, line_offset, line_length, id FROM events JOIN files USING (file_id)")) {
    const std::string text =
        testing::read(event[0]).substr(std::stoul(event[1]), std::stoul(event[2]));
    EXPECT_TRUE(text.starts_with("{") && text.ends_with("}")) << text;
    EXPECT_NE(text.find(event[3]), std::string::npos) << text;
  }
}

TEST_F(MaestroTree, ATaskOfTheOldFlatShapeAndASessionSayThemselvesWhoseTheyAre) {
  tree.write(".maestro/tasks/task_1.json", kMaestroTask);
  hold(".maestro/sessions/sess_1.json", kMaestroSession);
  EXPECT_EQ(project_of("tasks"), "/.maestro/projects/proj_1");
  EXPECT_EQ(project_of("sessions"), "/.maestro/projects/proj_1");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM projects"), "1");
}

TEST_F(MaestroTree, WhatNamesNoProjectIsOfTheTreeItLiesIn) {
  hold(".maestro/sessions/sess_1.json", R"({"id":"sess_1"})");
  EXPECT_EQ(project_of("sessions"), "/.maestro");
  hold(".maestro/sessions/sess_1.json", R"({"id":"sess_1","projectId":"../../x"})");
  EXPECT_EQ(project_of("sessions"), "/.maestro");
  hold(".maestro/sessions/sess_1.json", R"({"id":"sess_1","projectId":7})");
  EXPECT_EQ(project_of("sessions"), "/.maestro");
}

TEST_F(MaestroTree, ASessionThatMovesToAnotherProjectLeavesNothingInTheOldOne) {
  hold(".maestro/sessions/sess_1.json", R"({"id":"sess_1","projectId":"a","events":[{"id":"e"}]})");
  hold(".maestro/sessions/sess_1.json",
       R"({"id":"sess_1","projectId":"bb","events":[{"id":"e"}]})");
  EXPECT_EQ(project_of("sessions"), "/.maestro/projects/bb");
  EXPECT_EQ(project_of("events"), "/.maestro/projects/bb");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM projects"), "1");
  std::filesystem::remove(tree.root() / ".maestro/sessions/sess_1.json");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM projects"), "0");
}

TEST_F(MaestroTree, WhatIsNotAsItShouldBeIsAnAnomalyAndCostsOnlyItself) {
  hold(".maestro/sessions/sess_1.json",
       R"({"id":"sess_1","events":[1,{"id":"e","timestamp":"soon"},[]],"timeline":{"id":"x"}})");
  EXPECT_THAT(tree.rows("SELECT id, at FROM events"), ElementsAre(Cells{"e", "NULL"}));
  EXPECT_THAT(tree.rows("SELECT place FROM file_anomalies ORDER BY place"),
              ElementsAre(Cells{"/events/0"}, Cells{"/events/1/timestamp"}, Cells{"/events/2"},
                          Cells{"/timeline"}));
}

TEST(MaestroIncrementally, ATreeThatIsWrittenStepByStepGivesTheMirrorOfAFreshOne) {
  SyncHarness harness;
  harness.settle();
  const auto save = [&](const std::string& path, std::string_view text) {
    harness.write(path, text);
    harness.sync(harness.root() / path);
  };
  save(".maestro/sessions/sess_1.json", R"({"id":"sess_1")");  // half of it
  save(".maestro/sessions/sess_1.json", kMaestroSession);
  save(".maestro/tasks/proj_1/task_1.json.1a2b3c4d.tmp", kMaestroTask);
  save(".maestro/tasks/proj_1/task_1.json", kMaestroTask);
  save(".maestro/projects/proj_1.json", kMaestroProject);
  save(".maestro/tasks/proj_1/task_1.json", R"({"id":"task_1","timeline":[{"id":"n"}]})");
  EXPECT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror({harness.root().string()}));
  EXPECT_EQ(harness.select("SELECT count(*) FROM projects"), "1");
  EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "3");
}

}  // namespace
}  // namespace tain
