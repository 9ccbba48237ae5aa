// `tain ls`: of which project, from the mirror and from the files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fs/paths.h"
#include "core/json/document.h"
#include "tests/query/tain.h"
#include "tests/support/hand_made_project.h"
#include "tests/support/mirror_file.h"
#include "tests/support/mirror_fixture.h"
#include "tests/support/sync_harness.h"

namespace tain::query {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Strings = std::vector<std::string>;

class ListCommandTest : public ::testing::Test {
 protected:
  // Longer than what a string holds without an allocation, and so are its path and its id.
  static constexpr const char* kName = "a-project-whose-name-is-long";

  std::string root() const { return (tree_.root() / kName).string(); }

  Outcome ls(Strings arguments) {
    testing::pretend_daemon(tree_.mirror());
    arguments.insert(arguments.begin(), "ls");
    arguments.insert(arguments.end(), {"--db", tree_.mirror().string(), "--socket",
                                       (tree_.root() / "no-daemon").string()});
    return Tain{}(arguments);
  }
  // The values of `column`, from the mirror.
  Strings mirrored(Strings arguments, const std::string& column) {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = ls(arguments);
    EXPECT_EQ(outcome.status, kDone);
    EXPECT_EQ(outcome.err, "");
    Strings values;
    for (const Json& row : Json::parse(outcome.out)) values.push_back(row[column].dump());
    return values;
  }
  // The same, once the files have been asked too.
  Strings agreed(const Strings& arguments, const std::string& column) {
    Strings of_project = arguments;
    of_project.insert(of_project.end(), {"--project", root()});
    const Strings from_mirror = mirrored(of_project, column);
    of_project.push_back("--from-files");
    EXPECT_EQ(mirrored(of_project, column), from_mirror);
    return from_mirror;
  }
  // What is said of files that are left out.
  std::string complaints(const std::string& entity) {
    tree_.catch_up();
    const Outcome outcome = ls({entity, "--from-files", "--project", root()});
    EXPECT_EQ(outcome.status, kDone);
    return outcome.err;
  }

  testing::MirrorFixture tree_;
  testing::HandMadeProject project_{tree_, kName};
};

TEST_F(ListCommandTest, AProjectIsNamedByItsDirectoryItsIdOrItsName) {
  project_.task("t1");
  const testing::HandMadeProject other(tree_, "other");
  other.task("t2");
  tree_.catch_up();
  const std::string id = std::string("proj_") + kName;
  for (const std::string& one : {root(), root() + "/.tain/tasks", id, std::string(kName)}) {
    EXPECT_THAT(mirrored({"tasks", "--project", one, "--status", "completed"}, "id"), IsEmpty())
        << one;
    EXPECT_THAT(mirrored({"tasks", "--project", one}, "id"), ElementsAre("\"t1\"")) << one;
  }
  EXPECT_THAT(mirrored({"tasks"}, "id"), ElementsAre("\"t1\"", "\"t2\""));
}

TEST_F(ListCommandTest, AProjectThatIsNotThereIsAnErrorAndNoEmptyList) {
  tree_.catch_up();
  const std::string elsewhere = (tree_.root() / "unmirrored/../../elsewhere").string();
  std::filesystem::create_directories(tree_.root() / "unmirrored");
  std::filesystem::create_directories(elsewhere + "/.tain");
  for (const std::string& wrong : Strings{"/nonexistent", "mistyped", std::string(5000, 'x')}) {
    const Outcome outcome = ls({"tasks", "--project", wrong});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(wrong));
  }
  const Outcome outside = ls({"tasks", "--project", elsewhere});
  EXPECT_EQ(outside.status, kFailed);
  EXPECT_THAT(outside.err, AllOf(HasSubstr("elsewhere"), HasSubstr("tain status")));
}

TEST_F(ListCommandTest, WhatThePathSaysAnEventAndARunNeedNotSay) {
  project_.write("tasks/t1/events.jsonl",
                 R"({"id":"v1","at":"2026-01-01T00:00:00.000Z","type":"tool.used"})");
  project_.write("sessions/s1/agents/r1.json", R"({"status":"running"})");
  project_.write("sessions/s1/tasks/b1/messages.jsonl", R"({"content":"hello"})");
  tree_.catch_up();
  EXPECT_THAT(agreed({"events", "--task", "t1", "--lane", "implementation"}, "id"),
              ElementsAre("\"v1\""));
  EXPECT_THAT(agreed({"runs", "--session", "s1"}, "id"), ElementsAre("\"r1\""));
  EXPECT_THAT(agreed({"messages", "--task", "b1"}, "session_id"), ElementsAre("\"s1\""));
}

