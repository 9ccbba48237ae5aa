// The built-in reports, where names, ids and files stand more than once, or say little.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/environment.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

// Two projects of one name, p1 copied to p3, and a clock that says 1970-01-02T00:00:00Z.
class ReportOfCopies : public ::testing::Test {
 protected:
  ReportOfCopies() {
    testing::make_mirror(db_,
                         "INSERT INTO projects(project_key, root, id, name) VALUES "
                         "(1, '/a', 'p1', 'app'), (2, '/b', 'p2', 'app'), (3, '/c', 'p1', 'cat')");
  }
  void run(const std::string& sql) const {
    sqlite::Database(db_, sqlite::Database::Mode::read_write).run(sql);
  }
  Outcome ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "report");
    arguments.insert(arguments.end(), {"--db", db_});
    Outcome outcome = Tain{.clock = [] { return Timestamp{86'400'000}; }}(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    return outcome;
  }
  std::string rows(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "csv"});
    const std::string out = ask(arguments).out;
    return out.substr(out.find('\n') + 1);
  }
  void add_runs(const std::string& values) const {
    run("INSERT INTO agent_runs(file_id, project_key, session_id, id, agent_type, status, cost_usd)"
        " VALUES " +
        values);
  }
  // Of a session of which there are two files, begun at 0, with a checkpoint done.
  void add_copied_session(const std::string& status) const {
    for (const char* file : {"1", "2"}) {
      run("INSERT INTO sessions(file_id, project_key, session_id, topic, status, current_phase, "
          "created_at, updated_at, checkpoints_completed, checkpoints_total) VALUES (" +
          std::string(file) + ", 1, 's1', 'T', '" + status + "', 'build', 0, 36000000, 1, 2)");
    }
  }

  testing::TempDir home_;
  std::string db_ = home_ / "mirror.db";
  testing::EnvironmentVariable config_{"XDG_CONFIG_HOME", home_ / "config"};
};

TEST_F(ReportOfCopies, CostKeepsProjectsOfOneNameApart) {
  add_runs(
      "(1, 1, 's1', 'r1', 'a', 'completed', 3), (2, 2, 's1', 'r1', 'a', 'completed', 2), "
      "(3, 3, 's1', 'r1', 'a', 'completed', 1)");
  EXPECT_EQ(rows({"cost"}), "app (/a),0,0,0,0,3.0\napp (/b),0,0,0,0,2.0\ncat,0,0,0,0,1.0\n");
  EXPECT_EQ(ask({"cost", "--plot"}).out.find("cost_usd by cost_of\napp (/a) █"), 0U);
  EXPECT_EQ(rows({"cost", "--by", "agent"}), "a,0,0,0,0,6.0\n");
}

TEST_F(ReportOfCopies, CostKeepsSessionsOfOneIdApart) {
  add_runs(
      "(1, 1, 's1', 'r1', 'a', 'completed', 3), (2, 2, 's1', 'r1', 'a', 'completed', 2), "
      "(3, 1, 's2', 'r1', 'a', 'completed', 1), (4, 1, NULL, 'r1', 'a', 'completed', 0.5), "
      "(5, 2, NULL, 'r1', 'a', 'completed', 0.25)");
  EXPECT_EQ(rows({"cost", "--by", "session"}),
            "s1 (/a),0,0,0,0,3.0\ns1 (/b),0,0,0,0,2.0\ns2,0,0,0,0,1.0\n(/a),0,0,0,0,0.5\n"
            "(/b),0,0,0,0,0.25\n");
  EXPECT_EQ(rows({"cost", "--by", "session", "--project", "p2"}),
            "s1,0,0,0,0,2.0\n,0,0,0,0,0.25\n");
}

