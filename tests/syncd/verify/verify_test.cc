#include "syncd/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "core/error.h"
#include "tests/support/sync_harness.h"
#include "tests/support/verification.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using testing::event_json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kStatePath;
using testing::run_verification;
using testing::select;
using ::testing::StartsWith;
using testing::state_json;
using testing::SyncHarness;
using testing::TempDir;
using ::testing::UnorderedElementsAre;
using testing::Verification;
namespace fs = std::filesystem;

constexpr const char* kVerifyLog = "p/.tain/sessions/s1/events.jsonl";
constexpr const char* kVerifySecond = "p/.tain/sessions/s2/state.json";
constexpr const char* kVerifyProject = "p/.tain/project.json";
constexpr const char* kVerifyBroken = "p/.tain/sessions/s3/state.json";
constexpr SyncLimits kVerifyLimits = {.max_body = 64, .max_line = 400, .log_budget = 500};

// A tree with some of everything, and its mirror.
class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    tree_.write(kStatePath,
                R"({"session_id": "s1", "topic": "one", "status": "running", "open_questions": )"
                R"(["why", "when"], "task_ids": 7})");
    tree_.write(kVerifySecond, state_json("s2", "two"));
    tree_.write(kVerifyProject, R"({"id": "proj_1", "name": "P"})");
    tree_.write(kVerifyLog, event_json("a") + "\nnot JSON\n" + event_json("b") + "\n");
    tree_.write(kVerifyBroken, "{");
    tree_.write("p\xff/.tain/config.json", R"({"odd": {"value": 1}})");
    tree_.scan();
  }

  Verification verify(
      const std::vector<std::string>& roots = {},
      const std::function<void()>& flush = [] {}) const {
    return run_verification({.mirror = tree_.mirror(), .roots = roots, .flush = flush},
                            tree_.root());
  }
  void plant(const std::string& sql) const {
    sqlite::Database(tree_.mirror(), sqlite::Database::Mode::read_write).run(sql);
  }
  // In SQL, the file_id of a file of the tree.
  std::string id_of(const std::string& path) const {
    return "(SELECT file_id FROM files WHERE path = '" + (tree_.root() / path).string() + "')";
  }
  void expect_one(const std::string& sql, const std::string& difference) const {
    plant(sql);
    const Verification found = verify();
    EXPECT_THAT(found.differences, ElementsAre(difference)) << sql;
    EXPECT_EQ(found.result.differences, 1);
  }
  std::vector<std::string> beside_the_mirror() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(tree_.mirror().parent_path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  SyncHarness tree_{{.limits = kVerifyLimits}};
};

TEST_F(VerifyTest, EqualMirrorsHaveNoDifference) {
  const Verification found = verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared, IsEmpty());
  EXPECT_EQ(found.result.files, 6);
}

TEST_F(VerifyTest, AMirrorIsBuiltWithTheSettingsOfTheOneThatIsLookedAt) {
  tree_.write(kVerifyLog, R"({"id": "a", "body": ")" + std::string(100, 'x') + "\"}\n");
  tree_.write("p/build/q/.tain/project.json", R"({"name": "pruned"})");
  tree_.scan();
  EXPECT_EQ(tree_.select("SELECT left_in_file FROM events"), R"(["body"])");
  EXPECT_THAT(verify().differences, IsEmpty());
}

TEST_F(VerifyTest, AChangedCellIsFoundInEveryTableThatHasOne) {
  plant(
      "UPDATE sessions SET topic = 'wrong' WHERE session_id = 's1';"
      "UPDATE session_questions SET question = NULL WHERE position = 1;"
      "UPDATE events SET at = 7 WHERE id = 'b';"
      "UPDATE projects SET name = 'Q' WHERE name = 'P';"
      "UPDATE sync_errors SET reason = 'none' WHERE byte_offset > 1;"
      "UPDATE file_anomalies SET detail = 'none'");
  EXPECT_THAT(
      verify().differences,
      UnorderedElementsAre(
          std::string(kStatePath) + "|sessions||changed|topic|wrong|one",
          std::string(kStatePath) + "|session_questions|position=1|changed|question|NULL|when",
          std::string(kVerifyLog) + "|events|line_offset=70|changed|at|7|1771243200000",
          "p|projects||changed|name|Q|P",
          StartsWith(std::string(kVerifyLog) + "|sync_errors|byte_offset="),
          StartsWith(std::string(kStatePath) +
                     "|file_anomalies|line_offset=0, position=0|changed|detail|none|")));
}

