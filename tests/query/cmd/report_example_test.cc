// The built-in reports, asked about the example: their numbers against what its files say, counted
// by hand, and how they are printed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/reports/catalogue.h"
#include "tests/query/tain.h"
#include "tests/support/environment.h"
#include "tests/support/example_tree.h"
#include "tests/support/golden.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BuiltinReport : public ::testing::Test {
 protected:
  // The mirror is only read, but for the order of its changes, which the file system chose.
  static void SetUpTestSuite() {
    example = std::make_unique<testing::ExampleMirror>();
    example->run(
        "UPDATE files SET seq = (SELECT count(*) FROM files o WHERE o.path <= files.path)");
  }
  static void TearDownTestSuite() { example.reset(); }

  static Outcome ask(std::vector<std::string> arguments, std::optional<Terminal> terminal = {}) {
    arguments.insert(arguments.begin(), "report");
    const bool is_list = arguments.size() < 2 || arguments[1] == "--format";
    if (!is_list) arguments.insert(arguments.end(), {"--db", example->db()});
    const Clock clock = [] { return Timestamp{testing::kExampleNow}; };
    Outcome outcome = Tain{.terminal = terminal, .clock = clock}(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    return outcome;
  }

  // The rows of the answer, without their header.
  static std::string rows(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "csv"});
    const std::string out = ask(arguments).out;
    return out.substr(out.find('\n') + 1);
  }

  static inline std::unique_ptr<testing::ExampleMirror> example;
  // Where nobody keeps reports.
  testing::EnvironmentVariable config_{"XDG_CONFIG_HOME", example->root()};
};

TEST_F(BuiltinReport, SessionsByPhaseFollowThePhases) {
  EXPECT_EQ(rows({"sessions-by-phase", "--phase", "build"}),
            "build,atlas,s_routes,Plan walking routes,running,4,6,2026-10-20 11:30:00\n"
            "build,atlas,s_labels,Label the streets,failed,1,4,2026-10-15 20:00:00\n"
            "build,beacon,s_siren,Siren that wakes keepers,running,2,5,2026-10-20 11:55:00\n");
  EXPECT_EQ(rows({"sessions-by-phase", "--phase", "spec", "--project", "prj_atlas"}),
            "spec,atlas,s_legend,A legend for the map,waiting,,,2026-10-19 15:00:00\n");
}

TEST_F(BuiltinReport, BuildProgressHasTheSessionsWithMoreCheckpointsThanAsked) {
  EXPECT_EQ(rows({"build-progress", "--more-than", "3"}),
            "beacon,s_lamp,Dim the lamp at dawn,completed,5,5,100.0\n"
            "atlas,s_routes,Plan walking routes,running,4,6,66.7\n");
}

TEST_F(BuiltinReport, LongSessionsLastUntilTheyEndOrUntilNow) {
  EXPECT_EQ(rows({"long-sessions", "--hours", "24"}),
            "beacon,s_siren,Siren that wakes keepers,running,build,2026-10-14 07:00:00,149.0\n"
            "atlas,s_tiles,Render map tiles,completed,complete,2026-10-10 09:00:00,56.0\n"
            "atlas,s_routes,Plan walking routes,running,build,2026-10-18 09:00:00,51.0\n"
            "beacon,s_lamp,Dim the lamp at dawn,completed,complete,2026-10-05 09:00:00,24.0\n");
}

TEST_F(BuiltinReport, FailedAgentsAreThoseOfSessionsInThePhase) {
  const std::string failed = rows({"failed-agents", "--phase", "build", "--project", "beacon"});
  EXPECT_EQ(failed,
            "beacon,build,s_siren,Siren that wakes keepers,run_s2,builder,haiku-5,no sound "
            "device,0.03125,2026-10-16 09:05:00\n");
  EXPECT_EQ(rows({"failed-agents", "--phase", "docs"}), "");
}

