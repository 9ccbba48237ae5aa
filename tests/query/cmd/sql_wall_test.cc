// What `tain sql` must never do, however it is asked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/query/tain.h"
#include "tests/support/mirror_dump.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class SqlWall : public ::testing::Test {
 protected:
  SqlWall() {
    testing::make_mirror(db_,
                         "INSERT INTO meta VALUES ('a', 1), ('b', 2);"
                         "CREATE VIRTUAL TABLE notes USING fts5(body);"
                         "INSERT INTO notes VALUES ('hello')");
    testing::write(secret_, "SECRET");
    before_ = everything();
  }
  Outcome ask(const std::string& sql) {
    return Tain()({"sql", "--db", db_, "--format", "csv", "--timeout", "20", sql});
  }
  // All files beside the mirror, and all that is in it.
  std::string everything() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename();
      if (!name.ends_with("-wal") && !name.ends_with("-shm")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    for (const char* sql : {"SELECT key, value FROM meta ORDER BY key", "SELECT * FROM notes",
                            "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
                            "PRAGMA user_version", "PRAGMA application_id"}) {
      text += testing::select(fs::path(db_), sql) + "\n";
    }
    return text;
  }
  // Not done, nothing told, nothing changed.
  void expect_refused(const std::string& sql) {
    const Outcome outcome = ask(sql);
    EXPECT_NE(outcome.status, kDone) << sql;
    EXPECT_EQ(outcome.out, "") << sql;
    EXPECT_THAT(outcome.err, Not(HasSubstr("SECRET"))) << sql;
    EXPECT_EQ(everything(), before_) << sql;
  }

  testing::TempDir directory_;
  const std::string db_ = directory_ / "mirror.db";
  const std::string secret_ = directory_ / "secret.txt";
  std::string before_;
};

TEST_F(SqlWall, NoOtherDatabaseIsOpenedOrMade) {
  const std::string other = directory_ / "other.db";
  for (const std::string& sql : std::vector<std::string>{
           "ATTACH 'file:" + other + "?mode=rwc' AS other",
           "ATTACH DATABASE '" + db_ + "' AS again", "ATTACH ':memory:' AS memory",
           "ATTACH '' AS temporary", "ATTACH ('" + other + "') AS other", "DETACH main",
           "VACUUM INTO 'file:" + other + "?mode=rwc'", "VACUUM main INTO '" + other + "'",
           "EXPLAIN ATTACH '" + other + "' AS other"}) {
    expect_refused(sql);
  }
}

TEST_F(SqlWall, NothingIsMadeChangedOrDropped) {
  for (const char* sql : {"CREATE TABLE t(a)",
                          "CREATE TEMP TABLE t(a)",
                          "CREATE TABLE t AS SELECT * FROM meta",
                          "CREATE VIEW v AS SELECT 1",
                          "CREATE TEMP VIEW v AS SELECT 1",
                          "CREATE VIRTUAL TABLE v USING fts5(a)",
                          "CREATE VIRTUAL TABLE temp.v USING fts5(a)",
                          "CREATE VIRTUAL TABLE v USING rtree(a, b, c)",
                          "CREATE INDEX i ON meta(value)",
                          "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM meta; END",
                          "CREATE TEMP TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM meta; END",
                          "ALTER TABLE meta RENAME TO m",
                          "ALTER TABLE meta ADD COLUMN c",
                          "DROP VIEW active_sessions",
                          "DROP TABLE notes",
                          "REPLACE INTO meta VALUES ('a', 9)",
                          "INSERT INTO meta SELECT 'c', 3",
                          "WITH x(k) AS (SELECT 'c') INSERT INTO meta SELECT k, 3 FROM x",
                          "WITH x AS (SELECT 1) UPDATE meta SET value = 9",
                          "INSERT INTO notes(notes) VALUES ('delete-all')",
                          "INSERT INTO notes(notes) VALUES ('rebuild')",
                          "INSERT INTO notes(notes, rank) VALUES ('rank', 'x')",
                          "DELETE FROM notes_data",
                          "UPDATE notes_content SET c0 = 'x'",
                          "UPDATE sqlite_master SET sql = ''",
                          "DELETE FROM sqlite_schema",
                          "INSERT INTO sqlite_temp_master VALUES (1,2,3,4,5)",
                          "UPDATE sqlite_dbpage SET data = zeroblob(4096)",
                          "INSERT INTO json_each VALUES (1)",
                          "UPDATE pragma_table_info SET name = 'x'",
                          "EXPLAIN DELETE FROM meta",
                          "EXPLAIN QUERY PLAN UPDATE meta SET value = 9",
                          "BEGIN IMMEDIATE",
                          "COMMIT",
                          "ROLLBACK",
                          "RELEASE s",
                          "ANALYZE meta",
                          "REINDEX meta"}) {
    expect_refused(sql);
  }
}

