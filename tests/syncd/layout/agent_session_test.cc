// The session trees that existed before Tain, in the generations in which they are found.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MirrorFixture;

constexpr const char* kVersion1 = R"({
  "session_id": "2026-01-01_plan_p4k7n2", "topic": "Plan mode", "granularity": "feature",
  "parent_session": "2025-12-24_older_k7m3x9", "prior_session": null,
  "created_at": "2026-01-01T00:00:00Z", "current_phase": "build",
  "phases": {
    "spec": {"status": "finalized", "started_at": "2026-01-01T00:00:00Z",
             "finalized_at": "2026-01-01T01:00:00+00:00"},
    "plan": {"status": "not_started", "started_at": null, "finalized_at": null},
    "build": {"status": "in_progress", "started_at": "2026-01-02T00:00:00Z", "completed_at": null}
  },
  "goals": {"high_level": ["h"], "mid_level": ["m1", "m2"], "low_level": ["l"]},
  "open_questions": ["why?"],
  "key_decisions": [{"decision": "REST", "rationale": "known", "made_at": "2026-01-01T10:30:00Z"},
                    {"decision": "SQL", "rationale": "asked", "date": "2026-01-02"}],
  "commits": [{"checkpoint_id": 1, "sha": "abc", "message": "one",
               "created_at": "2026-01-02T00:10:00+00:00"}],
  "plan_state": {"status": "in_progress", "checkpoints_total": 5, "checkpoints_completed": [1, 2],
                 "current_checkpoint": 3, "last_updated": "2026-01-02T00:20:00Z", "summary": "so far"}
})";

constexpr const char* kVersion2 = R"({
  "$schema": "Session state manifest v2", "session_id": "2026-02-16_v2_aaaaaa", "topic": "Two",
  "session_type": "full", "current_phase": "docs", "status": "active",
  "created_at": "2026-02-16T12:00:00Z", "updated_at": "2026-02-16T13:00:00Z",
  "phase_history": {"spec_started_at": "2026-02-16T12:00:00Z",
                    "spec_completed_at": "2026-02-16T12:10:00Z", "plan_started_at": null},
  "build_progress": {"checkpoints_total": 4, "checkpoints_completed": [1, 2, 3, 4],
                     "current_checkpoint": null},
  "git": {"branch": "topic/two", "worktree": null, "base_branch": "main"},
  "commits": [], "artifacts": {"spec": "spec.md", "plan": "plan.json"}
})";

class AgentSession : public ::testing::Test {
 protected:
  void hold(const std::string& session, const std::string& state) {
    tree.write("repo/agents/sessions/" + session + "/state.json", state);
    tree.catch_up();
  }
  std::string of_only_session(const std::string& column) {
    return tree.cell("SELECT " + column + " FROM sessions");
  }
  // A session whose state is `members` and an id.
  void hold_members(const std::string& members) {
    hold("s", R"({"session_id": "s")" + (members.empty() ? "" : ", " + members) + "}");
  }

  MirrorFixture tree;
};

TEST_F(AgentSession, Version1IsReadThroughItsOwnWords) {
  hold("2026-01-01_plan_p4k7n2", kVersion1);
  EXPECT_THAT(
      tree.rows("SELECT session_id, topic, status, current_phase, parent_session_id, prior_session,"
                "       checkpoints_total, checkpoints_completed, current_checkpoint, summary,"
                "       created_at, last_activity_at FROM sessions"),
      ElementsAre(Cells{"2026-01-01_plan_p4k7n2", "Plan mode", "running", "build",
                        "2025-12-24_older_k7m3x9", "NULL", "5", "2", "3", "so far", "1767225600000",
                        "1767313200000"}));
  EXPECT_THAT(
      tree.rows("SELECT phase, started_at, completed_at FROM session_phases ORDER BY phase"),
      ElementsAre(Cells{"build", "1767312000000", "NULL"},
                  Cells{"spec", "1767225600000", "1767229200000"}));
  EXPECT_THAT(tree.rows("SELECT checkpoint FROM session_checkpoints"),
              ElementsAre(Cells{"1"}, Cells{"2"}));
  EXPECT_THAT(tree.rows("SELECT title, rationale, date FROM session_decisions ORDER BY position"),
              ElementsAre(Cells{"REST", "known", "2026-01-01T10:30:00Z"},
                          Cells{"SQL", "asked", "2026-01-02"}));
  EXPECT_THAT(tree.rows("SELECT sha, message, checkpoint, created_at FROM session_commits"),
              ElementsAre(Cells{"abc", "one", "1", "1767312600000"}));
  EXPECT_THAT(tree.rows("SELECT level, goal FROM session_goals ORDER BY goal"),
              ElementsAre(Cells{"high_level", "h"}, Cells{"detailed", "l"},
                          Cells{"mid_level", "m1"}, Cells{"mid_level", "m2"}));
  EXPECT_THAT(tree.rows("SELECT question FROM session_questions"), ElementsAre(Cells{"why?"}));
  EXPECT_THAT(tree.rows("SELECT kind, detail FROM anomalies"),
              ElementsAre(Cells{"dangling reference",
                                "2025-12-24_older_k7m3x9 is no session of this project"}));
}