TEST_F(ReportOfCopies, SessionsByPhaseKeepsProjectsOfOneNameApart) {
  run("INSERT INTO sessions(file_id, project_key, session_id, current_phase, updated_at) VALUES "
      "(1, 1, 's1', 'build', 0), (2, 2, 's1', 'build', 1000), (3, 1, 's2', 'build', 2000), "
      "(4, 3, 's1', 'build', 0), (5, 1, 's3', 'docs', 0)");
  EXPECT_EQ(rows({"sessions-by-phase", "--phase", "build"}),
            "build,app (/a),s2,,,,,1970-01-01 00:00:02\nbuild,app (/a),s1,,,,,1970-01-01 "
            "00:00:00\nbuild,app (/b),s1,,,,,1970-01-01 00:00:01\nbuild,cat,s1,,,,,1970-01-01 "
            "00:00:00\n");
  EXPECT_EQ(rows({"sessions-by-phase", "--phase", "docs"}),
            "docs,app,s3,,,,,1970-01-01 00:00:00\n");
  EXPECT_EQ(rows({"sessions-by-phase", "--project", "p2"}),
            "build,app,s1,,,,,1970-01-01 00:00:01\n");
}

TEST_F(ReportOfCopies, ADirectoryIsOneOfCopiedProjects) {
  add_runs("(1, 1, 's1', 'r1', 'a', 'failed', 3), (3, 3, 's1', 'r1', 'a', 'failed', 1)");
  EXPECT_EQ(rows({"cost", "--project", "/c"}), "cat,0,0,0,0,1.0\n");
  EXPECT_EQ(rows({"cost", "--project", "p1"}), "app,0,0,0,0,3.0\ncat,0,0,0,0,1.0\n");
}

TEST_F(ReportOfCopies, AFailedRunCountsBesideACopyThatStillRuns) {
  add_runs(
      "(1, 1, 's1', 'r1', 'a', 'running', NULL), (2, 1, 's1', 'r1', 'a', 'failed', NULL), "
      "(3, 1, 's1', 'r1', 'a', 'failed', NULL)");
  EXPECT_EQ(rows({"agent-reliability"}), "a,,1,1,100.0,\n");
}

TEST_F(ReportOfCopies, ACopiedSessionIsOne) {
  add_copied_session("running");
  EXPECT_EQ(rows({"sessions-by-phase"}), "build,app,s1,T,running,1,2,1970-01-01 10:00:00\n");
  EXPECT_EQ(rows({"build-progress"}), "app,s1,T,running,1,2,50.0\n");
  EXPECT_EQ(rows({"long-sessions"}), "app,s1,T,running,build,1970-01-01 00:00:00,24.0\n");
}

TEST_F(ReportOfCopies, ACopyInAnotherProjectIsAnother) {
  add_copied_session("running");
  run("UPDATE sessions SET project_key = 3 WHERE file_id = 2");
  EXPECT_EQ(rows({"build-progress"}), "app,s1,T,running,1,2,50.0\ncat,s1,T,running,1,2,50.0\n");
}

TEST_F(ReportOfCopies, WhatDoesNotSayWhenItWasCompletedWasSoWhenItLastChanged) {
  add_copied_session("completed");
  run("INSERT INTO tasks(file_id, project_key, id, status, updated_at) VALUES "
      "(3, 1, 't1', 'completed', 86400000)");
  EXPECT_EQ(rows({"throughput", "--days", "2"}), "1970-01-01,1,0\n1970-01-02,0,1\n");
  run("UPDATE sessions SET last_activity_at = 86400000");
  EXPECT_EQ(rows({"throughput", "--days", "2"}), "1970-01-01,0,0\n1970-01-02,1,1\n");
}

TEST_F(ReportOfCopies, ADayWithoutACostIsNotDrawn) {
  run("INSERT INTO agent_runs(file_id, project_key, session_id, id, model, started_at, "
      "input_tokens) VALUES (1, 1, 's1', 'r1', 'm', 0, 7)");
  EXPECT_EQ(ask({"daily-cost", "--plot"}).out, "cost_usd by day per model\n(nothing)\n");
}

}  // namespace
}  // namespace tain::query