TEST_F(ListCommandTest, AnOddValueIsShownAndWhatIsAbsentStaysSo) {
  project_.task("t1", R"("status": "todo", "priority": 5, "session_ids": ["\u00e9",  1e5, -0])");
  project_.task("t2", R"("sort_order": 1, "sort_order": 2)");
  project_.write("config.json",
                 R"({"a": {"value": {}}, "b": 5, "c": {"value": 0.10, "value": 1e5}})");
  tree_.catch_up();
  EXPECT_THAT(agreed({"tasks"}, "status"), ElementsAre("\"todo\"", "null"));
  EXPECT_THAT(agreed({"tasks"}, "session_ids"), ElementsAre(R"("[\"\\u00e9\",1e5,-0]")", "null"));
  EXPECT_THAT(agreed({"tasks"}, "updated_at"), ElementsAre("null", "null"));
  EXPECT_THAT(agreed({"tasks"}, "sort_order"), ElementsAre("null", "2"));
  EXPECT_THAT(agreed({"tasks", "--session", "\xC3\xA9"}, "id"), ElementsAre("\"t1\""));
  EXPECT_THAT(agreed({"config"}, "key"), ElementsAre("\"a\"", "\"b\"", "\"c\""));
  EXPECT_THAT(agreed({"config"}, "value"), ElementsAre("\"{}\"", "null", "\"1e5\""));
}

TEST_F(ListCommandTest, WhateverElseLiesThereIsNoObstacle) {
  for (const std::string directory :
       {"tasks", "tasks/t1/executions", "sessions", "sessions/s1/agents", "sessions/s1/tasks",
        "agents", "bookmarks", "workers", "bindings", "bindings/codex"}) {
    project_.write(directory + "/README.md", "notes");
    project_.write(directory + "/.hidden.json", "{}");
    std::filesystem::create_symlink("/etc", project_.path(directory + "/link.json"));
    std::filesystem::create_directories(project_.path(directory + "/x.json/task.json"));
  }
  project_.task("t1");
  project_.session("s1");
  project_.execution("t1", "x1");
  project_.run("s1", "r1");
  project_.session_task("s1", "b1");
  tree_.catch_up();
  for (const auto& [entity, id] : std::vector<std::pair<std::string, std::string>>{
           {"tasks", "t1"}, {"executions", "x1"}, {"runs", "r1"}, {"session-tasks", "b1"}}) {
    EXPECT_THAT(agreed({entity}, "id"), ElementsAre("\"" + id + "\"")) << entity;
  }
  for (const std::string entity : {"sessions", "agents", "capabilities", "bookmarks", "workers",
                                   "bindings", "evaluations", "events", "messages", "config"}) {
    EXPECT_EQ(agreed({entity}, "updated_at").size(), entity == "sessions" ? 1u : 0u) << entity;
  }
}

TEST_F(ListCommandTest, AProjectWithoutAGoodFileIsNamedAfterItsDirectory) {
  project_.task("t1");
  project_.write("project.json", "{");
  tree_.catch_up();
  EXPECT_THAT(mirrored({"tasks"}, "project"), ElementsAre("\"" + std::string(kName) + "\""));
  const Outcome bad = ls({"tasks", "--from-files", "--project", root(), "--format", "csv"});
  EXPECT_EQ(bad.status, kDone);
  EXPECT_THAT(bad.out, HasSubstr(std::string("\n") + kName + ",t1,"));
  EXPECT_THAT(bad.err, HasSubstr("project.json at byte "));
  std::filesystem::remove(project_.path("project.json"));
  tree_.catch_up();
  EXPECT_THAT(agreed({"tasks"}, "project"), ElementsAre("\"" + std::string(kName) + "\""));
  EXPECT_THAT(agreed({"projects"}, "id"), ElementsAre("null"));
}

TEST_F(ListCommandTest, ABadLineIsNamedWithItsPlaceAndTheRestIsListed) {
  project_.events("s1", "{\"id\": \"a\"}\n\n{\"id\": }\n5\n{\"id\": \"b\"}\n{\"id\"");
  const std::string log = project_.path("sessions/s1/events.jsonl").string();
  const std::string said = complaints("events");
  EXPECT_THAT(said, HasSubstr("skipped " + log + " at byte 13: bad line: "));
  EXPECT_THAT(said, HasSubstr("skipped " + log + " at byte 22: bad line: expected an object\n"));
  EXPECT_THAT(said, HasSubstr("skipped " + log + " at byte 36: unfinished line: "));
  EXPECT_THAT(ls({"events", "--from-files", "--project", root(), "--format", "csv"}).out,
              AllOf(HasSubstr(",a,"), HasSubstr(",b,")));
}

TEST_F(ListCommandTest, CopiesComeInTheOrderOfTheirFiles) {
  for (const std::string copy : {"b", "a\xFF", "c", "a", "a\xC3\xA9"}) {
    project_.write("tasks/" + copy + "/task.json",
                   R"({"id": "same", "sort_order": 1, "title": "in )" + copy.substr(0, 1) + "\"}");
  }
  project_.events("s2", "{\"id\": \"e\", \"title\": \"1\"}\n{\"id\": \"e\", \"title\": \"2\"}\n");
  project_.events("s1", "{\"id\": \"e\", \"title\": \"0\"}\n");
  tree_.catch_up();
  EXPECT_THAT(agreed({"tasks"}, "title"),
              ElementsAre("\"in a\"", "\"in a\"", "\"in a\"", "\"in b\"", "\"in c\""));
  EXPECT_THAT(agreed({"events"}, "title"), ElementsAre("\"0\"", "\"1\"", "\"2\""));
}

TEST_F(ListCommandTest, FromTheFilesAnotherProjectCannotBeAskedFor) {
  tree_.catch_up();
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root());
  const Outcome here = ls({"projects", "--from-files", "--project", kName});
  const Outcome other = ls({"projects", "--from-files", "--project", "mistyped"});
  std::filesystem::current_path(before);
  EXPECT_EQ(here.status, kDone) << here.err;
  EXPECT_EQ(other.status, kFailed);
  EXPECT_EQ(other.out, "");
  EXPECT_THAT(other.err, AllOf(HasSubstr("mistyped"), HasSubstr(root())));
}

