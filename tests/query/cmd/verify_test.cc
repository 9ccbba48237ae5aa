#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/sync_harness.h"

namespace tain::query {
namespace {

using testing::FakeDaemon;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kStatePath;
using ::testing::Not;
using ::testing::SizeIs;
using testing::state_json;

class VerifyCommandTest : public ::testing::Test {
 protected:
  VerifyCommandTest() {
    tree_.write(kStatePath, state_json("s1", "one"));
    tree_.scan();
  }

  Outcome verify(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"verify", "--db", tree_.mirror(), "--socket", socket_});
    return Tain()(more);
  }
  void plant(const std::string& sql) const {
    sqlite::Database(tree_.mirror(), sqlite::Database::Mode::read_write).run(sql);
  }

  testing::SyncHarness tree_;
  std::string socket_ = tree_.outside() / "s";
  std::string state_ = tree_.root() / kStatePath;
};

TEST_F(VerifyCommandTest, EqualMirrorsAreDoneAndAMissingDaemonIsOnlySaid) {
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(outcome.out, "1 files compared, 0 differences, 0 not compared\n");
  EXPECT_THAT(outcome.err, HasSubstr("no daemon listens there"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  EXPECT_EQ(verify({"--format", "json"}).out, "[]\n");
}

TEST_F(VerifyCommandTest, ADifferenceFailsAndIsARow) {
  const std::string body = "{\"topic\": \"" + std::string(1000, 'x') + "\"}";
  plant("UPDATE documents SET body = '" + body + "'; DELETE FROM sessions");
  const Outcome table = verify();
  EXPECT_EQ(table.status, kFailed);
  EXPECT_THAT(table.out, HasSubstr(state_));
  EXPECT_THAT(table.out, HasSubstr("xxx…"));
  EXPECT_THAT(table.out, Not(HasSubstr(std::string(40, 'x'))));
  EXPECT_THAT(table.out, HasSubstr("1 files compared, 2 differences, 0 not compared\n"));
  const Outcome json = verify({"--format", "json"});
  EXPECT_EQ(json.status, kFailed);
  EXPECT_EQ(Json::parse(json.out), (Json::array({{{"path", state_},
                                                  {"table", "documents"},
                                                  {"row", nullptr},
                                                  {"difference", "changed"},
                                                  {"column", "body"},
                                                  {"live", body},
                                                  {"expected", state_json("s1", "one")},
                                                  {"remark", nullptr}},
                                                 {{"path", state_},
                                                  {"table", "sessions"},
                                                  {"row", nullptr},
                                                  {"difference", "missing"},
                                                  {"column", nullptr},
                                                  {"live", nullptr},
                                                  {"expected", nullptr},
                                                  {"remark", nullptr}}})));
}

TEST_F(VerifyCommandTest, WhatIsNotComparedIsARowAndDoesNotFail) {
  tree_.write(kStatePath, "{");
  tree_.scan();
  const Outcome outcome = verify({"--format", "json"});
  EXPECT_EQ(outcome.status, kDone);
  const Json rows = Json::parse(outcome.out);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0]["path"], state_);
  EXPECT_EQ(rows[0]["difference"], "not compared");
  EXPECT_THAT(rows[0]["remark"].get<std::string>(), HasSubstr("stale: "));
}

TEST_F(VerifyCommandTest, AFileThatTheMirrorHasNotCaughtUpWithIsNamedSo) {
  tree_.write(kStatePath, state_json("s1", "two"));
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.out, HasSubstr("not caught up"));
}

TEST_F(VerifyCommandTest, TheDaemonIsAskedToFlush) {
  const FakeDaemon daemon(socket_, [&](const Json&) {
    return Json{{"ok", true}, {"db", tree_.mirror().string()}}.dump();
  });
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(daemon.commands(), ::testing::ElementsAre("flush", "flush"));
}

TEST_F(VerifyCommandTest, ADaemonOfAnotherMirrorIsNoneOfThisOne) {
  const FakeDaemon daemon(socket_,
                          [](const Json&) { return R"({"ok": true, "db": "/other.db"})"; });
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.err, HasSubstr("mirrors into /other.db"));
}

TEST_F(VerifyCommandTest, ADaemonThatFailsToFlushFails) {
  const FakeDaemon daemon(socket_, [](const Json&) { return R"({"ok": false, "error": "no"})"; });
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(VerifyCommandTest, AnUnknownRootIsMisuseAndAMissingMirrorAFailure) {
  const Outcome unknown = verify({"--root", "/nowhere"});
  EXPECT_EQ(unknown.status, kMisused);
  EXPECT_THAT(unknown.err, HasSubstr(tree_.root().string()));
  EXPECT_EQ(verify({"--root", tree_.root()}).status, kDone);
  const Outcome missing =
      Tain()({"verify", "--db", tree_.outside() / "none.db", "--socket", socket_});
  EXPECT_EQ(missing.status, kFailed);
  EXPECT_EQ(missing.out, "");
}

TEST_F(VerifyCommandTest, ProgressIsForTerminalsOnly) {
  Tain tain;
  tain.err_is_terminal = true;
  const Outcome outcome = tain({"verify", "--db", tree_.mirror(), "--socket", socket_});
  EXPECT_THAT(outcome.err, HasSubstr(" files"));
  EXPECT_TRUE(outcome.err.ends_with("\r\x1b[K")) << outcome.err;
  EXPECT_THAT(verify().err, Not(HasSubstr(" files")));
}

}  // namespace
}  // namespace tain::query
