// Seed 001 (Maestro): its own examples, expressed in Tain through libtain, value by value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/project_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kProjectMade = 1706789123456;
constexpr std::int64_t kTaskMade = 1706790000000;
constexpr std::int64_t kChildMade = 1706790100000;
constexpr std::int64_t kChildDone = 1706790200000;
constexpr std::int64_t kSessionMade = 1706792222222;
constexpr std::int64_t kLastActivity = 1706792500000;
constexpr auto kProject = "proj_1706789123456_k2j4n5l6m";
constexpr auto kTask = "task_1706790000000_xyz789";
constexpr auto kOtherTask = "task_1706790111111_uvw012";
constexpr auto kChild = "task_1706790100000_abc123";
constexpr auto kSession = "sess_1706792222222_lmn678";

class Seed001Maestro : public ::testing::Test {
 protected:
  void at(std::int64_t ms) { clock_ = testing::FakeClock({ms}); }
  SessionOptions options() {
    SessionOptions options;
    options.durability = Durability::none;
    options.clock = clock_.clock();
    options.notifier = SyncNotifier(std::filesystem::path());
    return options;
  }
  TaskStore tasks() { return TaskStore(root_.path(), options()); }
  SessionStateManager open_session() {
    return SessionStateManager::open(session_directory(root_.path(), kSession), options());
  }
  std::vector<Json> events(const std::filesystem::path& directory) {
    std::vector<Json> found;
    std::istringstream lines(testing::read(events_file(directory)));
    for (std::string line; std::getline(lines, line);) found.push_back(Json::parse(line));
    return found;
  }

  void make_project() {
    at(kProjectMade);
    create_project(root_.path(),
                   {.name = "E-commerce Platform",
                    .id = kProject,
                    .description = "Main e-commerce platform with React frontend and Node.js "
                                   "backend"},
                   options());
    at(1706789234567);
    update_project(
        root_.path(), [](Project& p) { p.working_dir = "/Users/dev/projects/ecommerce"; },
        options());
  }
  void make_tasks() {
    at(kTaskMade);
    NewTask task;
    task.id = kTask;
    task.title = "Implement user authentication";
    task.description = "Add JWT-based authentication with login, logout, and token refresh";
    task.initial_prompt = "add user auth to the app";
    task.priority = TaskPriority::high;
    tasks().create(task);
    tasks().create({.title = "Another", .id = kOtherTask});
    at(kChildMade);
    NewTask child;
    child.id = kChild;
    child.parent_id = kTask;
    child.title = "Create User model";
    child.description = "Define User schema with email, password hash";
    tasks().create(child);
    tasks().set_status(kChild, TaskStatus::in_progress);
  }
  void make_session() {
    at(kSessionMade);
    NewSession fresh;
    fresh.topic = "Worker: User Auth";
    fresh.id = kSession;
    fresh.env = Json::parse(R"({
      "MAESTRO_SESSION_ID": "sess_1706792222222_lmn678",
      "MAESTRO_PROJECT_ID": "proj_1706789123456_k2j4n5l6m",
      "MAESTRO_TASK_IDS": "task_1706790000000_xyz789,task_1706790111111_uvw012",
      "MAESTRO_SERVER_URL": "http://localhost:3000",
      "MAESTRO_SKILLS": "maestro-worker"})");
    fresh.metadata = {.skills = {"maestro-worker"},
                      .spawn_source = SpawnSource::orchestrator,
                      .spawned_by = "sess_orchestrator_123",
                      .spawn_reason = "Task delegation for auth implementation"};
    auto session = SessionStateManager::create(root_.path(), fresh, options());
    session.append_event(
        {.id = "evt_001", .type = "spawn", .data = Json{{"trigger", "orchestrator"}}});
    session.append_event({.id = "evt_002",
                          .at = {1706792300000},
                          .type = "task_start",
                          .data = Json{{"taskId", kTask}}});
    session.append_event(
        {.id = "evt_abc123",
         .at = {1706792600000},
         .type = "command",
         .data = Json::parse(R"({"command": "npm test", "exitCode": 0, "duration": 3452})")});
  }

  testing::TempDir root_;
  testing::FakeClock clock_;
};

TEST_F(Seed001Maestro, TheExampleProjectIsExpressed) {
  make_project();
  const Project project = open_project(root_.path(), options());
  EXPECT_EQ(project.id, kProject);
  EXPECT_EQ(project.name, "E-commerce Platform");
  EXPECT_EQ(project.working_dir, "/Users/dev/projects/ecommerce");
  EXPECT_EQ(project.description,
            "Main e-commerce platform with React frontend and Node.js backend");
  EXPECT_EQ(project.created_at.ms, kProjectMade);
  EXPECT_EQ(project.updated_at.ms, 1706789234567);
}

