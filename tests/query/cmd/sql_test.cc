#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Sql : public ::testing::Test {
 protected:
  Sql() { testing::make_mirror(db_, "INSERT INTO meta VALUES ('a', 1), ('b', 2)"); }

  Outcome ask(const std::string& sql) {
    return Tain()({"sql", "--db", db_, "--format", "csv", sql});
  }
  // A daemon that says it writes `db`.
  std::string flushed(const std::string& db) const {
    return Json({{"ok", true}, {"db", db}}).dump();
  }

  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
  std::string socket_ = directory_ / "s";
};

TEST_F(Sql, AnswersFromTheMirror) {
  EXPECT_EQ(ask("SELECT key, value FROM meta ORDER BY key").out, "key,value\na,1\nb,2\n");
  EXPECT_EQ(ask("SELECT count(*) AS n FROM active_sessions").out, "n\n0\n");
}

TEST_F(Sql, ReadsTheStatementFromTheInput) {
  const Outcome outcome = Tain{.input = "-- which?\nSELECT key FROM meta\n WHERE value = 2;\n"}(
      {"sql", "--db", db_, "--format", "csv", "-"});
  EXPECT_EQ(outcome.out, "key\nb\n") << outcome.err;
}

TEST_F(Sql, AcceptsWhatMayFollowAStatement) {
  for (const char* sql :
       {"SELECT 1 AS a;", "SELECT 1 AS a ;; \n", "SELECT 1 AS a; -- end",
        "SELECT 1 AS a /* c */ ; /* open", "; SELECT 1 AS a", "-- c\nSELECT 1 AS a"}) {
    EXPECT_EQ(ask(sql).out, "a\n1\n") << sql;
  }
}

TEST_F(Sql, NoStatementAndTwoStatementsAreMisuse) {
  for (const char* sql : {"", "  ", ";", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; bogus",
                          "SELECT 1;; DELETE FROM meta"}) {
    const Outcome outcome = ask(sql);
    EXPECT_EQ(outcome.status, kMisused) << sql;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("tain: statement: expected exactly one SQL statement"));
  }
  EXPECT_EQ(ask(std::string("SELECT 1\0; SELECT 2", 19)).status, kMisused);
}

TEST_F(Sql, RefusesWhateverIsMoreThanReading) {
  const std::string other = directory_ / "other.db";
  for (const std::string& sql :
       std::vector<std::string>{"DELETE FROM meta",
                                "INSERT INTO meta VALUES ('c', 3) RETURNING *",
                                "UPDATE meta SET value = 3",
                                "DROP TABLE meta",
                                "CREATE TEMP TABLE t(a)",
                                "WITH x AS (SELECT 1) DELETE FROM meta",
                                "ATTACH '" + other + "' AS other",
                                "VACUUM",
                                "VACUUM INTO '" + other + "'",
                                "BEGIN",
                                "SAVEPOINT s",
                                "REINDEX",
                                "ANALYZE",
                                "PRAGMA query_only = OFF",
                                "PRAGMA user_version = 9",
                                "PRAGMA writable_schema = ON",
                                "PRAGMA wal_checkpoint",
                                "PRAGMA journal_mode = DELETE",
                                "PRAGMA optimize",
                                "SELECT load_extension('x')"}) {
    const Outcome outcome = ask(sql);
    EXPECT_EQ(outcome.status, kFailed) << sql;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr("tain sql only reads")) << sql;
  }
  EXPECT_EQ(ask("DELETE FROM sqlite_master").status, kFailed);
  EXPECT_FALSE(std::filesystem::exists(other));
  EXPECT_EQ(ask("SELECT count(*) AS n FROM meta").out, "n\n2\n");
}

TEST_F(Sql, HarmlessPragmasAndVirtualTablesAreReading) {
  EXPECT_THAT(ask("PRAGMA table_info(meta)").out, HasSubstr("0,key,TEXT,1,,1\n"));
  EXPECT_EQ(ask("SELECT name FROM pragma_table_info('meta')").out, "name\nkey\nvalue\n");
  EXPECT_EQ(ask("PRAGMA user_version").status, kDone);
  EXPECT_EQ(ask("SELECT value FROM json_each('[7]')").out, "value\n7\n");
  EXPECT_EQ(ask("EXPLAIN QUERY PLAN SELECT * FROM meta").status, kDone);
}

