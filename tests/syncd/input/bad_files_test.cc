// Files that cannot be read as what they should be: each costs only itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

namespace fs = std::filesystem;
using testing::Cells;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MirrorFixture;

constexpr const char* kBadState = "p/.tain/sessions/bad/state.json";
constexpr const char* kGoodState = "p/.tain/sessions/good/state.json";

std::string session(const std::string& id, const std::string& topic) {
  return R"({"session_id": ")" + id + R"(", "topic": ")" + topic +
         R"(", "session_type": "full", "status": "running", "created_at": "2026-01-01"})";
}

struct BadFile {
  const char* name;
  std::string bytes;
  std::string offset;
  const char* reason;
};

std::vector<BadFile> bad_files() {
  const std::string good = session("bad", "t");
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  return {
      {"empty", "", "0", "empty"},
      {"white space", " \n\t", "0", "white space"},
      {"truncated", good.substr(0, 40), "40", "syntax error"},
      {"not JSON", "status: running\n", "0", "invalid literal"},
      {"conflict markers", "<<<<<<< ours\n{}\n", "0", "invalid literal"},
      {"an array", "[1, 2]", "0", "expected a JSON object"},
      {"a number", "17", "0", "expected a JSON object"},
      {"invalid UTF-8", "{\"topic\": \"\xC3\x28\"}", "12", "UTF-8"},
      {"deep", "{\"a\": " + deep + "}", "1005", "nested deeper"},
      {"trailing text", good + " {}", std::to_string(good.size() + 1), "expected end of input"},
      {"a NUL byte", std::string("{\"a\": \0}", 8), "6", ""},
  };
}

class BadFiles : public ::testing::Test {
 protected:
  std::string state_of(const char* path) {
    return tree.cell("SELECT state FROM files WHERE path = '" + (tree.root() / path).string() +
                     "'");
  }

  MirrorFixture tree;
};

TEST_F(BadFiles, ABadFileThatNeverWasGoodIsAnErrorWithItsPlaceAndAllOthersAreMirrored) {
  for (const BadFile& bad : bad_files()) {
    SCOPED_TRACE(bad.name);
    MirrorFixture fresh;
    fresh.write(kBadState, bad.bytes);
    fresh.write(kGoodState, session("good", "g"));
    fresh.catch_up();
    const auto errors = fresh.rows("SELECT path, byte_offset, reason FROM sync_errors");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0][0], (fresh.root() / kBadState).string());
    EXPECT_EQ(errors[0][1], bad.offset);
    EXPECT_THAT(errors[0][2], HasSubstr(bad.reason));
    EXPECT_THAT(fresh.rows("SELECT session_id FROM sessions"), ElementsAre(Cells{"good"}));
    EXPECT_THAT(fresh.rows("SELECT state FROM files ORDER BY state"),
                ElementsAre(Cells{"bad"}, Cells{"current"}));
  }
}

TEST_F(BadFiles, TheLastGoodRowsStayMarkedStaleUntilTheFileIsGoodAgain) {
  for (const BadFile& bad : bad_files()) {
    SCOPED_TRACE(bad.name);
    tree.write(kBadState, session("bad", "before"));
    tree.catch_up();
    tree.write(kBadState, bad.bytes);
    tree.catch_up();
    EXPECT_EQ(tree.cell("SELECT topic FROM sessions"), "before");
    EXPECT_EQ(tree.cell("SELECT json_extract(body, '$.topic') FROM documents"), "before");
    EXPECT_EQ(state_of(kBadState), "stale");
    EXPECT_EQ(tree.cell("SELECT count(*) FROM anomalies WHERE kind = 'stale file'"), "1");
    EXPECT_EQ(tree.cell("SELECT count(*) FROM sync_errors"), "1");

    tree.write(kBadState, session("bad", "after"));
    tree.catch_up();
    EXPECT_EQ(tree.cell("SELECT topic FROM sessions"), "after");
    EXPECT_EQ(state_of(kBadState), "current");
    EXPECT_THAT(tree.rows("SELECT * FROM sync_errors"), IsEmpty());
    EXPECT_THAT(tree.rows("SELECT * FROM anomalies"), IsEmpty());
  }
}

