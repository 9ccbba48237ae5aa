#include <gtest/gtest.h>

#include <optional>

#include "syncd/mirror/search_tables.h"
#include "tests/support/sync_harness.h"

namespace tain::mirror {
namespace {

using testing::select;
using testing::SyncHarness;

constexpr const char* kWholeSchema =
    "SELECT group_concat(type || name || coalesce(sql, '')) FROM "
    "(SELECT * FROM sqlite_schema WHERE name NOT GLOB '*_search_*' OR type = 'trigger' "
    "ORDER BY type, name)";
constexpr const char* kLookups =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' OR name = 'events_by_id'";
constexpr const char* kFound =
    "SELECT count(*) FROM sessions_search WHERE sessions_search MATCH 'parser'";

// A mirror that is filled: its tree has a session, and a log.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    tree_.writer().begin_load();
    write_topic("parser");
    tree_.write("p/.tain/sessions/s1/events.jsonl", testing::event_json("e1") + "\n");
    tree_.scan();
  }
  void write_topic(const std::string& topic) {
    tree_.write(testing::kStatePath, testing::state_json("s1", topic));
  }

  SyncHarness tree_;
};

TEST_F(LoadTest, RowsAreThereBeforeWhatFindsThemIs) {
  EXPECT_EQ(tree_.select("SELECT count(*) FROM events"), "1");
  EXPECT_EQ(tree_.select(kLookups), "0");
  EXPECT_EQ(tree_.select(kFound), "0");
}

TEST_F(LoadTest, AFinishedMirrorIsAsOneThatWasFilledFileByFile) {
  tree_.writer().finish_load();
  SyncHarness other({.roots = {tree_.root()}});
  other.scan();
  EXPECT_EQ(tree_.select(kWholeSchema), other.select(kWholeSchema));
  EXPECT_EQ(tree_.dump(), other.dump());
  EXPECT_EQ(tree_.select(kFound), "1");
}

TEST_F(LoadTest, WhatChangesAndGoesMeanwhileIsFoundAsItIsInTheEnd) {
  write_topic("lexer");
  tree_.write("p/.tain/sessions/s2/state.json", testing::state_json("s2", "parser"));
  tree_.scan();
  std::filesystem::remove_all(tree_.root() / "p/.tain/sessions/s2");
  tree_.scan();
  tree_.writer().finish_load();
  EXPECT_EQ(tree_.select(kFound), "0");
  write_topic("parser");
  tree_.scan();
  EXPECT_EQ(tree_.select(kFound), "1");
  sqlite::Database database(tree_.mirror(), sqlite::Database::Mode::read_write);
  for (const SearchedTable& searched : searched_tables()) {
    const std::string index = search_table(searched);
    EXPECT_NO_THROW(
        database.run("INSERT INTO " + index + "(" + index + ", rank) VALUES('integrity-check', 1)"))
        << index;
  }
}

// Of `pragma` on the writer's own connection.
std::int64_t setting(MirrorWriter& writer, const std::string& pragma) {
  sqlite::Statement row = writer.database().prepare("PRAGMA " + pragma);
  row.step();
  return row.integer(0);
}

TEST_F(LoadTest, ALoadThatCannotBeFinishedGoesOnWithTheMemoryOfALoad) {
  const std::int64_t while_loading = setting(tree_.writer(), "cache_size");
  tree_.writer().database().run("CREATE INDEX sessions_by_id ON sessions(topic)");  // in the way
  EXPECT_THROW(tree_.writer().finish_load(), sqlite::DatabaseError);
  EXPECT_TRUE(tree_.writer().is_loading());
  EXPECT_EQ(setting(tree_.writer(), "cache_size"), while_loading);
  tree_.writer().database().run("DROP INDEX sessions_by_id");
  tree_.writer().finish_load();
  EXPECT_NE(setting(tree_.writer(), "cache_size"), while_loading);
  EXPECT_EQ(tree_.select(kFound), "1");
}

TEST_F(LoadTest, WhoeverIsToStopLeavesItAtAnyMomentToTheNextOne) {
  std::string events;
  for (int i = 0; i < 500; ++i) events += testing::event_json("e" + std::to_string(i)) + "\n";
  tree_.write("p/.tain/sessions/s1/events.jsonl", events);
  tree_.scan();
  int asked = 0;
  int patience = 0;
  const auto stop = [&] { return ++asked > patience; };
  while (!tree_.writer().finish_load(stop)) {
    EXPECT_EQ(asked, patience + 1) << "asked no more when it has said so";
    EXPECT_TRUE(tree_.writer().is_loading());
    EXPECT_EQ(tree_.select(kLookups), "0");
    tree_.writer().reopen(false);
    ASSERT_TRUE(tree_.writer().is_loading());
    asked = 0;
    ++patience;
  }
  EXPECT_GE(patience, 10);
  SyncHarness other({.roots = {tree_.root()}});
  other.scan();
  EXPECT_EQ(tree_.select(kWholeSchema), other.select(kWholeSchema));
  EXPECT_EQ(tree_.dump(), other.dump());
  EXPECT_EQ(tree_.select(kFound), "1");
}

TEST_F(LoadTest, AMirrorWhoseWriterDiedMeanwhileIsStillToBeFinished) {
  const Schema schema;
  MirrorWriter next(tree_.mirror(), schema, tree_.clock().clock());
  ASSERT_TRUE(next.is_loading());
  next.finish_load();
  EXPECT_FALSE(next.is_loading());
  EXPECT_EQ(tree_.select(kFound), "1");
  next.reopen(false);
  EXPECT_FALSE(next.is_loading());
}

}  // namespace
}  // namespace tain::mirror