TEST_F(AgentSession, Version2IsReadThroughItsOwnWords) {
  hold("2026-02-16_v2_aaaaaa", kVersion2);
  EXPECT_THAT(tree.rows("SELECT session_type, status, current_phase, checkpoints_total,"
                        "       checkpoints_completed, git_branch, git_worktree, git_base_branch,"
                        "       updated_at FROM sessions"),
              ElementsAre(Cells{"full", "running", "docs", "4", "4", "topic/two", "NULL", "main",
                                "1771246800000"}));
  EXPECT_THAT(tree.rows("SELECT phase, started_at, completed_at FROM session_phases"),
              ElementsAre(Cells{"spec", "1771243200000", "1771243800000"}));
  EXPECT_THAT(tree.rows("SELECT name, path FROM session_artifacts ORDER BY name"),
              ElementsAre(Cells{"plan", "plan.json"}, Cells{"spec", "spec.md"}));
  EXPECT_THAT(tree.rows("SELECT * FROM anomalies"), IsEmpty());
}

TEST_F(AgentSession, ForeignWordsForAStatusAreNormalised) {
  for (const auto& [theirs, ours] : std::map<std::string, std::string>{{"active", "running"},
                                                                       {"in_progress", "running"},
                                                                       {"complete", "completed"},
                                                                       {"finalized", "completed"},
                                                                       {"errored", "failed"},
                                                                       {"canceled", "cancelled"},
                                                                       {"paused", "paused"}}) {
    hold_members("\"status\": \"" + theirs + "\"");
    EXPECT_EQ(of_only_session("status"), ours) << theirs;
  }
}

TEST_F(AgentSession, WithoutAStatusASessionRunsUntilItSaysThatItIsComplete) {
  hold_members(R"("current_phase": "plan")");
  EXPECT_EQ(of_only_session("status"), "running");
  hold_members(R"("current_phase": "complete")");
  EXPECT_EQ(of_only_session("status"), "completed");
  hold_members(R"("current_phase": "spec", "phases": {"spec": {"status": "finalized_complete"}})");
  EXPECT_EQ(of_only_session("status"), "completed");
}

TEST_F(AgentSession, AWordOutsideTheVocabularyPassesThroughAndIsAnAnomaly) {
  hold_members(R"("status": "hibernating", "current_phase": "review")");
  EXPECT_EQ(of_only_session("status"), "hibernating");
  EXPECT_EQ(of_only_session("current_phase"), "review");
  EXPECT_THAT(tree.rows("SELECT kind, place, detail FROM anomalies ORDER BY place"),
              ElementsAre(Cells{"unknown word", "/current_phase", "current_phase: \"review\""},
                          Cells{"unknown word", "/status", "status: \"hibernating\""}));
}

TEST_F(AgentSession, ASubAgentsDocumentInsideASessionIsASessionOfItsOwn) {
  hold("2026-01-28_main_x", R"({"session_id": "main"})");
  hold("2026-01-28_main_x/research/probe_20260128",
       R"({"id": "probe_20260128", "request": "How?", "phase": "build", "status": "complete"})");
  EXPECT_THAT(tree.rows("SELECT session_id, topic, status, current_phase FROM sessions "
                        "ORDER BY session_id"),
              ElementsAre(Cells{"main", "NULL", "running", "NULL"},
                          Cells{"probe_20260128", "How?", "completed", "build"}));
}

TEST_F(AgentSession, AnIdMayBeANumberOrMissing) {
  hold("numbered", R"({"session_id": 17})");
  EXPECT_EQ(of_only_session("session_id"), "17");
  hold("numbered", R"({"topic": "no id"})");
  EXPECT_EQ(of_only_session("session_id"), "numbered");
}

TEST_F(AgentSession, TimesAreReadInEveryFormThatPeopleWrite) {
  for (const auto& [text, ms] :
       std::map<std::string, std::string>{{R"("2026-01-12T00:00:00Z")", "1768176000000"},
                                          {R"("2026-01-12T01:00:00+01:00")", "1768176000000"},
                                          {R"("2026-01-12T00:00:00+00:00Z")", "1768176000000"},
                                          {R"("2026-01-12T00:00:00.123456789Z")", "1768176000123"},
                                          {R"("2026-01-12T00:00:00")", "1768176000000"},
                                          {R"("2026-01-12")", "1768176000000"},
                                          {"1768176000", "1768176000000"},
                                          {"1768176000.5", "1768176000500"},
                                          {"1768176000000", "1768176000000"},
                                          {"1768176000000000", "1768176000000"}}) {
    hold_members("\"created_at\": " + text);
    EXPECT_EQ(of_only_session("created_at"), ms) << text;
  }
}

