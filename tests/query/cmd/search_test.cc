#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json/document.h"
#include "query/find/text_search.h"
#include "tests/query/asking.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SearchTest : public Asking {
 protected:
  // The ids of what is found, the best first.
  static std::vector<std::string> ids(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "search");
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    std::vector<std::string> ids;
    for (const Json& hit : Json::parse(outcome.out)) ids.push_back(hit["id"]);
    return ids;
  }
};

TEST_F(SearchTest, WordsAreFoundInTitlesDescriptionsDecisionsAndEvents) {
  expect_answers("search", {"search", "stairs"});
  expect_answers("search-two-words", {"search", "siren", "storm"}, {"table"});
}

TEST_F(SearchTest, AllWordsHaveToBeThere) {
  EXPECT_THAT(ids({"siren"}), UnorderedElementsAre("s_siren", "t_drill"));
  EXPECT_THAT(ids({"siren", "storm"}), ElementsAre("s_siren"));
  EXPECT_THAT(ids({"siren storm"}), ElementsAre("s_siren"));
  EXPECT_THAT(ids({"siren", "stairs"}), IsEmpty());
}

TEST_F(SearchTest, AHitInATitleGoesBeforeOthers) {
  EXPECT_THAT(ids({"siren"}), ElementsAre("s_siren", "t_drill"));
}

TEST_F(SearchTest, NoPunctuationIsAnErrorOfSyntax) {
  for (const char* text : {"graph_test", "graph-test", "\"", "*", "stairs*", "(", "a:b", "NOT",
                           "^x", "x AND", "-", "'", "{title}:", "\xff", "NEAR("}) {
    const Outcome outcome = Tain()({"search", "--db", example_->db().string(), "--", text});
    EXPECT_EQ(outcome.status, kDone) << text << outcome.err;
  }
  EXPECT_THAT(ids({"graph-test"}), UnorderedElementsAre("run_r2", "evt_0004"));
  EXPECT_THAT(ids({"stairs *"}), UnorderedElementsAre("s_routes", "evt_0001", "evt_0012", "bmk_1"));
}

TEST_F(SearchTest, TheSyntaxOfFts5IsThereForThoseWhoAskForIt) {
  EXPECT_THAT(ids({"--match", "light*"}), UnorderedElementsAre("s_fog", "prj_beacon"));
  EXPECT_THAT(ids({"--match", "siren NOT test"}), ElementsAre("s_siren"));
  for (const char* bad : {"siren AND", "\"", "nothere:x"}) {
    const Outcome outcome = ask({"search", "--match", bad});
    EXPECT_EQ(outcome.status, kMisused) << bad;
    EXPECT_THAT(outcome.err, HasSubstr("--match"));
  }
}

TEST_F(SearchTest, ProjectEntityTimeAndANumberNarrowIt) {
  EXPECT_THAT(ids({"loud", "--project", "atlas"}), IsEmpty());
  EXPECT_THAT(ids({"loud", "--project", "beacon"}), ElementsAre("t_siren"));
  EXPECT_THAT(ids({"stairs", "--entity", "events"}), UnorderedElementsAre("evt_0001", "evt_0012"));
  EXPECT_THAT(ids({"stairs", "--entity", "events", "--since", "2026-10-19"}),
              ElementsAre("evt_0012"));
  EXPECT_THAT(ids({"stairs", "--entity", "events", "--until", "2026-10-19"}),
              ElementsAre("evt_0001"));
  EXPECT_EQ(ids({"stairs", "--limit", "1"}).size(), 1U);
}

TEST_F(SearchTest, ADecisionIsFoundAndSaysItsSession) {
  EXPECT_THAT(ids({"dijkstra", "--entity", "decisions"}), ElementsAre("s_routes"));
}

TEST_F(SearchTest, NothingFoundIsSaidToPeopleAndIsNoFailure) {
  const Outcome outcome = ask({"search", "unicorn"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "tain: nothing was found\n");
  EXPECT_EQ(ask({"search", "unicorn", "--format", "json"}).out, "[]\n");
}

TEST_F(SearchTest, MisusesAreMisuses) {
  EXPECT_EQ(ask({"search"}).status, kMisused);
  EXPECT_EQ(ask({"search", " "}).status, kMisused);
  EXPECT_EQ(ask({"search", "x", "--match", "y"}).status, kMisused);
  EXPECT_EQ(ask({"search", "x", "--entity", "cats"}).status, kMisused);
  EXPECT_EQ(ask({"search", "x", "--limit", "0"}).status, kMisused);
}

TEST_F(SearchTest, HitsAreBoldWhereThereIsColourAndTheLineFits) {
  const Outcome colour =
      ask({"search", "spring"}, Terminal{.columns = 40, .rows = 24, .colour = true});
  EXPECT_THAT(colour.out, HasSubstr("\x1b[1mspring\x1b[0m"));
  const Outcome plain = ask({"search", "storm", "--entity", "tasks"}, Terminal{.columns = 26});
  EXPECT_THAT(plain.out, HasSubstr("    Loud enough over a [s…\n"));
}

TEST_F(SearchTest, EqualHitsKeepTheirOrder) {
  testing::ExampleMirror example;
  example.run(
      "DELETE FROM sessions; DELETE FROM events WHERE id NOT IN ('evt_0008', 'evt_0009');"
      "DELETE FROM agent_runs; DELETE FROM unindexed;");
  const auto found = [&] {
    return Tain()({"search", "labels", "--entity", "events", "--db", example.db().string()}).out;
  };
  const std::string first = found();
  EXPECT_LT(first.find("evt_0008"), first.find("evt_0009"));
  EXPECT_EQ(found(), first);
}

TEST_F(SearchTest, SqlMaySearchToo) {
  const Outcome outcome = ask({"sql",
                               "SELECT id, snippet(events_search, -1, '[', ']', '…', 3) AS s "
                               "FROM events_search JOIN events e ON e.rowid = events_search.rowid "
                               "WHERE events_search MATCH 'stairs NOT spring' "
                               "ORDER BY bm25(events_search)",
                               "--format", "csv"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, "id,s\nevt_0001,…that avoid [stairs]\n");
}

TEST_F(SearchTest, SqlCannotWriteTheIndex) {
  for (const char* sql : {"INSERT INTO events_search(events_search) VALUES('rebuild')",
                          "DELETE FROM events_search", "DELETE FROM events_search_data"}) {
    EXPECT_EQ(ask({"sql", sql}).status, kFailed) << sql;
  }
}

TEST(MatchAllWords, QuotesEachWord) {
  EXPECT_EQ(match_all_words("a  b-c\t\"d\n"), R"("a" "b-c" """d")");
  EXPECT_EQ(match_all_words("  "), "");
}

TEST_F(SearchTest, AColumnIsAskedForWhereThereIsOneOfThisName) {
  EXPECT_THAT(ids({"--match", "title: labels"}), UnorderedElementsAre("t_labels"));
  EXPECT_THAT(ids({"--match", "topic: label"}), UnorderedElementsAre("s_labels"));
  EXPECT_EQ(ask({"search", "--match", "topic: label", "--entity", "tasks"}).status, kMisused);
}

}  // namespace
}  // namespace tain::query