TEST_F(VerifyTest, AMissingRowIsFound) {
  expect_one("DELETE FROM events WHERE id = 'b'",
             std::string(kVerifyLog) + "|events|line_offset=70|missing");
}

TEST_F(VerifyTest, AnExtraRowIsFound) {
  expect_one(
      "INSERT INTO session_questions SELECT file_id, project_key, 2, 'who' FROM "
      "session_questions LIMIT 1",
      std::string(kStatePath) + "|session_questions|position=2|extra");
}

TEST_F(VerifyTest, ARowOfNoFileIsFound) {
  expect_one("INSERT INTO session_questions VALUES(4711, 1, 0, 'who')",
             "|session_questions|position=0|extra");
}

TEST_F(VerifyTest, ARowThatIsNotInTheSearchIndexIsFoundAndAnEntryOfNoRow) {
  plant(
      "INSERT INTO sessions_search(sessions_search, rowid, topic) "
      "SELECT 'delete', file_id, topic FROM sessions WHERE session_id = 's1';"
      "INSERT INTO events_search(rowid, title) VALUES(4711, 'nobody')");
  EXPECT_THAT(verify().differences,
              UnorderedElementsAre(std::string(kStatePath) + "|sessions_search||missing",
                                   "|events_search||extra"));
}

TEST_F(VerifyTest, ARowThatBelongsToAnotherProjectIsFound) {
  expect_one(
      "UPDATE sessions SET project_key = (SELECT project_key FROM config) WHERE "
      "session_id = 's1'",
      std::string(kStatePath) + "|sessions||changed|project|" + tree_.root().string() + "/p\xff|" +
          tree_.root().string() + "/p");
}

TEST_F(VerifyTest, AMissingFileIsOneDifferenceWhateverRowsItHas) {
  const std::string id = id_of(kVerifySecond);
  expect_one("DELETE FROM sessions WHERE file_id = " + id +
                 "; DELETE FROM documents WHERE file_id = " + id +
                 "; DELETE FROM files WHERE file_id = " + id,
             std::string(kVerifySecond) + "|files||missing|not caught up");
}

TEST_F(VerifyTest, AnExtraFileIsFound) {
  expect_one("INSERT INTO files SELECT NULL, '" + (tree_.root() / "p/.tain/x.json").string() +
                 "', root_id, project_key, layout, kind, state, device, inode, size, mtime_ns, "
                 "ctime_ns, racy, hash, consumed, mirrored_at, seq FROM files LIMIT 1",
             "p/.tain/x.json|files||extra|not caught up");
}

TEST_F(VerifyTest, AChangedDocumentIsFound) {
  expect_one("UPDATE documents SET body = '{}' WHERE file_id = " + id_of(kVerifySecond),
             std::string(kVerifySecond) + "|documents||changed|body|{}|" + state_json("s2", "two"));
}

TEST_F(VerifyTest, AnExtraProjectIsFound) {
  expect_one("INSERT INTO projects(root, name) VALUES('/gone', 'gone')", "/gone|projects||extra");
}

TEST_F(VerifyTest, AMissingProjectIsFoundAndSoAreItsFilesThatBelongToNone) {
  plant("DELETE FROM projects WHERE name IS NOT 'P'");
  EXPECT_THAT(verify().differences,
              UnorderedElementsAre("p\xff|projects||missing",
                                   "p\xff/.tain/config.json|files||changed|project|NULL|" +
                                       tree_.root().string() + "/p\xff"));
}

TEST_F(VerifyTest, AMissingAndAnExtraErrorAreFound) {
  plant(
      "DELETE FROM sync_errors WHERE byte_offset > 10;"
      "INSERT INTO sync_errors VALUES(NULL, '" +
      (tree_.root() / kVerifySecond).string() + "', NULL, 'nothing', 1, 1)");
  EXPECT_THAT(
      verify().differences,
      UnorderedElementsAre(StartsWith(std::string(kVerifyLog) + "|sync_errors|byte_offset="),
                           std::string(kVerifySecond) + "|sync_errors||extra"));
}

TEST_F(VerifyTest, AWrongStateIsFoundAlsoWhereTheFileIsCalledStale) {
  expect_one("UPDATE files SET state = 'stale' WHERE file_id = " + id_of(kVerifySecond),
             std::string(kVerifySecond) + "|files||changed|state|stale|current");
}

