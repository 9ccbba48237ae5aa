#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/json/document.h"
#include "tests/query/asking.h"

namespace tain::query {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using ShowTest = Asking;

TEST_F(ShowTest, ATaskIsShownWithItsTreeItsSessionsAndWhatHappened) {
  expect_answers("show-task", {"show", "t_routes"}, {"table", "json"});
  expect_answers("show-task-with-parts", {"show", "t_map"}, {"table"});
}

TEST_F(ShowTest, ASessionIsShownWithItsPhasesDecisionsAndRuns) {
  expect_answers("show-session", {"show", "s_routes"}, {"table", "json"});
}

TEST_F(ShowTest, EveryKindOfThingIsShown) {
  for (const char* id :
       {"prj_atlas", "run_r2", "weaver", "exe_2", "bg_1", "msg_1", "bmk_1", "wrk_1", "evt_0004"}) {
    expect_answers(std::string("show-") + id, {"show", id}, {"table"});
  }
}

TEST_F(ShowTest, ABeginningThatOnlyOneIdHasIsEnough) {
  EXPECT_EQ(ask({"show", "t_rou"}).out, ask({"show", "t_routes"}).out);
  EXPECT_EQ(ask({"show", "t_rou"}).status, kDone);
}

TEST_F(ShowTest, AnIdGoesBeforeThoseThatBeginWithIt) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET id = 't_l' WHERE id = 't_labels'");
  const Outcome outcome = Tain()({"show", "t_l", "--db", example.db().string()});
  EXPECT_THAT(outcome.out, HasSubstr("task t_l "));
}

TEST_F(ShowTest, ProjectsAndAgentsAreKnownByTheirNamesToo) {
  EXPECT_THAT(ask({"show", "beacon"}).out, HasSubstr("project prj_beacon"));
}

TEST_F(ShowTest, WhatIsAmbiguousIsRefusedWithTheCandidates) {
  const Outcome outcome = ask({"show", "t_l"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "tain: \"t_l\" may be any of these; write more of the id, or its file, or narrow "
            "it with --project or --entity:\n"
            "  tasks  t_labels  atlas  Street labels\n"
            "  tasks  t_lamp  beacon  Dim the lamp\n"
            "  tasks  t_legend  atlas  Legend\n");
}

TEST_F(ShowTest, AProjectOrAKindNarrowsWhatIsMeant) {
  EXPECT_THAT(ask({"show", "t_l", "--project", "beacon"}).out, HasSubstr("task t_lamp"));
  EXPECT_EQ(ask({"show", "s_", "--entity", "tasks"}).status, kFailed);
  EXPECT_THAT(ask({"show", "b", "--entity", "bookmarks"}).out, HasSubstr("bookmark bmk_1"));
}

TEST_F(ShowTest, WhatIsNotThereIsSaid) {
  const Outcome outcome = ask({"show", "nobody"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("nobody"));
  EXPECT_THAT(outcome.err, HasSubstr("tain search"));
}

TEST_F(ShowTest, MisusesAreMisuses) {
  EXPECT_EQ(ask({"show", ""}).status, kMisused);
  EXPECT_EQ(ask({"show"}).status, kMisused);
  EXPECT_EQ(ask({"show", "t_map", "--entity", "cats"}).status, kMisused);
  EXPECT_EQ(ask({"show", "t_map", "--events", "-1"}).status, kMisused);
}

TEST_F(ShowTest, AsManyEventsAsWereAskedForAreShown) {
  const Outcome one = ask({"show", "s_routes", "--events", "1"});
  EXPECT_THAT(one.out, HasSubstr("Checkpoint 4 of 6"));
  EXPECT_THAT(one.out, Not(HasSubstr("edit weights.cc")));
  EXPECT_THAT(ask({"show", "s_routes", "--events", "0"}).out, Not(HasSubstr("last events")));
}

TEST_F(ShowTest, LinesOfATerminalAreCutAndProgramsGetThemWhole) {
  const Outcome outcome = ask({"show", "t_routes"}, Terminal{.columns = 50, .rows = 24});
  EXPECT_THAT(outcome.out, HasSubstr("…\n"));
  EXPECT_THAT(ask({"show", "t_routes"}).out, Not(HasSubstr("…")));
}

TEST_F(ShowTest, DataCannotControlATerminal) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET description = char(27) || '[2J' WHERE id = 't_map'");
  Tain tain;
  tain.terminal = Terminal{.columns = 80, .rows = 24, .colour = false};
  const Outcome outcome = tain({"show", "t_map", "--db", example.db().string()});
  EXPECT_THAT(outcome.out, HasSubstr("\\x1b[2J"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
}

// A session in a directory of another name, with an event whose body is too long for the mirror.
class ShowFileTest : public ::testing::Test {
 protected:
  ShowFileTest() {
    tree_.write("p/.tain/sessions/2026-02-16_maps/state.json",
                R"({"session_id": "s1", "session_type": "full", "status": "running"})");
    tree_.write(kShownLog,
                R"({"id": "e1", "at": "2026-10-01T00:00:00Z", "type": "log", "body": ")" +
                    std::string(100, 'x') + "\"}\n");
    tree_.scan();
  }
  Outcome show(const std::string& id, const std::string& format = "table") const {
    return Tain()({"show", id, "--format", format, "--db", tree_.mirror().string()});
  }

  static constexpr const char* kShownLog = "p/.tain/sessions/2026-02-16_maps/events.jsonl";
  testing::SyncHarness tree_{{.limits = {.max_body = 64}}};
};

TEST_F(ShowFileTest, ASessionIsKnownByItsDirectoryToo) {
  EXPECT_THAT(show("2026-02-16").out, HasSubstr("session s1"));
}

TEST_F(ShowFileTest, WhatTheMirrorLeftInTheFileIsReadThere) {
  EXPECT_EQ(tree_.select("SELECT body FROM events"), "");
  EXPECT_THAT(show("e1").out, HasSubstr(std::string(100, 'x')));
  EXPECT_EQ(Json::parse(show("e1", "json").out)[0]["fields"]["body"], std::string(100, 'x'));
}

TEST_F(ShowFileTest, WhatATranscriptsEventLeftIsReadAsItsLayoutReadsIt) {
  tree_.write("home/.claude/projects/-p/chat.jsonl",
              R"({"uuid":"u1","type":"assistant","message":{"content":[{"type":"text","text":")" +
                  std::string(100, 'y') + R"("},{"type":"text","text":"end"}]}})" + "\n");
  tree_.scan();
  EXPECT_EQ(tree_.select("SELECT body FROM events WHERE id = 'u1'"), "");
  EXPECT_EQ(Json::parse(show("u1", "json").out)[0]["fields"]["body"],
            std::string(100, 'y') + "\nend");
}