TEST_F(Seed001Maestro, TheExampleTaskAndItsTimelineAreExpressed) {
  make_project();
  make_tasks();
  make_session();
  tasks().link(kTask, kSession);
  tasks().set_status(kTask, TaskStatus::in_progress);
  at(kLastActivity);
  tasks().append_event(kTask, {.id = "evt_1706792500000_abc123",
                               .type = "milestone",
                               .session_id = kSession,
                               .message = "All authentication endpoints implemented and tested"});
  const Task task = tasks().update(kTask, [](Task& t) { t.agent_ids = {}; });
  EXPECT_EQ(task.project_id, kProject);
  EXPECT_EQ(task.parent_id, std::nullopt);
  EXPECT_EQ(task.title, "Implement user authentication");
  EXPECT_EQ(task.initial_prompt, "add user auth to the app");
  EXPECT_EQ(task.status, TaskStatus::in_progress);
  EXPECT_EQ(task.priority, TaskPriority::high);
  EXPECT_THAT(task.session_ids, ElementsAre(kSession));
  EXPECT_TRUE(task.skill_ids.empty() && task.agent_ids.empty() && task.dependencies.empty());
  EXPECT_EQ(task.created_at.ms, kTaskMade);
  EXPECT_EQ(task.started_at.value().ms, kSessionMade);
  EXPECT_EQ(task.completed_at, std::nullopt);

  const std::vector<Json> timeline = events(task_directory(root_.path(), kTask));
  ASSERT_EQ(timeline.size(), 4u);
  EXPECT_EQ(timeline[0]["type"], "created");
  EXPECT_EQ(timeline[0]["at"], "2024-02-01T12:20:00.000Z");
  EXPECT_EQ(timeline[0]["message"], "Task created");
  EXPECT_EQ(timeline[1]["type"], "session_started");
  EXPECT_EQ(timeline[1]["session_id"], kSession);
  EXPECT_EQ(timeline[3]["id"], "evt_1706792500000_abc123");
  EXPECT_EQ(timeline[3]["message"], "All authentication endpoints implemented and tested");
}

TEST_F(Seed001Maestro, TheExampleChildTaskIsExpressed) {
  make_project();
  make_tasks();
  at(kChildDone);
  tasks().set_status(kChild, TaskStatus::completed);
  const Task child = tasks().children(kTask).at(0);
  EXPECT_EQ(child.id, kChild);
  EXPECT_EQ(child.parent_id, kTask);
  EXPECT_EQ(child.description, "Define User schema with email, password hash");
  EXPECT_EQ(child.priority, TaskPriority::medium);
  EXPECT_EQ(child.started_at.value().ms, kChildMade);
  EXPECT_EQ(child.completed_at.value().ms, kChildDone);
  EXPECT_EQ(child.updated_at.ms, kChildDone);
}

TEST_F(Seed001Maestro, TheExampleSessionAndItsSpawnTrackingAreExpressed) {
  make_project();
  make_tasks();
  make_session();
  tasks().link(kTask, kSession);
  at(kLastActivity);
  tasks().link(kOtherTask, kSession);
  const Session session = open_session().state();
  EXPECT_EQ(session.project_id, kProject);
  EXPECT_THAT(session.task_ids, ElementsAre(kTask, kOtherTask));
  EXPECT_EQ(session.topic, "Worker: User Auth");
  EXPECT_EQ(session.status, SessionStatus::running);
  EXPECT_EQ(session.env["MAESTRO_SERVER_URL"], "http://localhost:3000");
  EXPECT_EQ(session.env.size(), 5u);
  EXPECT_THAT(session.metadata.skills, ElementsAre("maestro-worker"));
  EXPECT_EQ(session.metadata.spawn_source, SpawnSource::orchestrator);
  EXPECT_EQ(session.metadata.spawned_by, "sess_orchestrator_123");
  EXPECT_EQ(session.metadata.spawn_reason, "Task delegation for auth implementation");
  EXPECT_EQ(session.started_at.value().ms, kSessionMade);
  EXPECT_EQ(session.last_activity_at.value().ms, kLastActivity);
  EXPECT_EQ(session.completed_at, std::nullopt);
  EXPECT_FALSE(session.hostname.empty());
  EXPECT_FALSE(session.platform.empty());

  const std::vector<Json> log = events(session_directory(root_.path(), kSession));
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0]["data"]["trigger"], "orchestrator");
  EXPECT_EQ(log[1]["data"]["taskId"], kTask);
  EXPECT_EQ(log[2]["data"]["duration"], 3452);
}

}  // namespace
}  // namespace tain
