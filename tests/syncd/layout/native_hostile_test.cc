// Files that core would never write: whatever stands in them costs only itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/hand_made_project.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::HandMadeProject;
using testing::MirrorFixture;
using ::testing::UnorderedElementsAre;

using Columns = std::map<std::string, std::string>;

// Where an entity's file lies, and what its path says of it.
struct EntityFileCase {
  std::string table;
  std::string path;
  Columns from_path;
};

const std::vector<EntityFileCase>& entity_files() {
  static const std::vector<EntityFileCase> files = {
      {"sessions", "sessions/s1/state.json", {{"session_id", "s1"}}},
      {"agent_runs", "sessions/s1/agents/r1.json", {{"session_id", "s1"}, {"id", "r1"}}},
      {"session_tasks", "sessions/s1/tasks/b1/task.json", {{"session_id", "s1"}, {"id", "b1"}}},
      {"session_task_messages",
       "sessions/s1/tasks/b1/messages.jsonl",
       {{"session_id", "s1"}, {"task_id", "b1"}}},
      {"events", "tasks/t1/events.jsonl", {{"task_id", "t1"}}},
      {"tasks", "tasks/t1/task.json", {{"id", "t1"}, {"display_title", ""}}},
      {"executions", "tasks/t1/executions/x1.json", {{"task_id", "t1"}, {"id", "x1"}}},
      {"evaluations", "tasks/t1/evaluation.json", {{"task_id", "t1"}}},
      {"agents", "agents/claude.json", {{"slug", "claude"}, {"id", "claude"}}},
      {"bookmarks", "bookmarks/b1.json", {{"id", "b1"}}},
      {"runtime_bindings",
       "bindings/claude-code/c1.json",
       {{"runtime_source", "claude-code"}, {"runtime_session_id", "c1"}}},
      {"workers", "workers/w1.json", {{"worker_id", "w1"}}}};
  return files;
}

class NativeHostile : public ::testing::Test {
 protected:
  Columns columns_after(const EntityFileCase& file, const std::string& bytes) {
    project.write(file.path, bytes);
    tree.catch_up();
    return tree.own_columns(file.table, "p/.tain/" + file.path);
  }

  MirrorFixture tree;
  HandMadeProject project{tree, "p"};
};

TEST_F(NativeHostile, AnEntityIsCalledWhatItsPathSaysWhenItDoesNotSay) {
  for (const EntityFileCase& file : entity_files()) {
    const Columns columns = columns_after(file, "{}");
    EXPECT_FALSE(columns.empty()) << file.path;
    for (const auto& [column, value] : columns) {
      // Where the row stands is nobody's to say.
      if (column.starts_with("line_") || column == "position") continue;
      const auto named = file.from_path.find(column);
      EXPECT_EQ(value, named == file.from_path.end() ? "NULL" : named->second)
          << file.path << " " << column;
    }
  }
}

TEST_F(NativeHostile, ADirectoryWhoseNameIsNotUtf8SaysNothing) {
  tree.write("p/.tain/tasks/\xff/task.json", R"({"title": "T"})");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT id, title FROM tasks"), ElementsAre(Cells{"NULL", "T"}));
}

// A value that the column cannot hold; nothing where it can hold any.
std::string wrong_value(const Column& column, const mirror::JsonShapes& shapes) {
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::word:
      return "7";
    case ColumnType::integer:
    case ColumnType::real:
    case ColumnType::boolean:
    case ColumnType::time:
    case ColumnType::count:
      return "\"wrong\"";
    case ColumnType::json:
      return shapes.contains(column.name) ? "\"wrong\"" : "";
  }
  return "";
}

TEST_F(NativeHostile, AFieldOfTheWrongTypeIsNullAndAnAnomalyThatNamesIt) {
  const mirror::Schema schema;
  std::map<std::string, const mirror::Table*> tables;
  for (const mirror::Table* table : schema.tables()) tables[table->name] = table;
  for (const EntityFileCase& file : entity_files()) {
    SCOPED_TRACE(file.path);
    const mirror::Table& table = *tables.at(file.table);
    Json object = Json::object();
    std::vector<std::string> wrong;
    std::vector<std::string> places;
    for (const Column& column : table.columns) {
      const std::string value = column.path.empty() ? "" : wrong_value(column, table.shapes);
      if (value.empty()) continue;
      Json* parent = &object;
      std::string place;
      for (const std::string& key : column.path) {
        parent = &(*parent)[key];
        place.append("/").append(key);
      }
      *parent = Json::parse(value);
      wrong.push_back(column.name);
      places.push_back(place);
    }
    const Columns columns = columns_after(file, object.dump() + "\n");
    for (const std::string& column : wrong) {
      const auto named = file.from_path.find(column);
      EXPECT_EQ(columns.at(column), named == file.from_path.end() ? "NULL" : named->second)
          << column;
    }
    std::vector<std::string> found;
    for (const Cells& row :
         tree.rows("SELECT place FROM file_anomalies JOIN files USING (file_id) WHERE "
                   "file_anomalies.kind = 'wrong type' AND path LIKE '%" +
                   file.path + "'")) {
      found.push_back(row[0]);
    }
    EXPECT_THAT(found, ::testing::IsSupersetOf(places));
  }
}

