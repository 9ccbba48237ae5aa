// Beads' issues: a task each, from the lines of one file that is written anew on every export.

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

constexpr const char* kIssueLines =
    R"({"id":"bd-12","title":"Add a login","description":"d","status":"open","priority":1,)"
    R"("issue_type":"feature","assignee":"ann","created_at":"2025-12-17T15:31:38.688625-05:00",)"
    R"("updated_at":"2025-12-17T20:31:39Z","labels":["ui","auth"],"dependencies":[)"
    R"({"issue_id":"bd-12","depends_on_id":"bd-1","type":"blocks","metadata":"{}"},)"
    R"({"issue_id":"bd-12","depends_on_id":"bd-epic","type":"parent-child"},)"
    R"({"issue_id":"bd-12","depends_on_id":"bd-9","type":"related"}],"comments":[)"
    R"({"id":7,"issue_id":"bd-12","author":"bob","text":"why","created_at":"2025-12-18T00:00:00Z"},)"
    R"({"id":8,"issue_id":"bd-12","author":"ann","text":"so","created_at":"2025-12-18T00:00:01Z"}]})"
    "\n"
    R"({"id":"bd-1","title":"T","status":"closed","priority":0,"closed_at":"2025-12-18T00:00:02Z",)"
    R"("close_reason":"done"})"
    "\n"
    R"({"id":"bd-2.1","title":"Old","status":"tombstone","priority":4,"deleted_by":"x"})"
    "\n"
    R"({"_type":"issue","id":"bd-3","title":"New","status":"in_progress","depends_on":["bd-12"],)"
    R"("tags":["t"],"priority":70})"
    "\n"
    R"({"_type":"memory","key":"build","value":"use ninja"})"
    "\n";

class BeadsTree : public ::testing::Test {
 protected:
  void hold(const std::string& text, const std::string& path = "repo/.beads/issues.jsonl") {
    tree.write(path, text);
    tree.catch_up();
  }

  MirrorFixture tree;
};

TEST_F(BeadsTree, IssuesAreTasksOfTheRepository) {
  hold(kIssueLines);
  EXPECT_THAT(
      tree.rows("SELECT id, title, display_title, status, priority, assignee_agent_id, parent_id, "
                "labels, dependencies, completed_at FROM tasks ORDER BY line_offset"),
      ElementsAre(
          Cells{"bd-12", "Add a login", "Add a login", "pending", "high", "ann", "bd-epic",
                R"(["ui","auth"])", "NULL", "NULL"},
          Cells{"bd-1", "T", "T", "completed", "urgent", "NULL", "NULL", "NULL", "NULL",
                "1766016002000"},
          Cells{"bd-2.1", "Old", "Old", "cancelled", "low", "NULL", "NULL", "NULL", "NULL", "NULL"},
          Cells{"bd-3", "New", "New", "in_progress", "NULL", "NULL", "NULL", R"(["t"])", "NULL",
                "NULL"}));
  EXPECT_EQ(tree.cell("SELECT root FROM projects"), (tree.root() / "repo").string());
  EXPECT_EQ(tree.cell("SELECT created_at FROM tasks WHERE id = 'bd-12'"), "1766003498688");
  EXPECT_THAT(tree.rows("SELECT place, detail FROM file_anomalies"),
              ElementsAre(Cells{"/priority", "priority: expected text, found 70"}));
}

TEST_F(BeadsTree, DependenciesKeepTheirTypeAndOnlyThoseThatBlockBlock) {
  hold(kIssueLines);
  EXPECT_THAT(
      tree.rows("SELECT task_id, depends_on, type FROM task_dependencies "
                "ORDER BY line_offset, position"),
      ElementsAre(Cells{"bd-12", "bd-1", "blocks"}, Cells{"bd-12", "bd-epic", "parent-child"},
                  Cells{"bd-12", "bd-9", "related"}, Cells{"bd-3", "bd-12", "NULL"}));
  EXPECT_THAT(tree.rows("SELECT task_id, depends_on, dependency_status FROM task_blockers"),
              ElementsAre(Cells{"bd-3", "bd-12", "pending"}));
  EXPECT_THAT(tree.rows("SELECT id, unfinished_dependencies FROM task_board ORDER BY id"),
              ElementsAre(Cells{"bd-1", "0"}, Cells{"bd-12", "0"}, Cells{"bd-2.1", "0"},
                          Cells{"bd-3", "1"}));
}

TEST_F(BeadsTree, AParentAndAChildThatBlocksItAreNoCycle) {
  hold(R"({"id":"a","title":"epic","dependencies":[{"depends_on_id":"b","type":"blocks"}]})"
       "\n"
       R"({"id":"b","title":"part","dependencies":[{"depends_on_id":"a","type":"parent-child"}]})"
       "\n");
  EXPECT_THAT(tree.rows("SELECT kind FROM anomalies"), IsEmpty());
  EXPECT_THAT(tree.rows("SELECT id, depth, path FROM task_tree"),
              ElementsAre(Cells{"a", "0", "epic"}, Cells{"b", "1", "epic / part"}));
}

