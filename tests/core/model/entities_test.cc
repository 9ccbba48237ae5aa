#include "core/model/entities.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/model/agent.h"
#include "core/model/bookmark.h"
#include "core/model/codec.h"
#include "core/model/config_entry.h"
#include "core/model/evaluation.h"
#include "core/model/execution.h"
#include "core/model/runtime_binding.h"
#include "core/model/session_task.h"
#include "core/model/task.h"
#include "core/model/worker.h"
#include "core/state/project_store.h"
#include "tests/support/json_schema_check.h"
#include "tests/support/sample.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> all_kind_names() {
  std::vector<std::string> names;
  for (const EntityKind& kind : entity_kinds()) names.emplace_back(kind.name);
  return names;
}

EntityKind kind_named(std::string_view name) {
  for (EntityKind& kind : entity_kinds()) {
    if (kind.name == name) return kind;
  }
  throw std::out_of_range("no kind " + std::string(name));
}

// `pattern` below `root` with "id" for every id.
std::filesystem::path file_with_ids(const std::filesystem::path& root,
                                    const std::filesystem::path& pattern) {
  std::string path = pattern.string();
  for (std::size_t at; (at = path.find('*')) != std::string::npos;) path.replace(at, 1, "id");
  return root / path;
}

void put_json(const std::filesystem::path& root, std::string_view kind, const Json& json) {
  for (const auto& pattern : kind_named(kind).files) {
    testing::write(file_with_ids(root, pattern), dump_line(json) + "\n");
  }
}

template <class E>
void put_sample(const std::filesystem::path& root) {
  put_json(root, Description<E>::name, Codec<E>::encode(testing::Sample<E>::make()));
}

TEST(EntityKinds, AreAllThatTheModelDescribesByName) {
  std::set<std::string> described;
  const std::string mark = "static constexpr std::string_view name = \"";
  for (const auto& entry : std::filesystem::directory_iterator(TAIN_SOURCE_DIR "/core/model")) {
    const std::string text = testing::read(entry.path());
    std::size_t at = text.find("struct Description<");
    while (at != std::string::npos) {
      const std::size_t end = text.find("};", at);
      const std::size_t name = text.find(mark, at);
      if (name < end) {
        const std::size_t begin = name + mark.size();
        described.insert(text.substr(begin, text.find('"', begin) - begin));
      }
      at = text.find("struct Description<", end);
    }
  }
  const std::vector<std::string> names = all_kind_names();
  EXPECT_EQ(described, std::set<std::string>(names.begin(), names.end()));
  EXPECT_EQ(described.size(), names.size()) << "a kind stands there twice";
}

TEST(EntityKinds, KnowWhereTheirFilesAre) {
  EXPECT_THAT(kind_named("session").files, ElementsAre(".tain/sessions/*/state.json"));
  EXPECT_THAT(kind_named("event").files,
              ElementsAre(".tain/sessions/*/events.jsonl", ".tain/tasks/*/events.jsonl"));
  EXPECT_THAT(kind_named("execution").files, ElementsAre(".tain/tasks/*/executions/*.json"));
  EXPECT_EQ(kind_named("agent").json_schema()["description"], "The file .tain/agents/*.json");
  EXPECT_THAT(kind_named("event").json_schema()["description"].get<std::string>(),
              StartsWith("A line of "));
}

using FilesOfCore = testing::SessionTest;

TEST_F(FilesOfCore, AreAsTheirSchemasSay) {
  create_project(root_.path(), {.name = "n"}, options());
  auto session = create();
  session.init_build(2);
  session.complete_checkpoint(1);
  session.transition_to_phase(Phase::plan);
  session.add_commit("abc", "message", 1);
  session.add_decision("title", "why");
  session.set_goals({{"high"}, {"mid"}, {"low"}});
  session.set_git({"branch", "worktree", "base"});
  session.append_event({.type = "milestone", .title = "t", .data = Json::array({1})});
  session.append_event({.type = "tool.used", .metadata = Json{{"tool_name", "Read"}}});
  const AgentRun run = session.start_agent_run({.agent_type = "build", .model = "m"});
  session.add_agent_run_usage(run.id, {.input_tokens = 3, .cost_usd = 0.25});
  session.fail_agent_run(run.id, "it broke");
  session.set_status(SessionStatus::failed);
  const testing::JsonSchemaCheck check(root_.path());
  EXPECT_THAT(check.violations(), IsEmpty());
  EXPECT_THAT(check.kinds(), ElementsAre("project", "session", "agent_run", "event"));
}

TEST_F(FilesOfCore, MayHoldNullForWhatWasTakenBackAndFieldsOfOthers) {
  auto session = create();
  session.update([](Session& state) { state.description = "d"; });
  session.update([](Session& state) { state.description = std::nullopt; });
  ASSERT_TRUE(on_disk()["description"].is_null());
  Json json = on_disk();
  json["git"]["remote"] = "elsewhere";
  json["ours"] = 1;
  testing::write(state(), json.dump());
  EXPECT_THAT(testing::schema_violations(root_.path()), IsEmpty());
}

TEST_F(FilesOfCore, MayHoldEveryFieldOfEveryEntity) {
  const auto& root = root_.path();
  put_sample<Project>(root);
  put_sample<Session>(root);
  put_sample<AgentRun>(root);
  put_sample<Event>(root);
  put_sample<Task>(root);
  put_sample<Agent>(root);
  put_sample<Execution>(root);
  put_sample<SessionTask>(root);
  put_sample<TaskMessage>(root);
  put_sample<RuntimeBinding>(root);
  put_sample<Bookmark>(root);
  put_sample<Evaluation>(root);
  put_sample<Worker>(root);
  Json settings = Json::object();
  settings["a.key"] = Codec<ConfigEntry>::encode(testing::Sample<ConfigEntry>::make());
  put_json(root, "config", settings);
  const testing::JsonSchemaCheck check(root);
  EXPECT_THAT(check.violations(), IsEmpty());
  EXPECT_EQ(check.kinds(), all_kind_names());
}

TEST_F(FilesOfCore, ThatAreWrongViolateTheirSchemas) {
  put_sample<Event>(root_.path());
  Json json = Codec<Session>::encode(testing::Sample<Session>::make());
  json["status"] = "odd";
  json["build_progress"]["checkpoints_completed"] = Json::array({1, "two"});
  put_json(root_.path(), "session", json);
  json = Codec<AgentRun>::encode(testing::Sample<AgentRun>::make());
  json.erase("id");
  put_json(root_.path(), "agent_run", json);
  const auto log = file_with_ids(root_.path(), kind_named("event").files.front());
  testing::write(
      log, testing::read(log) + R"({"id":"e","at":"2026-02-16","type":"log"})" + "\n{\"id\":\n");
  put_json(root_.path(), "config", Json{{"a.key", 1}});
  testing::write(project_directory(root_.path()) / "odd.json", "{}");
  EXPECT_THAT(
      testing::schema_violations(root_.path()),
      ElementsAre(".tain/odd.json: /: no entity has such a file",
                  StartsWith(".tain/config.json: /a.key: 1 is not of type 'object'"),
                  StartsWith(".tain/sessions/id/agents/id.json: /: 'id' is a required property"),
                  StartsWith(".tain/sessions/id/events.jsonl:2: /at: '2026-02-16' does not match"),
                  StartsWith(".tain/sessions/id/events.jsonl:3: /: "),
                  AllOf(StartsWith(".tain/sessions/id/state.json: /"), HasSubstr("'odd'")),
                  AllOf(StartsWith(".tain/sessions/id/state.json: /"), HasSubstr("'two'"))));
}

}  // namespace
}  // namespace tain