TEST_F(VerifyTest, EveryColumnOfAFileIsCompared) {
  for (const char* column :
       {"size", "hash", "consumed", "device", "inode", "mtime_ns", "ctime_ns"}) {
    const std::string name(column);
    plant("UPDATE files SET " + name + " = " + name +
          " + 1 WHERE file_id = " + id_of(kVerifySecond));
    EXPECT_THAT(verify().differences,
                ElementsAre(StartsWith(std::string(kVerifySecond) + "|files||changed|" + name)));
    plant("UPDATE files SET " + name + " = " + name +
          " - 1 WHERE file_id = " + id_of(kVerifySecond));
  }
  EXPECT_THAT(verify().differences, IsEmpty());
}

TEST_F(VerifyTest, AChangeThatTheMirrorHasNotSeenIsNamedSo) {
  tree_.write(kVerifySecond, state_json("s2", "three"));
  const Verification found = verify();
  EXPECT_THAT(found.differences,
              ::testing::Contains(std::string(kVerifySecond) +
                                  "|sessions||changed|topic|two|three|not caught up"));
  for (const std::string& line : found.differences) EXPECT_THAT(line, HasSubstr("not caught up"));
}

TEST_F(VerifyTest, WhatChangesBehindTheScanIsLookedAtAgainAndIsNoDifference) {
  int flushes = 0;
  const Verification found = verify({}, [&] {
    if (++flushes != 2) return;
    tree_.write(kVerifySecond, state_json("s2", "three"));
    tree_.write("q/.tain/sessions/s4/state.json", state_json("s4", "four"));
    fs::remove_all(tree_.root() / "p\xff");
    tree_.scan();
  });
  EXPECT_EQ(flushes, 4);
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared, IsEmpty());
}

TEST_F(VerifyTest, AFileThatKeepsChangingIsNotCompared) {
  int flushes = 0;
  const Verification found = verify({}, [&] {
    tree_.write(kVerifySecond, state_json("s2", "flush " + std::to_string(++flushes)));
    tree_.scan();
  });
  EXPECT_EQ(flushes, 2 * 5);
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared,
              ElementsAre(std::string(kVerifySecond) + "|it is still changing"));
  EXPECT_EQ(found.result.not_compared, 1);
}

TEST_F(VerifyTest, AStaleFileIsReportedAndNotCompared) {
  tree_.write(kVerifySecond, "{\"topic\": ");
  tree_.write(kVerifyProject, "");
  tree_.scan();
  EXPECT_EQ(tree_.select("SELECT count(*) FROM files WHERE state = 'stale'"), "2");
  const Verification found = verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared,
              UnorderedElementsAre(StartsWith(std::string(kVerifySecond) + "|stale: "),
                                   StartsWith(std::string(kVerifyProject) + "|stale: ")));
}

// Its content names its project; without it, the fresh mirror has it in another one.
TEST_F(VerifyTest, AStaleFilesOtherProjectIsNoDifference) {
  const char* session = ".maestro/sessions/sess_1.json";
  tree_.write(session, R"({"id": "sess_1", "projectId": "proj_1"})");
  tree_.scan();
  tree_.write(session, "");
  tree_.scan();
  const Verification found = verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared, ElementsAre(StartsWith(std::string(session) + "|stale: ")));
}

TEST_F(VerifyTest, AnUnavailableRootIsReportedAndNotCompared) {
  fs::rename(tree_.root(), tree_.outside() / "away");
  tree_.scan();
  const Verification found = verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared,
              ElementsAre(StartsWith(tree_.root().string() + "|unavailable: ")));
  EXPECT_EQ(found.result.files, 0);
}

TEST_F(VerifyTest, ARootThatWentBeforeTheMirrorNoticedIsNotComparedEither) {
  fs::rename(tree_.root(), tree_.outside() / "away");
  const Verification found = verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_THAT(found.not_compared,
              ElementsAre(StartsWith(tree_.root().string() + "|unavailable: ")));
}

TEST_F(VerifyTest, OnlyTheRootsThatWereAskedForAreCompared) {
  SyncHarness two(
      {.roots = {(tree_.outside() / "tree").string(), (tree_.outside() / "b").string()}});
  testing::write(tree_.outside() / "b/q/.tain/project.json", R"({"name": "Q"})");
  two.scan();
  sqlite::Database(two.mirror(), sqlite::Database::Mode::read_write)
      .run(
          "UPDATE projects SET name = 'wrong' WHERE name = 'P'; "
          "DELETE FROM sync_errors WHERE byte_offset > 10");
  const auto differences = [&](const std::string& root) {
    return run_verification({.mirror = two.mirror(), .roots = {root}}, tree_.root())
        .result.differences;
  };
  EXPECT_EQ(differences(tree_.outside() / "b/"), 0);
  EXPECT_EQ(differences(tree_.outside() / "tree/../tree"), 2);
}