TEST_F(BeadsTree, CommentsAndMemoriesAreEventsThatKnowTheirPlace) {
  hold("\xEF\xBB\xBF" + std::string(kIssueLines));
  EXPECT_THAT(
      tree.rows(
          "SELECT id, type, at, task_id, actor_id, body FROM events WHERE task_id IS NOT NULL "
          "ORDER BY line_offset"),
      ElementsAre(Cells{"7", "comment", "1766016000000", "bd-12", "bob", "why"},
                  Cells{"8", "comment", "1766016001000", "bd-12", "ann", "so"}));
  EXPECT_THAT(tree.rows("SELECT type, title, body FROM events WHERE task_id IS NULL"),
              ElementsAre(Cells{"memory", "build", "use ninja"}));
  const std::string file = testing::read(tree.root() / "repo/.beads/issues.jsonl");
  for (const Cells& event : tree.rows("SELECT line_offset, line_length, body FROM events")) {
    const std::string text = file.substr(std::stoul(event[0]), std::stoul(event[1]));
    EXPECT_TRUE(text.starts_with("{") && text.ends_with("}")) << text;
    EXPECT_NE(text.find(event[2]), std::string::npos) << text;
  }
}

TEST_F(BeadsTree, WhatNoColumnHasIsInExtra) {
  hold(kIssueLines);
  EXPECT_EQ(tree.cell("SELECT extra FROM tasks WHERE id = 'bd-1'"), R"({"close_reason":"done"})");
  EXPECT_EQ(tree.cell("SELECT extra FROM tasks WHERE id = 'bd-3'"), "NULL");
  EXPECT_EQ(
      tree.cell("SELECT extra ->> '$.dependencies[0].metadata' FROM tasks WHERE id = 'bd-12'"),
      "{}");
}

TEST_F(BeadsTree, OddLinesCostOnlyThemselves) {
  hold(R"({"id":"a","title":1,"dependencies":[7,{"type":"blocks"},null],"comments":{"x":1}})"
       "\n{\n<<<<<<< ours\n\n"
       R"({"id":7,"title":"n","dependencies":"b","status":"pending_review"})"
       "\n[]\n{}\n"
       R"({"id":"last","title":"l"})");
  EXPECT_THAT(tree.rows("SELECT id, title, status FROM tasks ORDER BY line_offset"),
              ElementsAre(Cells{"a", "1", "NULL"}, Cells{"7", "n", "pending_review"},
                          Cells{"last", "l", "NULL"}));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_dependencies"), "0");
  EXPECT_THAT(tree.rows("SELECT DISTINCT place FROM file_anomalies ORDER BY place"),
              ElementsAre(Cells{"/comments"}, Cells{"/dependencies"}, Cells{"/dependencies/0"},
                          Cells{"/dependencies/1"}, Cells{"/dependencies/2"}, Cells{"/status"}));
  EXPECT_NE(tree.cell("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(BeadsTree, DeletionsAreEventsAndOtherJsonIsADocument) {
  tree.write("repo/.beads/metadata.json", R"({"database":"beads.db"})");
  tree.write("repo/.beads/beads.left.jsonl", kIssueLines);
  hold(R"({"issue_id":"c-1","deleted_at":"2025-12-26T11:00:00Z","deleted_by":"system"})"
       "\n",
       "repo/.beads/deletions.jsonl");
  EXPECT_THAT(tree.rows("SELECT type, task_id, at, actor_id FROM events"),
              ElementsAre(Cells{"deleted", "c-1", "1766746800000", "system"}));
  EXPECT_EQ(tree.cell("SELECT body FROM documents"), R"({"database":"beads.db"})");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM files"), "2");
}

TEST(BeadsLimits, ALongCommentStaysInItsFileAsOtherLongTextsDo) {
  MirrorFixture tree({.max_body = 64});
  tree.write("repo/.beads/issues.jsonl",
             R"({"id":"b-1","title":"T","comments":[{"id":1,"text":"short"},{"id":2,"text":")" +
                 std::string(65, 'c') + R"("},{"id":3,"text":")" + std::string(64, 'd') +
                 "\"}]}\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT id, body, left_in_file FROM events ORDER BY id"),
              ElementsAre(Cells{"1", "short", "NULL"}, Cells{"2", "NULL", R"(["body"])"},
                          Cells{"3", std::string(64, 'd'), "NULL"}));
}

TEST(BeadsIncrementally, AFileThatIsWrittenAnewInPlaceIsReadAnew) {
  SyncHarness harness;
  harness.settle();
  // The middle changes, and both ends of what was read stay as they are.
  const std::string padding(200000, 'x');
  const std::string first = R"({"id":"a","title":"A","notes":")" + padding + "\"}\n";
  const auto middle = [](char priority) {
    return std::string(R"({"id":"b","title":"B","priority":)") + priority + "}\n";
  };
  const std::string last = R"({"id":"c","title":"C","notes":")" + padding + "\"}\n";
  const std::string path = ".beads/issues.jsonl";
  const auto save = [&](const std::string& text) {
    std::ofstream(harness.root() / path, std::ios::trunc) << text;
    harness.sync(harness.root() / path);
  };
  harness.write(path, "");
  save(first + middle('1') + last);
  save(first + middle('2') + last + R"({"id":"d","title":"D"})");
  EXPECT_EQ(harness.select("SELECT group_concat(id || coalesce(priority, '')) FROM tasks"),
            "a,bmedium,c,d");
  save("");
  EXPECT_EQ(harness.select("SELECT count(*) FROM tasks"), "0");
  save(kIssueLines);
  std::filesystem::rename(harness.root() / path, harness.root() / ".beads/beads.jsonl");
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM tasks"), "4");
  EXPECT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST(BeadsIncrementally, ALargeFileIsReadInPieces) {
  SyncHarness harness({.limits = {.log_budget = 1000}});
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"id":"i)" + std::to_string(i) + R"(","title":"some title of it"})" + "\n";
  }
  harness.write(".beads/issues.jsonl", lines);
  harness.settle();
  EXPECT_EQ(harness.select("SELECT count(*), count(DISTINCT id) FROM tasks"), "300|300");
}

}  // namespace
}  // namespace tain