TEST(ShowDescribedTest, WhatAnyJsonsEventLeftIsReadAsTheMirrorWasTold) {
  testing::TempDir directory;
  const std::string root = (directory / "tree").string();
  testing::write(directory / "tree/a.jsonl",
                 R"({"id":"j1","x":")" + std::string(100, 'x') + "\"}\n");
  testing::SyncHarness tree(
      {.limits = {.max_body = 64}, .roots = {root}, .layouts = {.json = {root}}});
  tree.settle();
  EXPECT_EQ(tree.select("SELECT left_in_file FROM events"), R"(["data"])");
  const Outcome shown = Tain()({"show", "j1", "--format", "json", "--db", tree.mirror().string()});
  EXPECT_NE(shown.out.find(std::string(100, 'x')), std::string::npos) << shown.out << shown.err;
}

// What of a file must not be in the mirror, `show` must not tell either.
constexpr const char* kShownCanary = "canary4711";

// The card of the thing `id`, and what is said beside it.
Outcome show_as_json(const testing::SyncHarness& tree, const std::string& id) {
  return Tain()({"show", id, "--format", "json", "--db", tree.mirror().string()});
}

TEST(ShowRedactedTest, WhatIsReadInTheFileIsRedactedAsTheMirrorIs) {
  testing::SyncHarness tree({.limits = {.max_body = 64}, .redaction = {.drop = {"data.note"}}});
  const std::string data = R"({"env":{"API_KEY":"canary4711","HOME":")" + std::string(80, 'x') +
                           R"("},"note":"canary4711"})";
  tree.write("p/.tain/sessions/s1/events.jsonl",
             R"({"id":"e1","at":"2026-10-01T00:00:00Z","type":"log","data":)" + data + "}\n");
  tree.write("home/.claude/projects/-p/chat.jsonl",
             R"({"uuid":"u1","type":"progress","data":)" + data + "}\n");
  tree.settle();
  for (const std::string id : {"e1", "u1"}) {
    EXPECT_EQ(tree.select("SELECT left_in_file FROM events WHERE id = '" + id + "'"),
              R"(["data"])");
    const Outcome shown = show_as_json(tree, id);
    EXPECT_THAT(shown.out, AllOf(HasSubstr(std::string(80, 'x')), Not(HasSubstr(kShownCanary))));
    EXPECT_THAT(shown.err, Not(HasSubstr("settings")));
  }
}

TEST(ShowRedactedTest, APartOfALineIsRedactedByItsPlaceInTheLine) {
  testing::SyncHarness tree(
      {.limits = {.max_body = 64}, .redaction = {.drop = {"comments.data.draft"}}});
  tree.write("repo/.beads/issues.jsonl",
             "{\"id\":\"b-1\",\"title\":\"T\"}\n\n"
             R"({"id":"b-2","title":"U","comments":[{"id":7,"text":"short"},{"id":8,"text":")" +
                 std::string(80, 'c') + R"(","data":{"draft":"canary4711","x":")" +
                 std::string(80, 'x') + R"("}}]})");
  tree.settle();
  EXPECT_EQ(tree.select("SELECT id, body, left_in_file FROM events ORDER BY id"),
            "7|short|\n8||[\"body\",\"data\"]");
  const Outcome shown = show_as_json(tree, "8");
  EXPECT_THAT(shown.out, AllOf(HasSubstr(std::string(80, 'c')), HasSubstr(std::string(80, 'x')),
                               Not(HasSubstr(kShownCanary))));
}

