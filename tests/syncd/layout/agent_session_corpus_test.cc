// Every state.json that one real program left behind, in every version, against a plain reading of
// what is right.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/corpus.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using nlohmann::json;
using testing::Cells;
using testing::MirrorFixture;

std::string text_or_null(const json& value) {
  if (value.is_null()) return "NULL";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// What is right, said without our mappings.
struct Expected {
  std::string session_id, phase, status, topic, total;
  std::set<int> checkpoints;
  std::vector<Cells> commits, decisions;
};

Expected read_plainly(const json& state, const std::string& directory) {
  const json null;
  const auto get = [&](const json& object, const char* key) -> const json& {
    return object.is_object() && object.contains(key) ? object[key] : null;
  };
  Expected expected;
  const json& id = state.contains("session_id") ? get(state, "session_id") : get(state, "id");
  expected.session_id = id.is_null() ? directory : text_or_null(id);
  expected.phase =
      text_or_null(get(state, state.contains("current_phase") ? "current_phase" : "phase"));
  expected.status =
      get(state, "status") == "complete" || expected.phase == "complete" ? "completed" : "running";
  expected.topic = text_or_null(get(state, state.contains("topic") ? "topic" : "request"));
  const json& build =
      get(state, state.contains("build_progress") ? "build_progress" : "plan_state");
  expected.total = text_or_null(get(build, "checkpoints_total"));
  for (const json& number : get(build, "checkpoints_completed"))
    expected.checkpoints.insert(number.get<int>());
  for (const json& commit : get(state, "commits")) {
    expected.commits.push_back({text_or_null(get(commit, "sha")),
                                text_or_null(get(commit, "message")),
                                text_or_null(get(commit, "checkpoint_id"))});
  }
  for (const json& decision : get(state, "key_decisions")) {
    const json& date = get(decision, decision.contains("date") ? "date" : "made_at");
    expected.decisions.push_back({text_or_null(get(decision, "decision")),
                                  text_or_null(get(decision, "rationale")), text_or_null(date)});
  }
  return expected;
}

void compare(const MirrorFixture& tree, const std::filesystem::path& file) {
  const Expected expected =
      read_plainly(json::parse(testing::read(file)), file.parent_path().filename().string());
  const std::string of_file = " JOIN files USING (file_id) WHERE path = '" + file.string() + "' ";
  SCOPED_TRACE(file);
  const std::string count =
      expected.checkpoints.empty() ? "" : std::to_string(expected.checkpoints.size());
  const auto rows = tree.rows(
      "SELECT session_id, current_phase, status, topic, checkpoints_total, checkpoints_completed "
      "FROM sessions" +
      of_file);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(Cells(rows[0].begin(), rows[0].begin() + 5),
              ::testing::ElementsAre(expected.session_id, expected.phase, expected.status,
                                     expected.topic, expected.total));
  if (!count.empty()) {
    EXPECT_EQ(rows[0][5], count);
  }
  std::set<int> checkpoints;
  for (const Cells& row : tree.rows("SELECT checkpoint FROM session_checkpoints" + of_file)) {
    checkpoints.insert(std::stoi(row[0]));
  }
  EXPECT_EQ(checkpoints, expected.checkpoints);
  EXPECT_EQ(tree.rows("SELECT sha, message, checkpoint FROM session_commits" + of_file +
                      "ORDER BY position"),
            expected.commits);
  EXPECT_EQ(tree.rows("SELECT title, rationale, date FROM session_decisions" + of_file +
                      "ORDER BY position"),
            expected.decisions);
  EXPECT_EQ(tree.cell("SELECT body FROM documents" + of_file), testing::read(file));
}

bool is_state(const std::filesystem::path& file) {
  return file.filename() == "state.json";
}

TEST(AgentSessionCorpus, EveryVersionOfEveryStateIsARowThatSaysWhatTheFileSays) {
  TAIN_CORPUS_OR_SKIP(corpus, "agent-session/Lascari-AI__claude-code-config");
  std::size_t compared = 0;
  for (const char* part : {"head", "history"}) {
    MirrorFixture tree;
    std::filesystem::copy(corpus / part, tree.root(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    tree.catch_up();
    EXPECT_THAT(tree.rows("SELECT path, reason FROM sync_errors"), ::testing::IsEmpty());
    const auto states = testing::files_below(tree.root(), is_state);
    for (const auto& file : states) compare(tree, file);
    EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions"), std::to_string(states.size()));
    compared += states.size();
  }
  EXPECT_GE(compared, 40U);
}

}  // namespace
}  // namespace tain