TEST_F(BadFiles, AFileThatStaysBadIsTriedAgainWithoutNoiseInTheFeed) {
  tree.write(kBadState, "{");
  tree.catch_up();
  const auto feed = tree.rows("SELECT seq FROM change_feed");
  const auto errors = tree.rows("SELECT first_seen_at FROM sync_errors");
  tree.clock().advance(1000);
  tree.catch_up();
  EXPECT_EQ(tree.rows("SELECT seq FROM change_feed"), feed);
  EXPECT_EQ(tree.rows("SELECT first_seen_at FROM sync_errors"), errors);
  EXPECT_EQ(tree.cell("SELECT last_seen_at - first_seen_at FROM sync_errors"), "1000");
}

TEST_F(BadFiles, ABadFileThatIsRemovedTakesItsErrorAndItsStaleRowsWithIt) {
  tree.write(kBadState, session("bad", "t"));
  tree.catch_up();
  tree.write(kBadState, "{");
  tree.catch_up();
  fs::remove(tree.root() / kBadState);
  tree.catch_up();
  for (const char* table : {"sync_errors", "sessions", "documents", "files", "projects"}) {
    EXPECT_EQ(tree.cell(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

TEST_F(BadFiles, ABadOrTornLineOfALogCostsOnlyItself) {
  const std::string first = R"({"id": "e1", "type": "log"})";
  const std::string bad = R"({"id": "e2", "type")";
  const std::string third = R"({"id": "e3", "type": "log"})";
  const std::string torn = R"({"id": "e4", "ty)";
  tree.write(kGoodState, session("good", "g"));
  tree.write("p/.tain/sessions/good/events.jsonl",
             first + "\n" + bad + "\n" + third + "\n[1]\n" + torn);
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT id, line_offset FROM events ORDER BY line_offset"),
      ElementsAre(Cells{"e1", "0"}, Cells{"e3", std::to_string(first.size() + bad.size() + 2)}));
  const std::size_t array_at = first.size() + bad.size() + third.size() + 3;
  EXPECT_THAT(tree.rows("SELECT byte_offset, reason FROM sync_errors ORDER BY byte_offset"),
              ElementsAre(ElementsAre(std::to_string(first.size() + 1), HasSubstr("bad line")),
                          ElementsAre(std::to_string(array_at), HasSubstr("expected an object")),
                          ElementsAre(std::to_string(array_at + 4), HasSubstr("unfinished line"))));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions"), "1");
}

TEST_F(BadFiles, ASessionFolderWithoutAStateIsNoSessionAndNoError) {
  fs::create_directories(tree.root() / "p/.tain/sessions/empty");
  tree.write("p/.tain/sessions/notes-only/notes.md", "# notes");
  tree.write("q/agents/sessions/2026-01-01_x/spec.md", "# spec");
  tree.catch_up();
  for (const char* table : {"sessions", "sync_errors", "files", "projects"}) {
    EXPECT_EQ(tree.cell(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

TEST_F(BadFiles, WhatIsNoRegularFileIsNotThere) {
  tree.write(kGoodState, session("good", "g"));
  const fs::path sessions = tree.root() / "p/.tain/sessions";
  for (const char* name : {"fifo", "directory", "link", "dangling"}) {
    fs::create_directories(sessions / name);
  }
  ASSERT_EQ(::mkfifo((sessions / "fifo/state.json").c_str(), 0600), 0);
  fs::create_directory(sessions / "directory/state.json");
  fs::create_symlink(tree.root() / kGoodState, sessions / "link/state.json");
  fs::create_symlink("nowhere", sessions / "dangling/state.json");
  fs::create_directory_symlink(tree.root(), sessions / "loop");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id FROM sessions"), ElementsAre(Cells{"good"}));
  EXPECT_THAT(tree.rows("SELECT * FROM sync_errors"), IsEmpty());
}

}  // namespace
}  // namespace tain