TEST(ShowRedactedTest, AMirrorThatDoesNotSayWhatToRedactLetsNothingBeReadInAFile) {
  testing::SyncHarness tree({.limits = {.max_body = 64}});
  tree.write("p/.tain/sessions/s1/events.jsonl",
             R"({"id":"e1","at":"2026-10-01T00:00:00Z","type":"log","body":")" +
                 std::string(80, 'x') + "\"}\n");
  tree.settle();
  sqlite::Database(tree.mirror(), sqlite::Database::Mode::read_write)
      .run("DELETE FROM meta WHERE key = 'settings'");
  const Outcome shown = show_as_json(tree, "e1");
  EXPECT_THAT(shown.out, Not(HasSubstr("xxx")));
  EXPECT_THAT(shown.err, HasSubstr("does not say with which settings it was built"));
}

TEST(ShowDescribedTest, WhatADescribedLayoutsEventLeftIsReadByItsDescription) {
  const syncd::LayoutDescription tool{
      .name = "tool",
      .markers = {".tool"},
      .files = {{.path = "log.jsonl",
                 .is = "events",
                 .fields = Json{{"id", "number"}, {"body", "said.words"}}}}};
  testing::SyncHarness tree({.limits = {.max_body = 64}, .layouts = {.layouts = {tool}}});
  tree.write("p/.tool/log.jsonl",
             R"({"number":5,"said":{"words":")" + std::string(80, 'w') + R"("}})" + "\n");
  tree.settle();
  EXPECT_EQ(tree.select("SELECT id, left_in_file FROM events"), R"(5|["body"])");
  EXPECT_THAT(show_as_json(tree, "5").out, HasSubstr(std::string(80, 'w')));
}

TEST_F(ShowFileTest, AFileThatHasChangedSinceIsNotTakenForTheOldOne) {
  tree_.write(kShownLog, R"({"id": "e2", "at": "2026-10-01T00:00:00Z", "type": "log"})"
                         "\n");
  const Outcome outcome = show("e1");
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.err, HasSubstr("the file has changed"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("body")));
}

TEST_F(ShowFileTest, AFileThatIsGoneIsSaid) {
  std::filesystem::remove(tree_.root() / kShownLog);
  EXPECT_THAT(show("e1").err, HasSubstr("No such file"));
}

TEST_F(ShowTest, CopiesOfOneIdAreToldApartByTheirFiles) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET id = 't_map' WHERE id = 't_tiles'");
  const std::string copy = "/home/ann/work/atlas/.tain/tasks/t_tiles/task.json";
  const Outcome refused = Tain()({"show", "t_map", "--db", example.db().string()});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("  tasks  t_map  atlas  Render tiles  " + copy + "\n"));
  const Outcome shown = Tain()({"show", copy, "--db", example.db().string()});
  EXPECT_EQ(shown.status, kDone);
  EXPECT_THAT(shown.out, HasSubstr("Render tiles"));
  EXPECT_THAT(shown.out, HasSubstr(copy));
}

TEST_F(ShowTest, ADirectorysNameGoesBeforeThoseThatBeginWithIt) {
  testing::ExampleMirror example;
  example.run(
      "UPDATE sessions SET session_id = 'one' WHERE session_id = 's_tiles';"
      "UPDATE sessions SET session_id = 'two' WHERE session_id = 's_labels';"
      "UPDATE files SET path = replace(path, 's_tiles', 'alpha');"
      "UPDATE files SET path = replace(path, 's_labels', 'alpha-2')");
  EXPECT_THAT(Tain()({"show", "alpha", "--db", example.db().string()}).out,
              HasSubstr("session one "));
  EXPECT_EQ(Tain()({"show", "alph", "--db", example.db().string()}).status, kFailed);
}

TEST_F(ShowFileTest, WhatTookTheLogsPlaceIsNeitherWaitedForNorFollowed) {
  const std::filesystem::path log = tree_.root() / kShownLog;
  std::filesystem::rename(log, tree_.outside() / "moved");
  ASSERT_EQ(::mkfifo(log.c_str(), 0600), 0);
  EXPECT_THAT(show("e1").err, HasSubstr(log.string() + ": it is no file any more\n"));
  std::filesystem::remove(log);
  std::filesystem::create_symlink(tree_.outside() / "moved", log);
  EXPECT_THAT(show("e1").err, HasSubstr(log.string() + ": Too many levels of symbolic links"));
}

}  // namespace
}  // namespace tain::query
