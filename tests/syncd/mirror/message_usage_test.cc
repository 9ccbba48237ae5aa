#include "syncd/mirror/message_usage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/sync_harness.h"

namespace tain::mirror {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::SyncHarness;

struct Said {
  std::string message = "msg_1";
  std::string request = "r1";
  std::string session = "s1";
  int output = 10;
  int input = 100;
  std::string at = "2026-01-01T10:00:00Z";
  bool is_sidechain = false;
  std::string more_usage = "";
  std::string more = "";
};

std::string usage_line(const Said& said) {
  const auto member = [](const std::string& key, const std::string& text) {
    return text.empty() ? "" : "\"" + key + "\":\"" + text + "\",";
  };
  return "{\"type\":\"assistant\",\"timestamp\":\"" + said.at + "\"," +
         member("requestId", said.request) + member("sessionId", said.session) + said.more +
         (said.is_sidechain ? "\"isSidechain\":true," : "") + "\"message\":{" +
         member("id", said.message) +
         "\"model\":\"claude-sonnet-4-5\",\"content\":[],\"usage\":{\"input_tokens\":" +
         std::to_string(said.input) + said.more_usage +
         ",\"output_tokens\":" + std::to_string(said.output) + "}}}\n";
}

class MessageUsageTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const {
    return (harness.root() / (".claude/projects/p/" + name + ".jsonl")).string();
  }
  void show(const std::string& name, const std::vector<Said>& lines) {
    std::string bytes;
    for (const Said& said : lines) bytes += usage_line(said);
    testing::write(path(name), bytes);
    harness.sync(path(name));
  }
  void remove(const std::string& name) {
    std::filesystem::remove(path(name));
    harness.sync(path(name));
  }
  // The output tokens that count, message by message, as both views have them.
  std::string counted() const {
    const std::string sum = harness.select("SELECT coalesce(sum(output_tokens), 0) FROM usage");
    EXPECT_EQ(harness.select("SELECT coalesce(sum(output_tokens), 0) FROM daily_usage"), sum);
    return sum;
  }
  SyncHarness harness;
};

TEST_F(MessageUsageTest, AMessageOfSeveralLinesCountsOnceAndTheLineThatSaysMostCounts) {
  show("a", {{.output = 1}, {.output = 40}, {.output = 3}});
  EXPECT_EQ(counted(), "40");
  EXPECT_EQ(harness.select("SELECT count(*) FROM events WHERE type = 'assistant'"), "3");
}

