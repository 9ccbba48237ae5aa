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
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'771'243'200'000;  // FakeClock's

class Status : public ::testing::Test {
 protected:
  Status() {
    testing::make_mirror(
        db_,
        "INSERT INTO roots VALUES (1, '/home/x/code', 7, 'available', NULL, "
        "1771243190000, 3, 'inotify', 120, 120, 1771243191000);"
        "INSERT INTO files VALUES (1, '/home/x/code/a', 1, 1, 'native', 'session', "
        "'current', 1, 1, 1, 1, 1, 0, 1, 1, 1771243195000, 1);"
        "INSERT INTO sync_errors VALUES (1, '/home/x/code/b', NULL, 'bad', 1, 1),"
        "(2, '/home/x/codex', NULL, 'not of this root', 1, 1)");
  }

  // A daemon's answer with nothing to find fault with.
  Json healthy() const {
    return {{"ok", true},
            {"pid", 1},
            {"version", "0.1.0"},
            {"db", db_},
            {"started_at", kNow - 7'200'000},
            {"pending", 0},
            {"lag_ms", 0},
            {"seq", 12},
            {"batches", 3},
            {"files_mirrored", 5},
            {"overflows", 0},
            {"watch_limit", 50'000},
            {"last_error", nullptr},
            {"refused_config", nullptr},
            {"rebuilding", false},
            {"roots", {root()}}};
  }
  static Json root() {
    return {{"path", "/home/x/code"},
            {"state", "available"},
            {"reason", nullptr},
            {"watch_mode", "inotify"},
            {"watches_needed", 120},
            {"watches", 120},
            {"watch_trouble", nullptr},
            {"pending", 0},
            {"lag_ms", 0},
            {"last_event_at", kNow - 3000},
            {"files_on_disk", 1234},
            {"files_mirrored", 1234},
            {"counted_at", kNow - 1000},
            {"settled", true},
            {"errors", 2},
            {"last_full_scan_at", kNow - 12'000}};
  }

  Outcome status(const Json& answer, std::vector<std::string> more = {}) {
    const testing::FakeDaemon daemon(socket_, [&](const Json&) { return answer.dump(); });
    Outcome outcome = ask(std::move(more));
    EXPECT_THAT(daemon.commands(), ElementsAre("status"));
    std::filesystem::remove(socket_);
    return outcome;
  }
  Outcome ask(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"status", "--db", db_, "--socket", socket_});
    return Tain()(more);
  }

  void expect_problem(const Json& answer, const std::string& problem) {
    const Outcome outcome = status(answer);
    EXPECT_EQ(outcome.status, kFailed) << problem;
    EXPECT_EQ(outcome.err, "");
    const std::string last_line =
        outcome.out.substr(outcome.out.rfind('\n', outcome.out.size() - 2) + 1);
    EXPECT_EQ(last_line, "not healthy: " + problem + "\n");
    const Json json = Json::parse(status(answer, {"--format", "json"}).out)[0];
    EXPECT_EQ(json["healthy"], false);
    EXPECT_EQ(json["problems"], Json::array({problem}));
  }
  void expect_root_problem(const std::string& key, const Json& value, const std::string& problem) {
    Json answer = healthy();
    answer["roots"][0][key] = value;
    expect_problem(answer, problem);
  }

  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
  std::string socket_ = directory_ / "s";
};

TEST_F(Status, AHealthyDaemonIsReportedForPeople) {
  const Outcome outcome = status(healthy());
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(
      outcome.out,
      "daemon  pid 1, version 0.1.0, started 2 h ago, " + socket_ +
          "\n"
          "queue   0 pending, 0 ms behind, seq 12, 3 batches, 5 files mirrored, 0 overflows, "
          "at most 50000 watches\n"
          "mirror  " +
          db_ +
          ", 1 files, 2 errors, last change 5 s ago\n"
          "\n"
          "root         | state     | watch   | watches | pending | on disk | mirrored | errors "
          "| last event | last full scan\n"
          "-------------+-----------+---------+---------+---------+---------+----------+--------"
          "+------------+---------------\n"
          "/home/x/code | available | inotify | 120     |       0 |    1234 |     1234 |      2 "
          "| 3 s ago    | 12 s ago\n"
          "\n"
          "healthy\n");
}

TEST_F(Status, AHealthyDaemonIsReportedForPrograms) {
  const Outcome outcome = status(healthy(), {"--format", "json"});
  EXPECT_EQ(outcome.status, kDone);
  const Json json = Json::parse(outcome.out);
  ASSERT_THAT(json, SizeIs(1));
  Json daemon = healthy();
  daemon.erase("ok");
  daemon.erase("roots");
  daemon["socket"] = socket_;
  EXPECT_EQ(nlohmann::json(json[0]), nlohmann::json({{"healthy", true},
                                                     {"problems", nlohmann::json::array()},
                                                     {"daemon", daemon},
                                                     {"mirror",
                                                      {{"db", db_},
                                                       {"readable", true},
                                                       {"schema_version", mirror::kSchemaVersion},
                                                       {"files", 1},
                                                       {"errors", 2},
                                                       {"loading", false},
                                                       {"last_mirrored_at", kNow - 5000}}},
                                                     {"roots", {root()}}}));
}

TEST_F(Status, ARootThatIsNotAvailableIsNotHealthy) {
  Json answer = healthy();
  answer["roots"][0]["state"] = "unavailable";
  answer["roots"][0]["reason"] = "not mounted";
  expect_problem(answer, "/home/x/code is unavailable: not mounted");
}

TEST_F(Status, ARootThatIsNotWatchedWithInotifyIsNotHealthy) {
  expect_root_problem("watch_mode", "polling", "/home/x/code is not fully watched, but: polling");
  expect_root_problem("watch_mode", "partial", "/home/x/code is not fully watched, but: partial");
  expect_root_problem("watch_mode", nullptr, "/home/x/code is not fully watched, but: unknown");
}

// The number that is needed is of the last full scan.
TEST_F(Status, DirectoriesThatCameSinceTheLastFullScanDoNotMakeAnOddFraction) {
  Json answer = healthy();
  answer["roots"][0]["watches"] = 166;
  const Outcome whole = status(answer);
  EXPECT_EQ(whole.status, kDone);
  EXPECT_THAT(whole.out, HasSubstr("| inotify | 166 "));
  answer["roots"][0]["watch_mode"] = "partial";
  answer["roots"][0]["watches"] = 12;
  EXPECT_THAT(status(answer).out, HasSubstr("| partial | 12/120 "));
}

TEST_F(Status, ARootThatWasNeverScannedIsNotHealthy) {
  expect_root_problem("last_full_scan_at", nullptr, "/home/x/code was never fully scanned");
}

TEST_F(Status, FilesOnDiskThatAreNotInTheMirrorAreNotHealthyWhenNothingWaits) {
  expect_root_problem("files_mirrored", 1233,
                      "/home/x/code has 1234 files on disk and 1233 in the mirror");
  Json busy = healthy();
  busy["roots"][0]["files_mirrored"] = 1233;
  busy["pending"] = 1;
  EXPECT_EQ(status(busy).status, kDone);
}

TEST_F(Status, NumbersBetweenWhichSomethingMovedAreNoProblem) {
  Json answer = healthy();
  answer["roots"][0]["files_mirrored"] = 1235;
  for (const Json& settled : {Json(false), Json(nullptr)}) {
    answer["roots"][0]["settled"] = settled;
    EXPECT_EQ(status(answer).status, kDone) << settled;
  }
}

TEST_F(Status, FilesThatWereNotCountedAreNotHealthy) {
  expect_root_problem("files_on_disk", nullptr, "/home/x/code has not counted its files");
}

TEST_F(Status, ALastErrorIsNotHealthy) {
  Json answer = healthy();
  answer["last_error"] = "disk full";
  expect_problem(answer, "last error: disk full");
}

TEST_F(Status, ARefusedConfigurationIsNotHealthy) {
  Json answer = healthy();
  answer["refused_config"] = "/rots is unknown";
  expect_problem(answer,
                 "the daemon goes on as it was, since it refused its configuration: /rots is "
                 "unknown");
}

TEST_F(Status, AMirrorThatIsBeingBuiltIsNotHealthy) {
  Json answer = healthy();
  answer["rebuilding"] = true;
  expect_problem(
      answer, "a new mirror is being built; until it is complete, this one gets no more changes");
  EXPECT_EQ(Json::parse(status(answer, {"--format", "json"}).out)[0]["daemon"]["rebuilding"], true);
  sqlite::Database(db_, sqlite::Database::Mode::read_write)
      .run("INSERT INTO meta(key, value) VALUES('loading', 1)");
  for (const bool rebuilding : {true, false}) {
    answer["rebuilding"] = rebuilding;
    expect_problem(answer, "the mirror is being built; answers are not complete yet");
  }
  EXPECT_EQ(Json::parse(ask({"--format", "json"}).out)[0]["mirror"]["loading"], true);
}

TEST_F(Status, ADaemonOfAnotherMirrorIsNotHealthy) {
  Json answer = healthy();
  answer["db"] = "/other.db";
  expect_problem(answer, "the daemon mirrors into /other.db, not into " + db_ +
                             "; ask about that one with --db");
}

TEST_F(Status, ADaemonThatWatchesNothingIsNotHealthy) {
  Json answer = healthy();
  answer["roots"] = Json::array();
  expect_problem(answer, "the daemon watches no directory");
}

TEST_F(Status, ADaemonThatIsFarBehindIsNotHealthy) {
  Json answer = healthy();
  answer["pending"] = 3;
  answer["lag_ms"] = 61'000;
  expect_problem(answer, "the daemon is 61 s behind, 3 changes wait");
}

TEST_F(Status, WhatTheDaemonDoesNotSayIsNotHealthy) {
  for (const char* key : {"db", "pending", "lag_ms", "last_error", "roots"}) {
    Json lacking = healthy();
    lacking.erase(key);
    EXPECT_EQ(status(lacking).status, kFailed) << key;
    Json odd = healthy();
    odd[key] = true;
    EXPECT_EQ(status(odd).status, kFailed) << key;
  }
  for (const char* key :
       {"state", "watch_mode", "files_on_disk", "files_mirrored", "last_full_scan_at"}) {
    Json lacking = healthy();
    lacking["roots"][0].erase(key);
    EXPECT_EQ(status(lacking).status, kFailed) << key;
  }
  Json odd = healthy();
  odd["roots"] = {1};
  EXPECT_EQ(status(odd).status, kFailed);
}

TEST_F(Status, ADaemonThatRefusesIsNotHealthy) {
  const Outcome outcome = status({{"ok", false}, {"error", "shutting down"}});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.out, HasSubstr("shutting down"));
}