TEST_F(Sql, FullTextSearchWorksBehindTheWall) {
  const std::string db = directory_ / "fts.db";
  testing::make_mirror(db,
                       "CREATE VIRTUAL TABLE notes USING fts5(body);"
                       "INSERT INTO notes VALUES ('hello world'), ('bye')");
  const Outcome outcome = Tain()(
      {"sql", "--db", db, "--format", "csv", "SELECT body FROM notes WHERE notes MATCH 'hello'"});
  EXPECT_EQ(outcome.out, "body\nhello world\n") << outcome.err;
}

TEST_F(Sql, AnErrorSaysWhatAndWhere) {
  const Outcome outcome = ask("SELECT key,\n  nosuch FROM meta");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "tain: query " + db_ + ": no such column: nosuch (line 2, byte 3)\n");
}

TEST_F(Sql, AnErrorInTheMiddleLeavesTheArrayOpen) {
  const Outcome outcome =
      Tain()({"sql", "--db", db_, "--format", "json",
              "SELECT abs(column1) AS n FROM (VALUES (1), (-9223372036854775807 - 1))"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "[\n{\"n\":1}");
  EXPECT_THAT(outcome.err, HasSubstr("integer overflow"));
}

TEST_F(Sql, AMissingMirrorSaysWhatToDo) {
  const Outcome outcome = Tain()({"sql", "--db", directory_ / "none.db", "SELECT 1"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err,
              HasSubstr("`tain-syncd once`, makes one of the roots that are configured"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "none.db"));
}

TEST_F(Sql, UnknownFormatsAndTimeoutsAreMisuse) {
  EXPECT_EQ(Tain()({"sql", "--db", db_, "--format", "xml", "SELECT 1"}).status, kMisused);
  for (const char* timeout : {"0", "-1", "x", "", "nan", "inf"}) {
    EXPECT_EQ(Tain()({"sql", "--db", db_, "--timeout", timeout, "SELECT 1"}).status, kMisused)
        << timeout;
  }
  EXPECT_EQ(Tain{.in_is_terminal = true}({"sql"}).status, kMisused);
  EXPECT_EQ(Tain()({"sql", "SELECT", "1"}).status, kMisused);
}

TEST_F(Sql, FreshFlushesTheDaemonBeforeItReads) {
  // The row comes into being only when the daemon is asked to flush.
  const testing::FakeDaemon daemon(socket_, [&](const Json&) {
    sqlite::Database(db_, sqlite::Database::Mode::read_write)
        .run("INSERT INTO meta VALUES ('late', 3)");
    return flushed(db_);
  });
  const Outcome outcome = Tain()({"sql", "--db", db_, "--fresh", "--socket", socket_, "--format",
                                  "csv", "SELECT key FROM meta WHERE value = 3"});
  EXPECT_EQ(outcome.out, "key\nlate\n") << outcome.err;
  EXPECT_THAT(daemon.commands(), ElementsAre("flush"));
}

TEST_F(Sql, FreshKnowsTheSameMirrorByAnotherName) {
  std::filesystem::create_symlink(db_, directory_ / "link.db");
  const testing::FakeDaemon daemon(socket_, [&](const Json&) { return flushed(db_); });
  const Outcome outcome =
      Tain()({"sql", "--db", directory_ / "link.db", "--fresh", "--socket", socket_, "SELECT 1"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
}

TEST_F(Sql, FreshRefusesADaemonOfAnotherMirror) {
  const testing::FakeDaemon daemon(socket_,
                                   [&](const Json&) { return flushed("/other/mirror.db"); });
  const Outcome outcome = Tain()({"sql", "--db", db_, "--fresh", "--socket", socket_, "SELECT 1"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("mirrors into /other/mirror.db"));
}

TEST_F(Sql, FreshTrustsNoAnswerThatDoesNotNameTheMirror) {
  for (const char* answer :
       {R"({"ok":true})", R"({"ok":true,"db":7})", R"({"ok":false,"error":"disk full"})",
        R"({"ok":"yes"})", "[]", "nonsense"}) {
    const std::string socket = directory_ / "t";
    const testing::FakeDaemon daemon(socket, [&](const Json&) { return answer; });
    const Outcome outcome = Tain()({"sql", "--db", db_, "--fresh", "--socket", socket, "SELECT 1"});
    EXPECT_EQ(outcome.status, kFailed) << answer;
    EXPECT_EQ(outcome.out, "") << answer;
    std::filesystem::remove(socket);
  }
}

TEST_F(Sql, FreshWithoutADaemonFailsAndSaysWhatToDo) {
  const Outcome outcome = Tain()({"sql", "--db", db_, "--fresh", "--socket", socket_, "SELECT 1"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("start one with `tain-syncd run`"));
}

}  // namespace
}  // namespace tain::query