TEST_F(MessageUsageTest, ALineThatRepeatsTheOneBeforeIsNoRowHoweverTheFileGrows) {
  const auto rows = [this] { return harness.select("SELECT count(*) FROM message_usage"); };
  const auto append = [this](const std::string& lines) {
    std::ofstream(path("a"), std::ios::app) << lines;
    harness.sync(path("a"));
  };
  const std::string line = usage_line({});
  const std::string later = usage_line({.at = "2026-01-01T11:00:00Z"});
  testing::write(path("a"), line + later);
  harness.sync(path("a"));
  EXPECT_EQ(rows(), "1");
  append(later + usage_line({.output = 11}) + usage_line({.output = 11}));
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(counted(), "11");
  // An earlier moment says it better.
  append(usage_line({.output = 11, .at = "2026-01-01T09:00:00Z"}));
  EXPECT_EQ(rows(), "3");
  EXPECT_EQ(harness.select("SELECT at FROM message_usage WHERE standing = 2"), "1767258000000");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  testing::write(path("a"), later + line);
  harness.sync(path("a"));
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST_F(MessageUsageTest, AMessageThatStandsInTwoFilesCountsOnceWhicheverIsThere) {
  show("b", {{.session = "s2", .output = 5}});
  show("a", {{.output = 5}, {.message = "msg_2", .request = "r2", .output = 7}});
  EXPECT_EQ(counted(), "12");
  EXPECT_EQ(harness.select("SELECT session_id FROM usage WHERE output_tokens = 5"), "s1");
  remove("a");
  EXPECT_EQ(counted(), "5");
  EXPECT_EQ(harness.select("SELECT session_id FROM usage"), "s2");
  show("a", {{.output = 5}});
  remove("b");
  EXPECT_EQ(counted(), "5");
  remove("a");
  EXPECT_EQ(counted(), "0");
  EXPECT_EQ(harness.select("SELECT count(*) FROM usage_days"), "0");
}

TEST_F(MessageUsageTest, AnotherRequestIsAnotherMessage) {
  show("a", {{.output = 1}, {.request = "r2", .output = 2}});
  EXPECT_EQ(counted(), "3");
}

TEST_F(MessageUsageTest, WithoutARequestTheSessionTellsMessagesApart) {
  show("a", {{.request = "", .output = 1},
             {.request = "", .output = 4, .at = "2026-01-01T11:00:00Z"},
             {.request = "", .session = "s2", .output = 8}});
  EXPECT_EQ(counted(), "12");
}

TEST_F(MessageUsageTest, AnIdThatAGatewayGivesToAllIsNoMessages) {
  show("a", {{.message = "gw", .request = "", .output = 1},
             {.message = "gw", .request = "", .output = 1},
             {.message = "gw", .request = "", .output = 4, .at = "2026-01-01T11:00:00Z"}});
  EXPECT_EQ(counted(), "5");
}

TEST_F(MessageUsageTest, AHashOfAnIdTellsMessagesApartAsTheIdDoes) {
  const std::string hash = "#0123456789abcdef";
  show("a", {{.message = hash, .request = ""},
             {.message = hash, .request = "", .output = 40, .at = "2026-01-01T11:00:00Z"},
             {.message = hash, .request = "", .session = "s2", .output = 7}});
  EXPECT_EQ(counted(), "47");
  show("a", {{.message = "#0123456789abcdeg", .request = ""},
             {.message = "#0123456789abcdeg",
              .request = "",
              .output = 40,
              .at = "2026-01-01T11:00:00Z"}});
  EXPECT_EQ(counted(), "50") << "no hash: an id that a gateway gives";
}

TEST_F(MessageUsageTest, WithoutAnIdEveryLineIsAMessage) {
  show("a", {{.message = "", .output = 1}, {.message = "", .output = 1}});
  EXPECT_EQ(counted(), "2");
}

TEST_F(MessageUsageTest, WhatASideChainRepeatsUnderAnotherRequestCountsOnce) {
  show("a", {{.output = 10}});
  show("b", {{.request = "r2", .output = 99, .is_sidechain = true}});
  EXPECT_EQ(counted(), "10");
  remove("a");
  EXPECT_EQ(counted(), "99");
  show("c", {{.request = "r3", .output = 5, .is_sidechain = true}});
  EXPECT_EQ(counted(), "99");
}

TEST_F(MessageUsageTest, AMessageBelongsToItsDayModelSessionAndRun) {
  show("agent-x", {{.output = 3}, {.message = "msg_2", .output = 4, .at = "2026-01-02T00:00:00Z"}});
  EXPECT_EQ(harness.select("SELECT day, model, session_id, agent_run_id, messages, output_tokens "
                           "FROM daily_usage ORDER BY day"),
            "2026-01-01|claude-sonnet-4-5|s1|x|1|3\n2026-01-02|claude-sonnet-4-5|s1|x|1|4");
}

TEST_F(MessageUsageTest, CostsAreWhatThePricesSay) {
  // 3, 15, 3.75, 6 and 0.3 dollars per million; twice the price beyond 200,000.
  show("a", {{.output = 100,
              .more_usage = R"(,"cache_read_input_tokens":1000,"cache_creation":)"
                            R"({"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":300})"},
             {.message = "msg_2", .output = 0, .input = 300'000},
             {.message = "msg_3", .more = R"("costUSD":1.25,)"}});
  const std::string expected = "4.55485";  // 0.0003+0.0015+0.0003+0.00075+0.0018 + 1.2*… + 1.25
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 5) FROM usage"),
            harness.select("SELECT round(sum(cost_usd), 5) FROM daily_usage"));
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 5) FROM usage WHERE input_tokens = 300000"),
            "1.2");
  EXPECT_EQ(harness.select("SELECT round(cost_usd, 6) FROM usage WHERE cache_read_tokens = 1000"),
            "0.00465");
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 5) FROM usage"), "2.45465");
}

TEST_F(MessageUsageTest, OtherPricesNeedNoOtherMirror) {
  show("a", {{.output = 1'000'000, .input = 0}});
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 2) FROM usage"), "21.0");
  const auto file = harness.outside() / "prices.json";
  testing::write(file, R"({"models": {"claude-sonnet-4-5": {"input": 0, "output": 2}}})");
  harness.writer().use_prices(PriceTable::with_overrides(file));
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 2) FROM usage"), "2.0");
  EXPECT_EQ(harness.select("SELECT round(sum(cost_usd), 2) FROM daily_usage"), "2.0");
}

