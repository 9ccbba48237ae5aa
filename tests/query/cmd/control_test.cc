#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "tests/query/tain.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Control : public ::testing::Test {
 protected:
  // Runs the command against a daemon that answers so, and keeps what it was asked.
  Outcome ask(std::vector<std::string> arguments, const std::string& answer) {
    const testing::FakeDaemon daemon(socket_, [&](const Json& request) {
      request_ = request;
      return answer;
    });
    arguments.insert(arguments.end(), {"--socket", socket_});
    Outcome outcome = Tain()(arguments);
    fs::remove(socket_);
    return outcome;
  }
  testing::TempDir directory_;
  std::string socket_ = directory_ / "s";
  Json request_;
};

TEST_F(Control, SyncAsksForAllRootsOrForOnePath) {
  const Outcome all = ask({"sync"}, R"({"ok": true, "db": "/m.db", "seq": 3})");
  EXPECT_EQ(all.status, kDone) << all.err;
  EXPECT_EQ(all.out, "up to date: /m.db\n");
  EXPECT_EQ(request_, Json({{"command", "sync"}}));
  fs::create_directory(directory_ / "p");
  ask({"sync", (directory_ / "p/../p").string()}, R"({"ok": true})");
  EXPECT_EQ(request_, Json({{"command", "sync"}, {"path", (directory_ / "p").string()}}));
}

TEST_F(Control, APathThatIsNotUtf8IsRefusedInWords) {
  const Outcome outcome = ask({"sync", (directory_ / "caf\xe9").string()}, R"({"ok": true})");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.err,
            "tain: ask " + socket_ +
                ": what is not UTF-8 cannot be told to the daemon; ask about the directory above, "
                "or about all roots\n");
}

TEST_F(Control, RebuildAsksForIt) {
  const Outcome outcome = ask({"rebuild"}, R"({"ok": true, "db": "/m.db"})");
  EXPECT_EQ(outcome.out, "rebuilt: /m.db\n");
  EXPECT_EQ(request_, Json({{"command", "rebuild"}}));
}

// The daemon answers the rebuild only when it has been asked three times how far it is.
TEST_F(Control, RebuildShowsHowFarTheDaemonIs) {
  std::latch looks(3);
  std::atomic<int> files = 100;
  const testing::FakeDaemon daemon(socket_, [&](const Json& request) -> std::string {
    if (request["command"] == "rebuild") {
      looks.wait();
      return R"({"ok": true, "db": "/m.db"})";
    }
    const Json status = {{"ok", true}, {"files_mirrored", files.load()}, {"pending", 50}};
    files = 150;
    if (!looks.try_wait()) looks.count_down();
    return status.dump();
  });
  const Outcome outcome = Tain{.err_is_terminal = true}({"rebuild", "--socket", socket_});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, "rebuilt: /m.db\n");
  EXPECT_THAT(outcome.err, HasSubstr("\r\x1b[K50 of 100 files"));
  EXPECT_TRUE(outcome.err.ends_with("\r\x1b[K"));
}

TEST_F(Control, WhatTheDaemonRefusesIsAFailure) {
  const Outcome outcome = ask({"sync", "/etc"}, R"({"ok": false, "error": "below none"})");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("below none"));
}

TEST_F(Control, WithoutADaemonItSaysHowToStartOne) {
  for (const char* command : {"sync", "rebuild"}) {
    const Outcome outcome = Tain()({command, "--socket", socket_});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_THAT(outcome.err, HasSubstr("tain-syncd run"));
  }
}

class Errors : public ::testing::Test {
 protected:
  Errors() {
    testing::make_mirror(
        db_,
        "INSERT INTO files VALUES (1, '/a/stale.json', 1, 1, 'native', 'session', 'stale', "
        "1, 1, 1, 1, 1, 0, 1, 1, 1771243195000, 1);"
        "INSERT INTO sync_errors VALUES"
        " (1, '/a/stale.json', 7, 'not JSON', 1771243190000, 1771243195000),"
        " (2, '/ab/denied', NULL, 'Permission denied', 1771243190000, 1771243190000)");
  }
  Outcome errors(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"errors", "--db", db_});
    return Tain()(more);
  }
  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
};

TEST_F(Errors, AreListedWithWhatBecameOfTheFilesRows) {
  const Outcome outcome = errors({"--format", "csv"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(outcome.out,
            "path,byte_offset,reason,rows,since,last_seen\n"
            "/a/stale.json,7,not JSON,last good,2026-02-16 11:59:50,2026-02-16 11:59:55\n"
            "/ab/denied,,Permission denied,none,2026-02-16 11:59:50,2026-02-16 11:59:50\n");
}

TEST_F(Errors, OfOneFileOrBelowOneDirectory) {
  for (const char* path : {"/a", "/a/", "/a/stale.json"}) {
    const Json found = Json::parse(errors({path, "--format", "json"}).out);
    ASSERT_EQ(found.size(), 1) << path;
    EXPECT_EQ(found[0]["path"], "/a/stale.json");
  }
  EXPECT_EQ(errors({"/b", "--format", "json"}).out, "[]\n");
}

TEST_F(Errors, OfNamesThatAreNotUtf8AreShownAsOtherPathsAre) {
  db_ = directory_ / "odd.db";
  testing::make_mirror(
      db_,
      "INSERT INTO sync_errors VALUES"
      " (3, CAST(x'2F6578FF' AS BLOB), NULL, 'bad', 1771243190000, 1771243190000)");
  EXPECT_THAT(errors({"--format", "csv"}).out, HasSubstr("\n/ex\uFFFD,,bad,"));
  EXPECT_THAT(errors({"--format", "json"}).out, HasSubstr("\"/ex\uFFFD\""));
}

TEST(SqlTimeout, AStatementThatWouldRunForEverIsEnded) {
  const testing::TempDir directory;
  const std::string db = directory / "m.db";
  testing::make_mirror(db);
  const Outcome outcome = Tain()({"sql", "--db", db, "--timeout", "0.05",
                                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                  "SELECT count(*) FROM n"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("longer than 51 ms"));
  EXPECT_THAT(outcome.err, HasSubstr("--timeout SECONDS"));
}

}  // namespace
}  // namespace tain::query
