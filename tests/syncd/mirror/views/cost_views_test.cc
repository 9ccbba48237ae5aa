// What was spent is counted once, whatever repeats it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hand_made_project.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::HandMadeProject;
using ::testing::IsEmpty;
using testing::MirrorFixture;
using ::testing::UnorderedElementsAre;

constexpr const char* kUsage =
    "SELECT session_id, agent_run_id, model, input_tokens, output_tokens, cost_usd FROM usage";
constexpr const char* kSpent = "SELECT total(cost_usd) FROM usage";

class CostViews : public ::testing::Test {
 protected:
  static std::string event(const std::string& id, const std::string& members) {
    return R"({"id": ")" + id + R"(", "at": "2026-02-16T12:00:00Z", "type": "log", )" + members +
           "}\n";
  }
  static std::string cost(double usd) {
    return R"("usage": {"cost_usd": )" + std::to_string(usd) + "}";
  }
  static std::string of_run(const std::string& run) {
    return R"(, "agent_run_id": ")" + run + "\"";
  }

  MirrorFixture tree;
  HandMadeProject one{tree, "one"};
};

TEST_F(CostViews, ARunIsUsageWhenItSaysSo) {
  one.session("s");
  one.run("s", "r1",
          R"("model": "large", "created_at": "2026-02-16T12:00:00Z",
             "started_at": "2026-02-16T12:00:01Z", "usage": {"input_tokens": 10,
             "output_tokens": 20, "cache_read_tokens": 3, "cache_write_tokens": 4,
             "cost_usd": 0.5})");
  one.run("s", "r2", R"("model": "large")");
  one.run("s", "r3", R"("usage": {"output_tokens": 0})");
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT at, model, project_key, session_id, agent_run_id, input_tokens, "
                "output_tokens, cache_read_tokens, cache_write_tokens, cost_usd FROM usage "
                "ORDER BY agent_run_id"),
      ElementsAre(Cells{"1771243201000", "large", "1", "s", "r1", "10", "20", "3", "4", "0.5"},
                  Cells{"NULL", "NULL", "1", "s", "r3", "NULL", "0", "NULL", "NULL", "NULL"}));
}

TEST_F(CostViews, AnEventIsTheDetailOfItsRunWhereThatCarriesUsage) {
  one.session("s");
  one.run("s", "counted", R"("usage": {"cost_usd": 1})");
  one.run("s", "silent", R"("model": "small")");
  one.events("s", event("e1", cost(0.25) + of_run("counted")) +
                      event("e2", cost(0.5) + of_run("silent")) + event("e3", cost(2)) +
                      event("e4", cost(4) + of_run("unknown")) +
                      event("e5", R"("message": "costs nothing")"));
  tree.catch_up();
  EXPECT_THAT(tree.rows(kUsage),
              UnorderedElementsAre(Cells{"s", "counted", "NULL", "NULL", "NULL", "1.0"},
                                   Cells{"s", "silent", "small", "NULL", "NULL", "0.5"},
                                   Cells{"s", "NULL", "NULL", "NULL", "NULL", "2.0"},
                                   Cells{"s", "unknown", "NULL", "NULL", "NULL", "4.0"}));
}

TEST_F(CostViews, ARunOfTheSameNameInAnotherSessionIsAnotherRun) {
  one.session("a");
  one.session("b");
  one.run("a", "r", R"("usage": {"cost_usd": 1})");
  one.run("b", "r");
  one.events("b", event("e1", cost(2) + of_run("r")));
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id, cost_usd FROM usage"),
              UnorderedElementsAre(Cells{"a", "1.0"}, Cells{"b", "2.0"}));
}

TEST_F(CostViews, AnEventElsewhereThatNamesARunIsThatRunsDetail) {
  one.session("a");
  one.run("a", "r", R"("usage": {"cost_usd": 1})");
  one.write("tasks/t/events.jsonl", event("e1", cost(2) + of_run("r")));
  tree.catch_up();
  EXPECT_EQ(tree.cell(kSpent), "1.0");
}

TEST_F(CostViews, AMessageWhoseLineStandsTwiceCountsOnceAsItWasLast) {
  one.events("s", event("e1", R"("usage": {"output_tokens": 1, "cost_usd": 0.1})") +
                      event("e1", R"("usage": {"output_tokens": 9, "cost_usd": 0.9})") +
                      event("e1", R"("usage": {"output_tokens": 9, "cost_usd": 0.9})") +
                      event("e1", R"("message": "no usage")"));
  one.events("other", event("e1", R"("usage": {"output_tokens": 5, "cost_usd": 0.5})"));
  tree.catch_up();
  EXPECT_THAT(tree.rows(kUsage), ElementsAre(Cells{"s", "NULL", "NULL", "NULL", "9", "0.9"}));
}

TEST_F(CostViews, LinesWithoutAnIdAreMessagesOfTheirOwn) {
  one.events("s", R"({"usage": {"cost_usd": 1}})"
                  "\n"
                  R"({"usage": {"cost_usd": 1}})"
                  "\n");
  tree.catch_up();
  EXPECT_EQ(tree.cell(kSpent), "2.0");
}