TEST_F(Status, WithoutADaemonTheMirrorIsShownAndSaidToBePossiblyStale) {
  const Outcome outcome = ask();
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out,
            "daemon  does not answer at " + socket_ + "\nmirror  " + db_ +
                ", 1 files, 2 errors, last change 5 s ago\n"
                "\n"
                "root         | state     | watch | watches | pending | on disk | mirrored | "
                "errors | last event | last full scan\n"
                "-------------+-----------+-------+---------+---------+---------+----------+-"
                "-------+------------+---------------\n"
                "/home/x/code | available | ?     | ?/?     | ?       |       3 |        1 | "
                "     1 | 9 s ago    | 10 s ago\n"
                "\n"
                "not healthy: connect to " +
                socket_ +
                ": no daemon listens there; start one with `tain-syncd run`, or name another with "
                "--socket; what the mirror holds may be stale\n");
  const Json json = Json::parse(ask({"--format", "json"}).out)[0];
  EXPECT_EQ(json["healthy"], false);
  EXPECT_EQ(json["daemon"], nullptr);
  EXPECT_EQ(json["roots"][0]["watch_mode"], nullptr);
  EXPECT_EQ(json["roots"][0]["files_mirrored"], 1);
}

TEST_F(Status, AMirrorThatCannotBeReadIsNotHealthy) {
  std::filesystem::remove(db_);
  const Outcome outcome = status(healthy());
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.out, HasSubstr("mirror  cannot be read: " + db_));
  EXPECT_THAT(outcome.out, HasSubstr("not healthy: open " + db_ + ": there is no mirror yet"));
}

TEST_F(Status, NamesFromTheDaemonCannotControlTheTerminal) {
  Json answer = healthy();
  answer["roots"][0]["path"] = "/x\x1b[2J";
  answer["version"] = "\x1b[2J";
  const Outcome outcome = status(answer);
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tain::query