TEST_F(ListCommandTest, AProjectMayHaveAgentsSessionsAlone) {
  tree_.write("flow/agents/sessions/s1/state.json", R"({"session_id": "s1", "topic": "T"})");
  tree_.catch_up();
  const std::filesystem::path flow = tree_.root() / "flow";
  for (const std::string inside : {"", "agents", "agents/sessions/s1"}) {
    const Strings named{"sessions", "--project", (flow / inside).string()};
    Strings from_files = named;
    from_files.push_back("--from-files");
    EXPECT_THAT(mirrored(named, "topic"), ElementsAre("\"T\"")) << inside;
    EXPECT_THAT(mirrored(from_files, "topic"), ElementsAre("\"T\"")) << inside;
  }
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(flow / "agents");
  const Outcome here = ls({"sessions", "--from-files", "--format", "csv"});
  std::filesystem::current_path(before);
  EXPECT_THAT(here.out, HasSubstr("flow,s1,")) << here.err;
  const Outcome nowhere =
      ls({"sessions", "--from-files", "--project", tree_.root().parent_path().string()});
  EXPECT_EQ(nowhere.status, kFailed);
  EXPECT_THAT(nowhere.err, HasSubstr("holds .tain or agents/sessions"));
}

// A project that a mirror with settings of its own has, and of which a mirror need not be.
class ListSettingsTest : public ::testing::Test {
 protected:
  ListSettingsTest() {
    tree_.write("p/.tain/sessions/s1/state.json",
                R"({"session_id":"s1","summary":"canary4711","env":{"API_KEY":"canary4711"}})");
    tree_.write("p/.tain/sessions/s1/events.jsonl",
                R"({"id":"e1","at":"2026-10-01T00:00:00Z","type":"log","body":")" +
                    std::string(80, 'x') + "\"}\n");
    tree_.write("p/agents/sessions/s2/state.json", R"({"session_id":"s2","called":"ours"})");
    tree_.settle();
  }

  Outcome ls(const std::string& entity, Strings more) const {
    more.insert(more.begin(),
                {"ls", entity, "--format", "jsonl", "--project", (tree_.root() / "p").string()});
    return Tain{}(more);
  }
  Outcome from_files(const std::string& entity, const std::string& mirror) const {
    return ls(entity, {"--from-files", "--db", mirror});
  }

  const syncd::LayoutDescription ours_{
      .name = "ours",
      .markers = {"agents/sessions"},
      .files = {{.path = "*/state.json", .is = "session", .fields = Json{{"topic", "called"}}}}};
  testing::SyncHarness tree_{{.limits = {.max_body = 64},
                              .redaction = {.drop = {"summary"}},
                              .layouts = {.layouts = {ours_}}}};
};

TEST_F(ListSettingsTest, FilesAreReadAndRedactedAsTheMirrorIs) {
  const std::string mirror = tree_.mirror().string();
  for (const std::string entity : {"sessions", "events"}) {
    const Outcome files = from_files(entity, mirror);
    EXPECT_EQ(files.out, ls(entity, {"--db", mirror}).out);
    EXPECT_THAT(files.out,
                AllOf(Not(IsEmpty()), Not(HasSubstr("canary4711")), Not(HasSubstr("xxx"))));
  }
  EXPECT_THAT(from_files("sessions", mirror).out, HasSubstr(R"("topic":"ours")"));
}

TEST_F(ListSettingsTest, WithoutAMirrorSecretsOfAnEnvironmentStayInTheFileAllTheSame) {
  const std::string none = (tree_.outside() / "none.db").string();
  EXPECT_THAT(from_files("sessions", none).out,
              AllOf(HasSubstr(R"("summary":"canary4711")"), HasSubstr("API_KEY"),
                    Not(HasSubstr(R"(\"API_KEY\":\"canary4711\")"))));
  EXPECT_THAT(from_files("events", none).out, HasSubstr("xxx"));
}

TEST_F(ListSettingsTest, AMirrorThatDoesNotSayWhatToRedactIsAnError) {
  sqlite::Database(tree_.mirror(), sqlite::Database::Mode::read_write)
      .run("DELETE FROM meta WHERE key = 'settings'");
  const Outcome refused = from_files("sessions", tree_.mirror().string());
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("does not say with which settings it was built"));
}

}  // namespace
}  // namespace tain::query
