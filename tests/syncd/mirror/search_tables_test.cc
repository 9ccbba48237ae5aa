#include "syncd/mirror/search_tables.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/sync_harness.h"

namespace tain::mirror {
namespace {

using testing::SyncHarness;

constexpr const char* kSearchedState = "p/.tain/sessions/s1/state.json";
constexpr const char* kSearchedLog = "p/.tain/sessions/s1/events.jsonl";

std::string state_with(std::string_view topic, std::string_view decision) {
  return R"({"session_id": "s1", "session_type": "full", "status": "running", "topic": ")" +
         std::string(topic) + R"(", "key_decisions": [{"title": ")" + std::string(decision) +
         R"(", "rationale": "because"}], "created_at": "2026-10-01T00:00:00Z"})";
}

std::string event_with(std::string_view id, std::string_view title) {
  return R"({"id": ")" + std::string(id) +
         R"(", "at": "2026-10-01T00:00:00Z", "type": "log", "title": ")" + std::string(title) +
         "\"}\n";
}

class SearchTablesTest : public ::testing::Test {
 protected:
  std::string found(const std::string& table, const std::string& words) const {
    return tree_.select("SELECT count(*) FROM " + table + "_search WHERE " + table +
                        "_search MATCH '" + words + "'");
  }

  // FTS5's own comparison of the index with the rows.
  void expect_whole() const {
    sqlite::Database database(tree_.mirror(), sqlite::Database::Mode::read_write);
    for (const SearchedTable& searched : searched_tables()) {
      const std::string index = search_table(searched);
      EXPECT_NO_THROW(database.run("INSERT INTO " + index + "(" + index +
                                   ", rank) VALUES('integrity-check', 1)"))
          << index;
    }
    EXPECT_EQ(tree_.select("SELECT count(*) FROM unindexed"), "0");
  }

  SyncHarness tree_;
};

TEST_F(SearchTablesTest, WhatIsMirroredIsFound) {
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.write(kSearchedLog, event_with("e1", "Wrote the parser"));
  tree_.scan();
  EXPECT_EQ(found("sessions", "parser"), "1");
  EXPECT_EQ(found("session_decisions", "because"), "1");
  EXPECT_EQ(found("events", "wrote"), "1");
  expect_whole();
}

TEST_F(SearchTablesTest, ARewrittenFileIsFoundByItsNewWordsAlone) {
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.scan();
  tree_.write(kSearchedState, state_with("The lexer", "Use a switch"));
  tree_.scan();
  EXPECT_EQ(found("sessions", "parser"), "0");
  EXPECT_EQ(found("sessions", "lexer"), "1");
  EXPECT_EQ(found("session_decisions", "table"), "0");
  EXPECT_EQ(found("session_decisions", "switch"), "1");
  expect_whole();
}

TEST_F(SearchTablesTest, OnlyTheRowsOfAFileThatChangeAreWritten) {
  const std::string rowids =
      "SELECT (SELECT rowid FROM sessions WHERE session_id = 's1') || ' ' || "
      "(SELECT rowid FROM session_decisions ORDER BY rowid LIMIT 1)";
  const std::string index =
      "SELECT (SELECT max(id) FROM sessions_search_data) || ' ' || "
      "(SELECT max(id) FROM session_decisions_search_data)";
  std::string other = state_with("The lexer", "None");
  other.replace(other.find("s1"), 2, "s2");
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.scan();
  tree_.write("p/.tain/sessions/s2/state.json", other);  // so that new rows get new numbers
  tree_.scan();
  const std::string rows_before = tree_.select(rowids);
  const std::string index_before = tree_.select(index);
  std::string paused = state_with("The parser", "Use a table");
  paused.replace(paused.find("running"), 7, "paused");
  tree_.write(kSearchedState, paused);
  tree_.scan();
  EXPECT_EQ(tree_.select("SELECT status FROM sessions WHERE session_id = 's1'"), "paused");
  EXPECT_EQ(tree_.select(rowids), rows_before);
  EXPECT_EQ(tree_.select(index), index_before);
  expect_whole();
}

TEST_F(SearchTablesTest, ALogThatIsCutAndWrittenAnewIsFoundByItsNewLines) {
  tree_.write(kSearchedLog, event_with("e1", "one") + event_with("e2", "two"));
  tree_.scan();
  tree_.write(kSearchedLog, event_with("e3", "three"));
  tree_.scan();
  EXPECT_EQ(found("events", "one OR two"), "0");
  EXPECT_EQ(found("events", "three"), "1");
  expect_whole();
}

TEST_F(SearchTablesTest, WhatIsGoneIsNotFound) {
  tree_.write("p/.tain/project.json",
              R"({"id": "p", "name": "Atlas", "created_at": "2026-10-01T00:00:00Z"})");
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.write(kSearchedLog, event_with("e1", "one"));
  tree_.scan();
  EXPECT_EQ(found("projects", "atlas"), "1");
  std::filesystem::remove_all(tree_.root() / "p");
  tree_.scan();
  EXPECT_EQ(found("projects", "atlas"), "0");
  EXPECT_EQ(found("sessions", "parser"), "0");
  EXPECT_EQ(found("events", "one"), "0");
  expect_whole();
}

TEST_F(SearchTablesTest, AFileThatChangesTwiceInOneBatchIsIndexedOnce) {
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.scan();
  const std::string put = "UPDATE sessions SET topic = ";
  tree_.writer().transact([&] {
    tree_.writer().database().run(put + "'The lexer'");
    tree_.writer().database().run(put + "'The printer'");
    tree_.writer().database().run(put + "'The checker'");
  });
  EXPECT_EQ(found("sessions", "parser OR lexer OR printer"), "0");
  EXPECT_EQ(found("sessions", "checker"), "1");
  expect_whole();
}

TEST_F(SearchTablesTest, WhatIsRolledBackIsNotIndexed) {
  tree_.write(kSearchedState, state_with("The parser", "Use a table"));
  tree_.scan();
  EXPECT_THROW(tree_.writer().transact([&] {
    tree_.writer().database().run("DELETE FROM sessions");
    throw std::runtime_error("the disk is full");
  }),
               std::runtime_error);
  EXPECT_EQ(found("sessions", "parser"), "1");
  expect_whole();
}

TEST_F(SearchTablesTest, AccentsAndCaseMakeNoDifference) {
  tree_.write(kSearchedState, state_with("Résumé", "x"));
  tree_.scan();
  EXPECT_EQ(found("sessions", "RESUME"), "1");
}

}  // namespace
}  // namespace tain::mirror