TEST_F(NativeHostile, AGroupOfFieldsThatIsNoObjectIsOneAnomaly) {
  project.write("tasks/t1/executions/x1.json", R"({"log": ["x1.log"]})");
  project.write("sessions/s1/tasks/b1/task.json", R"({"progress": null, "error": "late"})");
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT kind, place, detail FROM file_anomalies"),
      UnorderedElementsAre(Cells{"wrong type", "/log", "expected an object, found an array"},
                           Cells{"wrong type", "/error", "expected an object, found \"late\""}));
}

TEST_F(NativeHostile, AnElementOfTheWrongTypeIsAnAnomalyAndCostsOnlyItself) {
  project.write("tasks/t1/task.json",
                R"({"session_ids": ["s1", 7, null, "s2"], "dependencies": "t2"})");
  project.write("agents/claude.json",
                R"({"base_args": [true], "capabilities": [3, {"key": "run"}, "x"]})");
  project.write("sessions/s1/tasks/b1/messages.jsonl", "{\"content\": [\"hello\"]}\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT position, session_id FROM task_sessions ORDER BY 1"),
              ElementsAre(Cells{"0", "s1"}, Cells{"3", "s2"}));
  EXPECT_THAT(tree.rows("SELECT session_ids, dependencies FROM tasks"),
              ElementsAre(Cells{R"(["s1",7,null,"s2"])", "NULL"}));
  EXPECT_THAT(tree.rows("SELECT position, agent_id, key FROM agent_capabilities"),
              ElementsAre(Cells{"1", "claude", "run"}));
  EXPECT_THAT(tree.rows("SELECT place, detail FROM file_anomalies ORDER BY place"),
              ElementsAre(Cells{"/base_args/0", "base_args: expected text, found true"},
                          Cells{"/capabilities/0", "expected an object, found 3"},
                          Cells{"/capabilities/2", "expected an object, found \"x\""},
                          Cells{"/content/0", "content: expected an object, found \"hello\""},
                          Cells{"/dependencies", "dependencies: expected a list, found \"t2\""},
                          Cells{"/session_ids/1", "session_ids: expected text, found 7"},
                          Cells{"/session_ids/2", "session_ids: expected text, found null"}));
}

TEST_F(NativeHostile, WhatStandsTwiceIsTwoRowsAndNoFailure) {
  project.write("tasks/t1/task.json",
                R"({"session_ids": ["s1", "s1"], "dependencies": ["t2", "t2"]})");
  project.write("agents/claude.json", R"({"capabilities": [{"key": "run"}, {"key": "run"}]})");
  project.write("config.json", R"({"a": {"value": 1}, "a": {"value": 2}})");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_sessions"), "2");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_dependencies"), "2");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM agent_capabilities"), "2");
  EXPECT_THAT(tree.rows("SELECT key, value FROM config"), ElementsAre(Cells{"a", "2"}));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(NativeHostile, AFileThatIsNoObjectIsAnErrorAndNoRow) {
  for (const EntityFileCase& file : entity_files()) project.write(file.path, "[1]\n");
  project.write("config.json", "\"just text\"");
  tree.catch_up();
  for (const EntityFileCase& file : entity_files()) {
    EXPECT_EQ(tree.cell("SELECT count(*) FROM " + file.table), "0") << file.table;
    EXPECT_EQ(tree.cell("SELECT count(*) FROM sync_errors WHERE path LIKE '%" + file.path +
                        "' AND reason LIKE '%expected a%object'"),
              "1")
        << file.path;
  }
  EXPECT_EQ(tree.cell("SELECT count(*) FROM config"), "0");
}

TEST_F(NativeHostile, AListOfNothingButOdditiesDoesNotFillTheMirror) {
  std::string list = "0";
  for (int i = 0; i < 5000; ++i) list += ",0";
  project.write("tasks/t1/task.json", R"({"session_ids": [)" + list + "]}");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) BETWEEN 1 AND 200 FROM file_anomalies"), "1");
}

TEST_F(NativeHostile, NothingOfATaskOutlivesItsFiles) {
  project.task("t1", R"("session_ids": ["s"], "dependencies": ["t2"])");
  for (const EntityFileCase& file : entity_files()) project.write(file.path, "{}\n");
  project.write("config.json", R"({"a": {"value": 1}})");
  project.agent("claude", R"("capabilities": [{"key": "run"}])");
  tree.catch_up();
  std::filesystem::remove_all(tree.root() / "p");
  tree.catch_up();
  for (const mirror::Table* table : tree.schema().tables()) {
    EXPECT_EQ(tree.cell("SELECT count(*) FROM " + table->name), "0") << table->name;
  }
}

}  // namespace
}  // namespace tain