TEST_F(SqlWall, NoPragmaChangesAnything) {
  for (const char* sql : {"PRAGMA writable_schema = ON",
                          "pragma Writable_Schema(1)",
                          "PRAGMA main.writable_schema=1",
                          "PRAGMA \"writable_schema\" = 1",
                          "/* */ PRAGMA writable_schema = RESET",
                          "PRAGMA user_version(9)",
                          "PRAGMA main.user_version = 9",
                          "PRAGMA application_id = 9",
                          "PRAGMA schema_version = 9",
                          "PRAGMA encoding = 'UTF-16'",
                          "PRAGMA page_size = 512",
                          "PRAGMA journal_mode = WAL",
                          "PRAGMA main.journal_mode(DELETE)",
                          "PRAGMA query_only = 0",
                          "PRAGMA query_only(0)",
                          "PRAGMA locking_mode = EXCLUSIVE",
                          "PRAGMA trusted_schema = ON",
                          "PRAGMA temp_store_directory = '/'",
                          "PRAGMA data_store_directory = '/'",
                          "PRAGMA temp_store = FILE",
                          "PRAGMA mmap_size = 1000000000",
                          "PRAGMA cache_size = 1000000",
                          "PRAGMA wal_autocheckpoint = 1",
                          "PRAGMA wal_checkpoint(TRUNCATE)",
                          "PRAGMA incremental_vacuum",
                          "PRAGMA auto_vacuum = FULL",
                          "PRAGMA shrink_memory",
                          "PRAGMA optimize(0xffff)",
                          "PRAGMA hard_heap_limit = 1",
                          "PRAGMA soft_heap_limit = 1",
                          "PRAGMA busy_timeout = 1",
                          "PRAGMA max_page_count = 1",
                          "PRAGMA reverse_unordered_selects=1",
                          "PRAGMA case_sensitive_like = ON",
                          "PRAGMA legacy_alter_table = ON",
                          "PRAGMA defer_foreign_keys = ON",
                          "PRAGMA lock_proxy_file = 'x'",
                          "EXPLAIN PRAGMA user_version = 9"}) {
    expect_refused(sql);
  }
}

TEST_F(SqlWall, NoFunctionReadsWritesOrLoadsAFile) {
  for (const std::string& sql : std::vector<std::string>{
           "SELECT load_extension('" + secret_ + "')",
           "SELECT load_extension('" + secret_ + "', 'main')",
           "SELECT LOAD_EXTENSION('x') FROM meta", "SELECT * FROM meta WHERE load_extension('x')",
           "SELECT \"load_extension\"('x')", "SELECT readfile('" + secret_ + "')",
           "SELECT writefile('" + std::string(directory_ / "made") + "', 'x')",
           "SELECT edit('x', 'true')", "SELECT * FROM fsdir('" + directory_.path().string() + "')",
           "SELECT * FROM zipfile('" + secret_ + "')", "SELECT * FROM csv('" + secret_ + "')",
           "SELECT fts3_tokenizer('simple', x'0000000000000000')", ".read " + secret_,
           ".shell true", "SELECT 1;.import " + secret_ + " meta"}) {
    expect_refused(sql);
  }
}

TEST_F(SqlWall, AStatementMayBeAsDeepOrLongAsItLikes) {
  const auto repeat = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const std::string& sql : std::vector<std::string>{
           "SELECT " + repeat("(", 100'000) + "1" + repeat(")", 100'000),
           "SELECT 1" + repeat(" + 1", 100'000), "SELECT " + repeat("NOT ", 100'000) + "1",
           "SELECT " + repeat("abs(", 20'000) + "1" + repeat(")", 20'000),
           "SELECT 1" + repeat(" UNION ALL SELECT 1", 20'000),
           repeat("SELECT * FROM (", 5'000) + "SELECT 1" + repeat(")", 5'000),
           "SELECT " + repeat("1,", 50'000) + "1", "SELECT 1 FROM meta" + repeat(", meta", 1'000),
           "SELECT json('" + repeat("[", 100'000) + "')",
           "SELECT json_extract('{}', '$" + repeat(".a", 100'000) + "')",
           "SELECT '" + repeat("a", 60'000) + "' LIKE '" + repeat("%a", 40'000) + "'",
           "SELECT body FROM notes WHERE notes MATCH '" + repeat("(", 50'000) + "a'",
           "SELECT '" + repeat("x", 3'000'000), "SELECT zeroblob(2147483647)",
           // Byte by byte, which may not be longer: a sanitizer looks at each of them.
           "SELECT length(printf('%.*c', 20000000, 'x'))", "SELECT \xff\xfe"}) {
    const Outcome outcome = ask(sql);  // an answer or a refusal, and no crash
    EXPECT_TRUE(outcome.status == kDone || !outcome.err.empty()) << sql.substr(0, 80);
    EXPECT_EQ(everything(), before_) << sql.substr(0, 80);
  }
}

TEST_F(SqlWall, APatternIsShortSinceComparingCostsTheProductOfBothLengths) {
  for (const std::string& sql :
       std::vector<std::string>{"SELECT 'a' LIKE '" + std::string(1001, 'a') + "'",
                                "SELECT replace(hex(zeroblob(20000000)), '0', 'a') LIKE "
                                "'%' || replace(hex(zeroblob(20000)), '0', 'a') || 'b'"}) {
    const Outcome outcome = ask(sql);
    EXPECT_EQ(outcome.status, kFailed) << sql.substr(0, 80);
    EXPECT_THAT(outcome.err, HasSubstr("pattern too complex")) << sql.substr(0, 80);
  }
  EXPECT_EQ(ask("SELECT 'a' LIKE '" + std::string(999, '_') + "%'").status, kDone);
}

TEST_F(SqlWall, AValueHasAtMost256MebibytesWhoeverMakesIt) {
  EXPECT_EQ(ask("SELECT length(zeroblob(268435456))").out,
            "length(zeroblob(268435456))\n268435456\n");
  EXPECT_THAT(ask("SELECT length(zeroblob(268435457))").err, HasSubstr("too big"));
}

}  // namespace
}  // namespace tain::query