TEST_F(BuiltinReport, CostAddsUpByWhatIsAsked) {
  EXPECT_EQ(rows({"cost"}),
            "atlas,587000,172000,12000,0,10.6875\n"
            "beacon,208000,53400,0,0,3.21875\n");
  EXPECT_EQ(rows({"cost", "--by", "model"}),
            "opus-5,177000,48000,12000,0,7.125\n"
            "sonnet-5,579000,173900,0,0,6.6875\n"
            "haiku-5,39000,3500,0,0,0.09375\n");
  EXPECT_EQ(rows({"cost", "--by", "agent"}),
            "builder,660000,203500,0,0,11.03125\n"
            "planner,77000,17000,12000,0,2.375\n"
            "researcher,20000,1000,0,0,0.25\n"
            ",8000,900,0,0,0.1875\n"  // a message of no run
            "reviewer,30000,3000,0,0,0.0625\n");
  EXPECT_EQ(rows({"cost", "--by", "day", "--days", "3"}),
            "2026-10-18,42000,8000,12000,0,1.25\n"
            "2026-10-19,150000,39000,0,0,1.25\n"
            "2026-10-20,23000,2900,0,0,0.3125\n");
  EXPECT_THAT(rows({"cost", "--by", "session", "--project", "beacon"}),
              HasSubstr("s_lamp,66000,20000,0,0,0.75\n"));
}

TEST_F(BuiltinReport, TakesAProjectsDirectory) {
  for (const FoundReport& found : builtin_reports()) {
    const std::string& name = found.report.name;
    if (name == "changes") continue;  // it is of all projects
    EXPECT_EQ(rows({name, "--project", "/home/ann/work/beacon"}),
              rows({name, "--project", "beacon"}))
        << name;
  }
}

TEST_F(BuiltinReport, DailyCostIsThatOfEachModelOnEachDay) {
  EXPECT_EQ(rows({"daily-cost", "--days", "5"}),
            "2026-10-16,haiku-5,9000,500,0.03125\n"
            "2026-10-16,sonnet-5,70000,22000,0.875\n"
            "2026-10-18,opus-5,42000,8000,1.25\n"
            "2026-10-19,sonnet-5,150000,39000,1.25\n"
            "2026-10-20,sonnet-5,23000,2900,0.3125\n");
}

TEST_F(BuiltinReport, BlockedTasksAreThoseThatWaitAndThoseMarkedSo) {
  EXPECT_EQ(rows({"blocked-tasks"}),
            "atlas,t_print,Printed edition,pending,t_labels,Street labels,failed\n"
            "atlas,t_print,Printed edition,pending,t_routes,Walking routes,in_progress\n"
            "beacon,t_drill,Monthly drill,blocked,t_siren,Wake the keeper,in_progress\n"
            "beacon,t_tide,Tide tables,pending,t_nowhere,,missing\n");
}

TEST_F(BuiltinReport, StaleExecutionsAreSilentByTheCommandsClock) {
  EXPECT_EQ(rows({"stale-executions"}),
            "atlas,exe_2,t_routes,weaver,test,running,wrk_1,2026-10-20 11:05:00,55.0,,\n");
  EXPECT_EQ(rows({"stale-executions", "--minutes", "55"}), "");
}

TEST_F(BuiltinReport, AgentReliabilityCountsWhatHasFinished) {
  EXPECT_EQ(rows({"agent-reliability"}),
            "builder,haiku-5,1,1,100.0,5.0\n"
            "builder,opus-5,1,1,100.0,300.0\n"
            "builder,sonnet-5,6,2,33.3,120.0\n"  // 30, 45, 120, 120, 120, 180 minutes
            "planner,opus-5,2,0,0.0,40.0\n"      // 20 and 60
            "reviewer,haiku-5,1,0,0.0,10.0\n");
}

TEST_F(BuiltinReport, ThroughputHasEveryDayUpToToday) {
  EXPECT_EQ(rows({"throughput", "--days", "2"}), "2026-10-19,0,1\n2026-10-20,0,0\n");
  EXPECT_THAT(rows({"throughput"}), HasSubstr("2026-10-12,1,1\n"));
  EXPECT_THAT(rows({"throughput"}), Not(HasSubstr("2026-10-06")));
  EXPECT_THAT(rows({"throughput", "--days", "15"}), HasSubstr("2026-10-06,1,1\n"));
  EXPECT_THAT(rows({"throughput", "--days", "15", "--project", "atlas"}),
              HasSubstr("2026-10-06,0,0\n"));
  EXPECT_EQ(rows({"throughput", "--days", "0"}), "");
}