TEST_F(CostViews, ACopiedSessionCostsNothing) {
  one.session("s");
  one.run("s", "r", R"("usage": {"cost_usd": 1})");
  one.events("s", event("e1", cost(0.5) + of_run("r")) + event("e2", cost(2)));
  one.copy("sessions/s", "sessions/s-copy");
  // The copy is older: the run went on.
  one.run("s", "r", R"("usage": {"cost_usd": 4})");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT count(*) FROM agent_runs"), "2");
  EXPECT_EQ(tree.cell(kSpent), "6.0");
  EXPECT_EQ(tree.cell("SELECT cost_usd FROM project_costs"), "6.0");
}

TEST_F(CostViews, TwoProjectsEachCountTheirOwn) {
  one.session("s");
  one.run("s", "r", R"("usage": {"cost_usd": 1})");
  one.events("s", event("e1", cost(2)));
  std::filesystem::copy(tree.root() / "one", tree.root() / "two",
                        std::filesystem::copy_options::recursive);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT project, cost_usd FROM project_costs"),
              ElementsAre(Cells{"one", "3.0"}, Cells{"one", "3.0"}));
  EXPECT_EQ(tree.cell(kSpent), "6.0");
}

TEST_F(CostViews, CostsAreSumsOfUsage) {
  const HandMadeProject two(tree, "two");
  one.session("a", R"("topic": "Parser")");
  one.run("a", "r1", R"("usage": {"input_tokens": 10, "cost_usd": 1})");
  one.run("a", "r2", R"("usage": {"input_tokens": 5, "cache_read_tokens": 7})");
  one.events("b", event("e1", cost(0.5)));
  one.write("tasks/t/events.jsonl", event("e2", cost(8)));
  two.session("a", R"("topic": "Site")");
  two.run("a", "r1", R"("usage": {"cost_usd": 2})");
  two.session("idle");
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT project, session_id, topic, input_tokens, output_tokens, "
                "cache_read_tokens, cache_write_tokens, cost_usd FROM session_costs"),
      UnorderedElementsAre(Cells{"one", "a", "Parser", "15", "NULL", "7", "NULL", "1.0"},
                           Cells{"one", "b", "NULL", "NULL", "NULL", "NULL", "NULL", "0.5"},
                           Cells{"two", "a", "Site", "NULL", "NULL", "NULL", "NULL", "2.0"}));
  EXPECT_THAT(tree.rows("SELECT project, input_tokens, cost_usd FROM project_costs"),
              UnorderedElementsAre(Cells{"one", "15", "9.5"}, Cells{"two", "NULL", "2.0"}));
}

TEST_F(CostViews, AHostileNumberOfTokensDoesNotBreakTheSums) {
  one.run("s", "r1", R"("usage": {"input_tokens": 9223372036854775807})");
  one.run("s", "r2", R"("usage": {"input_tokens": 9223372036854775807})");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT input_tokens FROM project_costs"),
              ElementsAre(Cells{"9223372036854775807"}));
}

// The questions of seed 002: joins for analysis, across projects.
TEST_F(CostViews, Seed002FailedRunsOfTheBuildPhaseAndCostByProjectModelAndDay) {
  const HandMadeProject two(tree, "two");
  one.session("a", R"("current_phase": "build", "topic": "Parser")");
  one.session("b", R"("current_phase": "plan")");
  two.session("c", R"("current_phase": "build", "topic": "Site")");
  const auto run = [](const std::string& status, const std::string& model, const std::string& at,
                      double usd) {
    return R"("agent_type": "build", "status": ")" + status + R"(", "model": ")" + model +
           R"(", "error_message": "why", "started_at": ")" + at + "\", " + cost(usd);
  };
  one.run("a", "r1", run("failed", "large", "2026-02-16T23:59:59Z", 1));
  one.run("a", "r2", run("completed", "large", "2026-02-17T00:00:00Z", 2));
  one.run("b", "r3", run("failed", "small", "2026-02-16T01:00:00Z", 4));
  two.run("c", "r4", run("failed", "large", "2026-02-16T01:00:00Z", 8));
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT project, topic, run_id, error_message, cost_usd FROM failed_runs "
                        "WHERE current_phase = 'build' ORDER BY project"),
              ElementsAre(Cells{"one", "Parser", "r1", "why", "1.0"},
                          Cells{"two", "Site", "r4", "why", "8.0"}));
  EXPECT_THAT(
      tree.rows("SELECT p.name, u.model, date(u.at / 1000, 'unixepoch') AS day, sum(u.cost_usd) "
                "FROM usage u JOIN projects p USING (project_key) GROUP BY 1, 2, 3 ORDER BY 1, 2, "
                "3"),
      ElementsAre(
          Cells{"one", "large", "2026-02-16", "1.0"}, Cells{"one", "large", "2026-02-17", "2.0"},
          Cells{"one", "small", "2026-02-16", "4.0"}, Cells{"two", "large", "2026-02-16", "8.0"}));
}

}  // namespace
}  // namespace tain
