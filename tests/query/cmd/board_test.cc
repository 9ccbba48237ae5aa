#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/asking.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using BoardTest = Asking;

TEST_F(BoardTest, TasksStandByProjectAndStatusInTheirOrder) {
  expect_answers("board", {"board"});
}

TEST_F(BoardTest, OneProjectIsAskedForByItsNameOrId) {
  expect_answers("board-atlas", {"board", "atlas"}, {"table"});
  EXPECT_EQ(ask({"board", "prj_atlas"}).out, ask({"board", "atlas"}).out);
  EXPECT_EQ(ask({"board", "nowhere"}).status, kFailed);
}

TEST_F(BoardTest, WhatWaitsForOthersStandsOutInColour) {
  const Outcome outcome =
      ask({"board", "atlas"}, Terminal{.columns = 60, .rows = 24, .colour = true});
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[31m  waits for 2\x1b[0m\n"));
}

TEST_F(BoardTest, ATerminalsLinesAreCutButNotWhatATaskWaitsFor) {
  const Outcome outcome = ask({"board", "atlas"}, Terminal{.columns = 35, .rows = 24});
  EXPECT_THAT(outcome.out, HasSubstr("…  waits for 2\n"));
}

TEST_F(BoardTest, AForeignStatusComesLast) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET status = 'dreaming' WHERE id = 't_map'");
  const std::string out = Tain()({"board", "atlas", "--db", example.db().string()}).out;
  EXPECT_LT(out.find("failed (1)"), out.find("dreaming (1)"));
  EXPECT_THAT(out, HasSubstr("dreaming (1)"));
}

class TreeTest : public Asking {};

TEST_F(TreeTest, ATaskIsDrawnWithAllItsParts) {
  expect_answers("tree", {"tree", "t_map"});
}

TEST_F(TreeTest, EveryDepthHasItsIndentation) {
  testing::ExampleMirror example;
  example.run(
      "UPDATE tasks SET parent_id = 't_graph' WHERE id = 't_routes';"
      "UPDATE tasks SET parent_id = 't_routes' WHERE id = 't_labels';"
      "UPDATE tasks SET title = char(7) || title, display_title = char(7) || title "
      "WHERE id = 't_labels'");
  testing::expect_golden("tree-deep.table",
                         Tain()({"tree", "t_map", "--db", example.db().string()}).out);
  EXPECT_EQ(Tain()({"tree", "t_graph", "--db", example.db().string()}).out,
            "Street graph  completed  t_graph\n"
            "└─ Walking routes  in_progress  t_routes\n"
            "   └─ \\x07Street labels  failed  t_labels\n");
}

TEST_F(TreeTest, ACycleOfParentsIsCut) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET parent_id = 't_routes' WHERE id = 't_map'");
  const Outcome outcome = Tain()({"tree", "t_map", "--db", example.db().string()});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("Walking routes"));
}

TEST_F(TreeTest, OnlyTasksHaveOne) {
  EXPECT_EQ(ask({"tree", "s_routes"}).status, kFailed);
  EXPECT_EQ(ask({"tree"}).status, kMisused);
}

TEST_F(TreeTest, LinesOfATerminalAreCut) {
  const Outcome outcome = ask({"tree", "t_map"}, Terminal{.columns = 24, .rows = 24});
  EXPECT_THAT(outcome.out, HasSubstr("├─ Render tiles  comple…\n"));
}

TEST_F(BoardTest, ProjectsOfOneNameAreTwo) {
  testing::ExampleMirror example;
  example.run("UPDATE projects SET name = 'atlas' WHERE name = 'beacon'");
  const std::string out = Tain()({"board", "--db", example.db().string()}).out;
  EXPECT_THAT(out, HasSubstr("atlas\n\npending (1)\n  low  t_print"));
  EXPECT_THAT(out, HasSubstr("\natlas  /home/ann/work/beacon\n\npending (1)\n  low  t_tide"));
}

TEST_F(TreeTest, ATaskInACycleIsDrawnOnce) {
  testing::ExampleMirror example;
  example.run("UPDATE tasks SET parent_id = 't_routes' WHERE id = 't_map'");
  EXPECT_THAT(Tain()({"tree", "t_routes", "--db", example.db().string()}).out,
              ::testing::StartsWith("Walking routes  in_progress  t_routes\n"
                                    "└─ Map of the old town  in_progress  t_map\n"
                                    "   ├─ Render tiles"));
}

TEST_F(TreeTest, HasATimeLimitAsEveryAnswerHas) {
  testing::ExampleMirror example;
  example.run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
      "INSERT INTO tasks (file_id, project_key, id, title, display_title, parent_id) "
      "SELECT 100000 + i, (SELECT project_key FROM projects WHERE name = 'atlas'), 'd' || i, 'd', "
      "'d', iif(i = 1, 't_map', 'd' || (i - 1)) FROM n");
  const Outcome whole = Tain()({"tree", "t_map", "--format", "csv", "--db", example.db().string()});
  EXPECT_EQ(whole.status, kDone);
  EXPECT_THAT(whole.out, HasSubstr("d20000"));
  const Outcome late =
      Tain()({"tree", "t_map", "--timeout", "0.0001", "--db", example.db().string()});
  EXPECT_EQ(late.status, kFailed);
  EXPECT_EQ(late.out, "");
  EXPECT_THAT(late.err, HasSubstr("the answer takes too long; ask for less, or allow more with "
                                  "--timeout SECONDS"));
}

}  // namespace
}  // namespace tain::query