TEST_F(BuiltinReport, CycleTimeHasTheMedianAndTheNinthOfTen) {
  EXPECT_EQ(rows({"cycle-time"}),
            "spec,6,1.5,5.0\n"     // 1, 1, 1, 2, 3, 5 hours
            "plan,5,2.0,24.0\n"    // 1, 2, 2, 4, 24
            "build,2,34.0,48.0\n"  // 20 and 48
            "docs,2,1.5,2.0\n");   // 1 and 2
}

TEST_F(BuiltinReport, TheWorkflowLibraryIsSearched) {
  const std::string lamp = "beacon,t_lamp,Dim the lamp,Change a setting by the hour,";
  EXPECT_THAT(rows({"workflow-library", "--tag", "small-steps"}), ::testing::StartsWith(lamp));
  EXPECT_THAT(rows({"workflow-library", "--about", "FOLLOWS the clock"}),
              ::testing::StartsWith(lamp));
  EXPECT_EQ(rows({"workflow-library", "--tag", "batc"}), "");
  EXPECT_THAT(rows({"workflow-library"}), Not(HasSubstr("t_labels")));  // not a good one
}

TEST_F(BuiltinReport, AnomaliesAreOfAKindWhenAsked) {
  EXPECT_EQ(rows({"anomalies", "--kind", "dangling reference"}),
            "dangling reference,/home/ann/work/beacon/.tain/tasks/t_tide/task.json,,/dependencies/"
            "0,t_nowhere is no task of this project\n");
  EXPECT_EQ(rows({"anomalies", "--project", "atlas"}), "");
}

TEST_F(BuiltinReport, ChangesBeginBehindAPlace) {
  EXPECT_EQ(rows({"changes", "--since", "51"}),
            "52,upsert,task,native,current,/home/ann/work/beacon/.tain/tasks/t_tide/task.json\n");
}

TEST_F(BuiltinReport, AllAreGoodToReadInEveryForm) {
  for (const FoundReport& found : builtin_reports()) {
    const std::string& name = found.report.name;
    for (const std::string format : {"table", "csv", "json", "jsonl", "markdown"}) {
      testing::expect_golden("report-" + name + "." + format, ask({name, "--format", format}).out);
    }
    testing::expect_golden("report-" + name + ".plot", ask({name, "--plot"}).out);
  }
  testing::expect_golden("report-cost-by-model.table", ask({"cost", "--by", "model"}).out);
  testing::expect_golden("report-cost-by-day.plot", ask({"cost", "--by", "day", "--plot"}).out);
}

TEST_F(BuiltinReport, PrintsInEveryFormat) {
  for (const std::string format : {"table", "csv", "json", "jsonl", "markdown"}) {
    testing::expect_golden("report-failed-agents-build." + format,
                           ask({"failed-agents", "--phase", "build", "--format", format}).out);
    testing::expect_golden("report-list." + format, ask({"--format", format}).out);
  }
  testing::expect_golden(
      "report-failed-agents-atlas.csv",
      ask({"failed-agents", "--phase", "build", "--project", "atlas", "--format", "csv"}).out);
  testing::expect_golden("report-failed-agents-build.terminal",
                         ask({"failed-agents", "--phase", "build"}, Terminal{100, 24, true}).out);
  testing::expect_golden("report-list.terminal", ask({}, Terminal{80, 24, false}).out);
  testing::expect_golden("report-daily-cost.colours",
                         ask({"daily-cost", "--plot"}, Terminal{60, 24, true}).out);
}

TEST_F(BuiltinReport, ExplainsItselfAndItsParameters) {
  testing::expect_golden("report-cost.explain", ask({"cost", "--explain"}).out);
  testing::expect_golden("report-cost.help", ask({"cost", "--help"}).out);
}

TEST_F(BuiltinReport, WritesPages) {
  for (const std::string name : {"cost", "daily-cost"}) {
    const std::string page = example->root() / (name + ".html");
    ask({name, "--html", page});
    testing::expect_golden("report-" + name + ".html", testing::read(page));
  }
}

}  // namespace
}  // namespace tain::query