TEST_F(AgentSession, AValueOfTheWrongTypeIsNullAndAnAnomalyThatShowsIt) {
  hold_members(R"("topic": ["a"], "created_at": "{{CREATED_AT}}",
                  "plan_state": {"checkpoints_total": "five", "checkpoints_completed": [1, "two"]},
                  "commits": [{"sha": "abc", "checkpoint_id": "1"}])");
  EXPECT_THAT(tree.rows("SELECT topic, created_at, checkpoints_total FROM sessions"),
              ElementsAre(Cells{"NULL", "NULL", "NULL"}));
  EXPECT_THAT(tree.rows("SELECT sha, checkpoint FROM session_commits"),
              ElementsAre(Cells{"abc", "NULL"}));
  EXPECT_THAT(tree.rows("SELECT checkpoint FROM session_checkpoints"), ElementsAre(Cells{"1"}));
  const auto anomalies = tree.rows("SELECT place, detail FROM anomalies WHERE kind = 'wrong type'");
  EXPECT_THAT(anomalies, Contains(Cells{"/topic", "topic: expected text, found an array"}));
  EXPECT_THAT(anomalies, Contains(ElementsAre("/created_at", HasSubstr("{{CREATED_AT}}"))));
  EXPECT_THAT(anomalies,
              Contains(ElementsAre("/plan_state/checkpoints_total", HasSubstr("\"five\""))));
  EXPECT_THAT(anomalies, Contains(ElementsAre("/commits/0/checkpoint_id", HasSubstr("\"1\""))));
  EXPECT_THAT(anomalies, Contains(ElementsAre("/plan_state/checkpoints_completed/1",
                                              HasSubstr("found \"two\""))));
}

TEST_F(AgentSession, AListThatIsNoneIsAnAnomalyAndSoIsAnElementThatIsNoObject) {
  hold_members(R"("commits": "none", "key_decisions": ["REST", {"decision": "SQL"}],
                  "goals": {"high_level": "ship"}, "artifacts": [1], "open_questions": {},
                  "phase_history": {"spec_started_at": "soon"})");
  EXPECT_THAT(tree.rows("SELECT position, title FROM session_decisions"),
              ElementsAre(Cells{"1", "SQL"}));
  EXPECT_THAT(tree.rows("SELECT place FROM anomalies ORDER BY place"),
              ElementsAre(Cells{"/artifacts"}, Cells{"/commits"}, Cells{"/goals/high_level"},
                          Cells{"/key_decisions/0"}, Cells{"/open_questions"},
                          Cells{"/phase_history/spec_started_at"}));
}

TEST_F(AgentSession, PhasesAreTheFilesOwn) {
  hold_members(R"("phase_history": {"debug_started_at": "2026-01-01", "plan_started_at": null})");
  EXPECT_THAT(tree.rows("SELECT phase, started_at FROM session_phases"),
              ElementsAre(Cells{"debug", "1767225600000"}));
}

TEST_F(AgentSession, BothNamesOfDetailedGoalsAreReadTogether) {
  hold_members(R"("goals": {"detailed": ["a"], "low_level": ["b"]})");
  EXPECT_THAT(tree.rows("SELECT position, goal FROM session_goals WHERE level = 'detailed'"),
              ElementsAre(Cells{"0", "a"}, Cells{"1", "b"}));
}

TEST_F(AgentSession, WhatTheColumnsCannotHoldIsInTheDocument) {
  hold("2026-01-01_plan_p4k7n2", kVersion1);
  EXPECT_EQ(tree.cell("SELECT body FROM documents"), kVersion1);
  tree.write("repo/agents/sessions/2026-01-01_plan_p4k7n2/plan.json", R"([{"task": "1.1"}])");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT json_extract(body, '$[0].task') FROM documents JOIN files "
                      "USING (file_id) WHERE kind = 'document'"),
            "1.1");
}

TEST_F(AgentSession, TheProjectIsTheDirectoryThatHoldsTheSessions) {
  hold("s", R"({"session_id": "s"})");
  EXPECT_THAT(tree.rows("SELECT root, name FROM projects"),
              ElementsAre(Cells{(tree.root() / "repo").string(), "repo"}));
}

}  // namespace
}  // namespace tain
