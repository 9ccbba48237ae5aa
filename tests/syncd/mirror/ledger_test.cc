#include "syncd/mirror/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "syncd/mirror/mirror_writer.h"
#include "tests/support/sync_harness.h"

namespace tain::mirror {
namespace {

using ::testing::ElementsAre;
using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

class LedgerTest : public ::testing::Test {
 protected:
  SyncHarness harness;
  Ledger& ledger() { return harness.writer().ledger(); }
  void store(const std::string& path) {
    FileRecord record;
    record.path = path;
    record.layout = record.kind = "x";
    ledger().store(record);
  }
};

TEST_F(LedgerTest, AProjectAppearsWithItsFirstFileAndVanishesWithItsLast) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.write("p/.tain/sessions/s2/state.json", state_json("s2", "two"));
  harness.scan();
  EXPECT_EQ(harness.select("SELECT root, name FROM projects"),
            (harness.root() / "p").string() + "|p");
  fs::remove(harness.root() / kStatePath);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM projects"), "1");
  fs::remove_all(harness.root() / "p/.tain");
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM projects"), "0");
}

TEST_F(LedgerTest, ProjectJsonFillsTheProjectAndEmptiesItWhenItGoes) {
  harness.write(kStatePath, state_json("s1", "one"));
  harness.write("p/.tain/project.json", R"({"id": "proj_1", "name": "Named", "description": "d"})");
  harness.scan();
  constexpr const char* kProject = "SELECT id, name, description, file_id IS NULL FROM projects";
  EXPECT_EQ(harness.select(kProject), "proj_1|Named|d|0");
  harness.write("p/.tain/project.json", R"({"id": "proj_1", "name": "Other name"})");
  harness.scan();
  EXPECT_EQ(harness.select(kProject), "proj_1|Other name||0");
  fs::remove(harness.root() / "p/.tain/project.json");
  harness.scan();
  EXPECT_EQ(harness.select(kProject), "|p||1");
}

TEST_F(LedgerTest, TheFeedTellsOfEveryChangeOnceAndOfDeletionsToo) {
  const auto changes_since = [&](const std::string& seq) {
    return harness.select("SELECT change, replace(path, '" + harness.root().string() +
                          "/', '') FROM change_feed WHERE seq > " + seq + " ORDER BY seq");
  };
  const auto last = [&] { return harness.select("SELECT value FROM meta WHERE key = 'seq'"); };
  harness.write(kStatePath, state_json("s1", "one"));
  harness.scan();
  std::string seen = last();
  harness.write(kStatePath, state_json("s1", "two"));
  harness.scan();
  EXPECT_EQ(changes_since(seen), std::string("upsert|") + kStatePath);
  seen = last();
  harness.scan();
  EXPECT_EQ(changes_since(seen), "");
  fs::remove(harness.root() / kStatePath);
  harness.scan();
  EXPECT_EQ(changes_since(seen), std::string("delete|") + kStatePath);
  harness.write(kStatePath, state_json("s1", "three"));
  harness.scan();
  EXPECT_EQ(changes_since(seen), std::string("upsert|") + kStatePath) << "it lives: no tombstone";
}

TEST_F(LedgerTest, BelowADirectoryAreItsFilesAndNotItsNeighbours) {
  harness.writer().transact([&] {
    for (const char* path : {"/a/b", "/a/b/c", "/a/b/\xff", "/a/b-", "/a/b0", "/a/bc", "/a"}) {
      store(path);
    }
  });
  std::vector<std::string> found;
  for (const KnownFile& file : ledger().below("/a/b")) found.push_back(file.path);
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("/a/b", "/a/b/c", "/a/b/\xff"));
}

TEST_F(LedgerTest, BelowADirectoryThatIsNotUtf8AreItsFiles) {
  harness.writer().transact([&] {
    for (const char* path : {"/\xff/a", "/\xff/\xfe", "/\xfe/a"}) store(path);
  });
  EXPECT_EQ(ledger().below("/\xff").size(), 2);
  EXPECT_TRUE(ledger().find("/\xff/\xfe"));
}

TEST_F(LedgerTest, AnErrorThatStaysKeepsTheTimeWhenItWasFirstSeen) {
  const auto record = [&] {
    harness.writer().transact([&] { ledger().record_error({"/a", 7, "bad"}); });
  };
  record();
  const std::int64_t first = harness.clock().now().ms;
  harness.clock().advance(1000);
  record();
  EXPECT_EQ(harness.select("SELECT first_seen_at, last_seen_at FROM sync_errors"),
            std::to_string(first) + "|" + std::to_string(first + 1000));
}

TEST_F(LedgerTest, ErrorsAreClearedFromAnOffsetOn) {
  harness.writer().transact([&] {
    for (const std::int64_t offset : {10, 20, 30}) ledger().record_error({"/a", offset, "bad"});
    ledger().record_error({"/a", std::nullopt, "whole"});
    ledger().record_error({"/b", 30, "another file's"});
    ledger().clear_errors("/a", 20);
  });
  EXPECT_EQ(harness.select("SELECT path, byte_offset FROM sync_errors ORDER BY path"),
            "/a|10\n/b|30");
}

TEST_F(LedgerTest, FileStatesHaveNames) {
  for (const FileState state :
       {FileState::current, FileState::stale, FileState::bad, FileState::partial}) {
    EXPECT_EQ(file_state(to_text(state)), state);
  }
  EXPECT_THROW(file_state("fine"), std::invalid_argument);
}

TEST_F(LedgerTest, AStateThatNobodyWroteIsDamageAndNoReasonToTryForEver) {
  harness.writer().transact([&] { store("/a"); });
  harness.writer().database().run(
      "PRAGMA ignore_check_constraints = ON; UPDATE files SET state = 'fine'");
  try {
    ledger().find("/a");
    FAIL() << "no error";
  } catch (const sqlite::DatabaseError& error) {
    EXPECT_TRUE(error.is_corrupt());
  }
}

}  // namespace
}  // namespace tain::mirror