TEST_F(VerifyTest, ARootThatTheMirrorDoesNotKnowIsRefusedByNameOfThoseThatItKnows) {
  try {
    verify({"/nowhere"});
    FAIL() << "no error";
  } catch (const InvalidArgument& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere"));
    EXPECT_THAT(error.what(), HasSubstr(tree_.root().string()));
  }
}

TEST_F(VerifyTest, AMirrorThatDoesNotSayItsSettingsIsRefused) {
  plant("DELETE FROM meta WHERE key = 'settings'");
  EXPECT_THROW(verify(), Error);
}

TEST_F(VerifyTest, TheOtherMirrorIsGoneAfterwardsAlsoWhenItFails) {
  const std::vector<std::string> before = beside_the_mirror();
  bool was_there = false;
  const auto look = [&] {
    for (const std::string& name : beside_the_mirror()) {
      was_there = was_there || name.starts_with("tain-verify-");
    }
  };
  ::unsetenv("TMPDIR");
  verify({}, look);
  EXPECT_TRUE(was_there);
  EXPECT_EQ(beside_the_mirror(), before);
  int flushes = 0;
  EXPECT_THROW(verify({},
                      [&] {
                        if (++flushes == 2) throw std::runtime_error("no flush");
                      }),
               std::runtime_error);
  EXPECT_EQ(beside_the_mirror(), before);
}

TEST_F(VerifyTest, NothingIsWrittenIntoTheMirror) {
  const auto content = [&] {
    return testing::read(tree_.mirror()) + testing::read(tree_.mirror().string() + "-wal");
  };
  plant("UPDATE sessions SET topic = 'wrong'");
  const std::string before = content();
  verify();
  EXPECT_EQ(content(), before);
}

TEST(ScratchDirectoryTest, WhatAKilledProcessLeftIsSweptAndWhatIsInUseIsNot) {
  const TempDir parent;
  testing::write(parent / "tain-verify-abcdef/mirror.db", "left");
  testing::write(parent / "tain-verify-abcdef/mirror.db-wal", "left");
  fs::permissions(parent / "tain-verify-abcdef", fs::perms::owner_all);
  testing::write(parent / "tain-other/mirror.db", "kept");
  const ScratchDirectory first(parent.path());
  EXPECT_FALSE(fs::exists(parent / "tain-verify-abcdef"));
  EXPECT_TRUE(fs::exists(parent / "tain-other/mirror.db"));
  fs::path path;
  {
    const ScratchDirectory second(parent.path());
    path = second.path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(first.path()));
}

TEST(ScratchDirectoryTest, WhatIsNotProvablyItsOwnIsLeftAsItIs) {
  const TempDir parent;
  const std::vector<std::string> others = {
      "tain-verify-results/mirror.db",      // another name
      "tain-verify-abc/mirror.db",          // the same
      "tain-verify-ab.def/mirror.db",       // the same
      "tain-verify-notes1/notes.txt",       // another content
      "tain-verify-mixed1/mirror.db",       // the same, with what follows
      "tain-verify-mixed1/precious.txt",    //
      "tain-verify-deep01/mirror.db/file",  // a directory
  };
  for (const std::string& file : others) {
    testing::write(parent / file, "kept");
    fs::permissions(parent / file.substr(0, file.find('/')), fs::perms::owner_all);
  }
  testing::write(parent / "tain-verify-shared/mirror.db", "kept");
  fs::permissions(parent / "tain-verify-shared", fs::perms::owner_all | fs::perms::group_read);
  fs::create_directory_symlink(parent / "tain-verify-shared", parent / "tain-verify-linked");
  { const ScratchDirectory scratch(parent.path()); }
  for (const std::string& file : others) EXPECT_EQ(testing::read(parent / file), "kept") << file;
  EXPECT_EQ(testing::read(parent / "tain-verify-linked/mirror.db"), "kept");
}

TEST(ScratchDirectoryTest, AFileThatSomebodyPutThereIsNotRemovedWithIt) {
  const TempDir parent;
  fs::path path;
  {
    const ScratchDirectory scratch(parent.path());
    path = scratch.path();
    testing::write(path / "mirror.db", "ours");
    testing::write(path / "precious.txt", "kept");
  }
  EXPECT_EQ(testing::read(path / "precious.txt"), "kept");
}

}  // namespace
}  // namespace tain::syncd