TEST_F(MessageUsageTest, AModelsNameWithoutEndIsNone) {
  std::string line = usage_line({});
  const std::string name = "claude-sonnet-4-5";
  line.replace(line.find(name), name.size(), name + std::string(5000, 'x'));
  testing::write(path("a"), line);
  harness.sync(path("a"));
  EXPECT_EQ(counted(), "10");
  EXPECT_EQ(harness.select("SELECT coalesce(model, 'none') FROM message_usage"), "none");
  EXPECT_EQ(harness.select("SELECT count(*) FROM model_prices"), "0");
}

TEST_F(MessageUsageTest, AModelWithoutAPriceHasTokensAndNoCost) {
  testing::write(path("a"), R"({"timestamp":"2026-01-01T00:00:00Z","message":{"model":"mystery",)"
                            R"("usage":{"input_tokens":1,"output_tokens":2}}})"
                            "\n");
  harness.sync(path("a"));
  EXPECT_EQ(harness.select("SELECT model, output_tokens, cost_usd FROM usage"), "mystery|2|");
  EXPECT_EQ(harness.select("SELECT model, output_tokens, cost_usd FROM daily_usage"), "mystery|2|");
}

// The sums that the writer keeps, made anew of the rows.
constexpr const char* kSumsThatDiffer =
    "SELECT count(*) FROM (SELECT file_id, day, messages, output_tokens, input_tokens FROM "
    "(SELECT file_id, date(at / 1000, 'unixepoch') AS day, count(*) AS messages, "
    "sum(output_tokens) "
    "AS output_tokens, sum(input_tokens) AS input_tokens FROM message_usage WHERE standing = 2 "
    "GROUP BY 1, 2) EXCEPT SELECT file_id, day, sum(messages), sum(output_tokens), "
    "sum(input_tokens) FROM usage_days GROUP BY 1, 2)";

// Writes, changes and removes transcripts that repeat each other in every way.
class MessageUsageHistoryTest : public MessageUsageTest {
 protected:
  void go_on() {
    const std::string name(1, static_cast<char>('a' + below(4)));
    if (below(5) == 0) return remove(name);
    std::vector<Said> lines(static_cast<std::size_t>(below(12)));
    for (Said& said : lines) {
      said.message = "msg_" + std::to_string(below(4));
      said.request = below(4) == 0 ? "" : "r" + std::to_string(below(2));
      said.session = below(2) == 0 ? "s1" : "s2";
      said.output = below(3);
      said.is_sidechain = below(3) == 0;
      said.at = "2026-01-0" + std::to_string(1 + below(3)) + "T10:00:00Z";
    }
    show(name, lines);
  }
  void expect_what_a_fresh_mirror_has(int round) {
    ASSERT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()})) << round;
    ASSERT_EQ(harness.select(kSumsThatDiffer), "0") << round;
  }

 private:
  int below(unsigned n) { return static_cast<int>(random_() % n); }
  std::minstd_rand random_{7};
};

TEST_F(MessageUsageHistoryTest, WhatCountsDependsOnTheFilesAndNotOnTheirHistory) {
  for (int round = 0; round < 60; ++round) {
    go_on();
    if (round % 6 == 0) expect_what_a_fresh_mirror_has(round);
  }
}

TEST_F(MessageUsageHistoryTest, NorOnWhetherTheMirrorWasBeingFilled) {
  for (int round = 0; round < 40; ++round) {
    if (round % 10 == 0) {
      for (const char* name : {"a", "b", "c", "d"}) remove(name);
      harness.writer().begin_load();
    }
    go_on();
    if (round % 10 < 9) continue;
    harness.writer().finish_load();
    expect_what_a_fresh_mirror_has(round);
  }
}

TEST_F(MessageUsageTest, WhoWasBeatenIsComparedAgainWhenTheBestGoesWhileTheMirrorIsFilled) {
  harness.writer().begin_load();
  for (const auto& [name, output] : {std::pair{"a", 30}, {"b", 20}}) {
    testing::write(path(name), usage_line({.output = output}));
    harness.dirty().mark(path(name), syncd::Scope::file);
  }
  harness.settle();
  testing::write(path("c"), usage_line({.output = 10}));
  harness.sync(path("c"));
  std::filesystem::remove(path("a"));
  harness.sync(path("a"));
  harness.writer().finish_load();
  EXPECT_EQ(counted(), "20");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST_F(MessageUsageTest, AHostileTranscriptOfOneMessageIsReadInLinearTime) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) {
    bytes += usage_line({.request = "r" + std::to_string(i), .is_sidechain = i % 2 == 0});
  }
  testing::write(path("a"), bytes);
  harness.sync(path("a"));
  EXPECT_EQ(counted(), "200000");
  EXPECT_EQ(harness.select(kSumsThatDiffer), "0");
}

}  // namespace
}  // namespace tain::mirror
