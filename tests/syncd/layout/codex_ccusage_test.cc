// What rollouts of Codex say was spent, against `ccusage codex`: tokens by day and model exactly,
// cost by day to the cent.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/json/document.h"
#include "core/json/time.h"
#include "tests/support/ccusage.h"
#include "tests/support/sync_harness.h"
#include "tests/support/transcripts.h"

namespace tain::syncd {
namespace {

namespace fs = std::filesystem;
using testing::SyncHarness;

constexpr const char* kRolloutDay = ".codex/sessions/2026/05/13";

// By day and model: input, output, cache writes, cache reads. By day alone (the model is "cost"):
// cents.
using CodexDays = std::map<std::pair<std::string, std::string>, std::vector<double>>;

CodexDays codex_days_of_ccusage(const nlohmann::json& report) {
  CodexDays days;
  for (const auto& day : report["daily"]) {
    for (const auto& [model, usage] : day["models"].items()) {
      days[{day["date"], model}] = {usage["inputTokens"], usage["outputTokens"],
                                    usage["cacheCreationTokens"], usage["cacheReadTokens"]};
    }
    days[{day["date"], "cost"}] = {std::round(day["costUSD"].get<double>() * 100)};
  }
  return days;
}

CodexDays codex_days_of_mirror(const SyncHarness& harness, const std::string& view,
                               const std::string& day) {
  const sqlite::Database database = mirror::open_for_reading(harness.mirror());
  const std::string of_days = " FROM " + view + " WHERE " + day + " IS NOT NULL GROUP BY ";
  sqlite::Statement rows = database.prepare(
      "SELECT " + day +
      ", model, sum(input_tokens), sum(output_tokens), sum(cache_write_tokens), "
      "sum(cache_read_tokens)" +
      of_days + "1, 2 UNION ALL SELECT " + day +
      ", 'cost', round(coalesce(sum(cost_usd), 0) * 100), NULL, NULL, NULL" + of_days + "1");
  CodexDays days;
  while (rows.step()) {
    auto& sums = days[{std::string(rows.text(0)), std::string(rows.text(1))}];
    for (int i = 2; i < 6 && !rows.is_null(i); ++i) sums.push_back(rows.real(i));
  }
  return days;
}

CodexDays codex_days_of_mirror(const SyncHarness& harness) {
  CodexDays days = codex_days_of_mirror(harness, "daily_usage", "day");
  EXPECT_EQ(codex_days_of_mirror(harness, "usage", "date(at / 1000, 'unixepoch')"), days);
  return days;
}

// Rollouts as Codex writes them, each line at a second of a day of May 2026.
struct Rollout {
  std::string name;
  std::string lines = {};

  Rollout& line(int day, int second, const std::string& type, Json payload) {
    const std::int64_t begin = parse_time("2026-05-01T09:00:00Z")->ms;
    const std::string time = format_time({begin + (day - 1) * 86'400'000 + second * 1000});
    const Json whole = {{"timestamp", time}, {"type", type}, {"payload", std::move(payload)}};
    lines += whole.dump() + "\n";
    return *this;
  }
  // `more` of session_meta, such as where it was forked from.
  Rollout& meta(int day, const std::string& id, Json more = Json::object()) {
    more.update({{"id", id}, {"cwd", "/w"}, {"cli_version", "0.50.1"}});
    return line(day, 0, "session_meta", std::move(more));
  }
  Rollout& model(int day, const std::string& name_of_it, Json more = Json::object()) {
    more["model"] = name_of_it;
    return line(day, 1, "turn_context", std::move(more));
  }
  Rollout& tokens(int day, int second, Json info) {
    return line(day, second, "event_msg", {{"type", "token_count"}, {"info", std::move(info)}});
  }
};

Json codex_counts(std::int64_t input, std::int64_t cached, std::int64_t output) {
  return {{"input_tokens", input},
          {"cached_input_tokens", cached},
          {"output_tokens", output},
          {"reasoning_output_tokens", output / 2},
          {"total_tokens", input + output}};
}

Json codex_total(std::int64_t input, std::int64_t cached, std::int64_t output) {
  return {{"total_token_usage", codex_counts(input, cached, output)}};
}

Json codex_last(std::int64_t input, std::int64_t cached, std::int64_t output, Json info = {}) {
  info["last_token_usage"] = codex_counts(input, cached, output);
  return info;
}

const Json kSpawnedByParent = {
    {"source", {{"subagent", {{"thread_spawn", {{"parent_thread_id", "parent"}}}}}}}};

// What a session spends before others go on from it; `day` and `second` are its own, or those of
// the copy that a fork begins with.
void spend_as_parent(Rollout& rollout, int day, int second, int step) {
  rollout.tokens(day, second, codex_last(100'000, 0, 10'000, codex_total(100'000, 0, 10'000)));
  rollout.tokens(day, second + step,
                 codex_last(200'000, 50'000, 20'000, codex_total(300'000, 50'000, 30'000)));
}

// A fork's own first message.
Json spent_by_fork(std::int64_t input) {
  return codex_last(input, 0, 5'000, codex_total(300'000 + input, 50'000, 35'000));
}

class CodexAndCcusage : public ::testing::Test {
 protected:
  void show(const Rollout& rollout) {
    harness.write(fs::path(kRolloutDay) / ("rollout-" + rollout.name + ".jsonl"), rollout.lines);
  }
  // What ccusage says of all that is shown; nothing where it cannot be had.
  std::optional<CodexDays> ccusage() {
    harness.settle();
    const auto report = testing::ccusage_daily("codex", harness.root());
    return report ? std::optional(codex_days_of_ccusage(*report)) : std::nullopt;
  }
  SyncHarness harness;
};

#define TAIN_CCUSAGE_OR_SKIP(expected)                                                    \
  const auto found_##expected = ccusage();                                                \
  if (!found_##expected) {                                                                \
    GTEST_SKIP() << testing::kCcusage << " cannot be had from npm, or does not run here"; \
  }                                                                                       \
  const CodexDays& expected = *found_##expected

TEST_F(CodexAndCcusage, PeoplesRolloutsAgreeByDayAndModel) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  for (const fs::path& file : testing::codex_transcripts(corpus)) {
    const fs::path day = harness.root() / kRolloutDay / file.parent_path().filename();
    fs::create_directories(day);
    fs::copy_file(file, day / file.filename());
  }
  TAIN_CCUSAGE_OR_SKIP(expected);
  EXPECT_GE(expected.size(), 6U);
  EXPECT_EQ(codex_days_of_mirror(harness), expected);
}

TEST_F(CodexAndCcusage, WhatOneRolloutSaysInWhateverWayAgrees) {
  const Json first = codex_total(1'000'000, 100'000, 10'000);
  show(Rollout{"repeated"}
           .meta(1, "repeated")
           .model(1, "gpt-5")
           .tokens(1, 10, codex_last(1'000'000, 100'000, 10'000, first))
           .tokens(1, 10, codex_last(1'000'000, 100'000, 10'000, first))
           .tokens(1, 20, codex_last(1'000'000, 100'000, 10'000, first))
           .tokens(1, 30, codex_last(500'000, 0, 20'000, codex_total(1'500'000, 100'000, 30'000))));
  show(Rollout{"totals"}
           .meta(2, "totals")
           .model(2, "gpt-5-codex")
           .tokens(2, 10, first)
           .tokens(2, 20, codex_total(1'500'000, 400'000, 30'000))
           .tokens(2, 30, codex_total(1'500'000, 400'000, 30'000)));
  show(Rollout{"anew"}
           .meta(3, "anew")
           .model(3, "gpt-5")
           .tokens(3, 10, first)
           .tokens(3, 20, codex_total(200'000, 0, 5'000))
           .tokens(3, 30, codex_total(600'000, 0, 15'000)));
  show(Rollout{"last"}
           .meta(4, "last")
           .model(4, "gpt-5")
           .tokens(4, 10, codex_last(1'000'000, 100'000, 10'000))
           .tokens(4, 20, codex_last(1'000'000, 100'000, 10'000)));
  show(Rollout{"cached"}
           .meta(5, "cached")
           .model(5, "gpt-5")
           .tokens(5, 10, codex_total(100'000, 900'000, 1'000)));
  show(Rollout{"none"}.meta(6, "none").tokens(6, 10, first));
  // What a message takes beyond 272,000 tokens costs more; what all of them take, does not.
  show(Rollout{"long"}
           .meta(7, "long")
           .model(7, "gpt-5.4")
           .tokens(7, 10, codex_last(300'000, 1'000, 10'000, codex_total(300'000, 1'000, 10'000))));
  show(Rollout{"short"}
           .meta(8, "short")
           .model(8, "gpt-5.4")
           .tokens(8, 10, codex_last(200'000, 0, 10'000, codex_total(200'000, 0, 10'000)))
           .tokens(8, 20, codex_last(200'000, 0, 10'000, codex_total(400'000, 0, 20'000))));
  show(Rollout{"fast"}
           .meta(9, "fast")
           .model(9, "gpt-5.5", {{"service_tier", "fast"}})
           .tokens(9, 10, first));
  TAIN_CCUSAGE_OR_SKIP(expected);
  EXPECT_EQ(codex_days_of_mirror(harness), expected);
  EXPECT_EQ(expected.size(), 2U * 9);
}

TEST_F(CodexAndCcusage, EveryModelHasItsPrice) {
  Rollout models{"models"};
  models.meta(1, "models");
  std::int64_t input = 0;
  int day = 1;
  for (const char* name :
       {"gpt-5", "gpt-5-mini", "gpt-5-codex", "gpt-5.1", "gpt-5.1-codex", "gpt-5.1-codex-max",
        "gpt-5.1-codex-mini", "gpt-5.2", "gpt-5.2-codex", "gpt-5.3-codex", "gpt-5.4",
        "gpt-5.4-mini", "gpt-5.5", "o3", "o4-mini", "codex-mini-latest"}) {
    input += 100'000;
    models.model(day, name).tokens(day, 10, codex_total(input, input / 4, input / 10));
    ++day;
  }
  show(models);
  TAIN_CCUSAGE_OR_SKIP(expected);
  EXPECT_EQ(codex_days_of_mirror(harness), expected);
  EXPECT_EQ(expected.size(), 2U * 16);
}

TEST_F(CodexAndCcusage, ForksAndSubagentsCountOnceWhatTheyCopiedAndOnTheDayItWasSpent) {
  Rollout parent{"parent"};
  spend_as_parent(parent.meta(1, "parent").model(1, "gpt-5"), 1, 10, 10);
  show(parent);
  Rollout fork{"a-fork"};  // comes before its parent
  fork.meta(2, "fork", {{"forked_from_id", "parent"}}).meta(2, "parent").model(2, "gpt-5");
  spend_as_parent(fork, 2, 2, 0);
  show(fork.tokens(2, 50, spent_by_fork(50'000)));
  Rollout again{"fork-of-fork"};
  again.meta(3, "again", {{"forked_from_id", "fork"}})
      .meta(3, "fork", {{"forked_from_id", "parent"}})
      .meta(3, "parent")
      .model(3, "gpt-5");
  spend_as_parent(again, 3, 2, 0);
  again.tokens(3, 2, spent_by_fork(50'000));
  show(again.tokens(3, 50, codex_last(64'000, 0, 7'000, codex_total(414'000, 50'000, 42'000))));
  Rollout spawned{"spawned"};  // names its parent, and does not repeat its first line
  spawned.meta(4, "spawned", kSpawnedByParent).model(4, "gpt-5");
  spend_as_parent(spawned, 4, 2, 0);
  show(spawned.tokens(4, 50, spent_by_fork(70'000)));
  show(Rollout{"fresh"}
           .meta(5, "fresh", kSpawnedByParent)
           .model(5, "gpt-5")
           .tokens(5, 50, codex_last(80'000, 0, 9'000, codex_total(80'000, 0, 9'000))));
  show(Rollout{"copied", parent.lines});
  TAIN_CCUSAGE_OR_SKIP(expected);
  EXPECT_EQ(codex_days_of_mirror(harness), expected);
  EXPECT_EQ(expected.size(), 2U * 5);
}

// Where the two differ, each on a day of its own: what ccusage says, why, and what we say.
TEST_F(CodexAndCcusage, WhereItDiffersIsKnown) {
  // ccusage guesses from the day which model a review was done with; we leave the name that stands
  // there, for which `prices` may have a price.
  show(Rollout{"review"}
           .meta(1, "review")
           .model(1, "codex-auto-review")
           .tokens(1, 10, codex_total(1'000'000, 0, 10'000)));
  // Of a fork whose parent is not there it leaves out what is told in the fork's first second. It
  // was spent all the same, and nobody else says so.
  Rollout orphan{"orphan"};
  orphan.meta(2, "orphan", {{"forked_from_id", "gone"}}).model(2, "gpt-5");
  spend_as_parent(orphan, 2, 2, 0);
  show(orphan.tokens(2, 50, spent_by_fork(50'000)));
  // For it, equal counts at one moment are a copy, whatever sessions they are of.
  for (const char* name : {"one", "other"}) {
    show(Rollout{name}
             .meta(3, name)
             .model(3, "gpt-5")
             .tokens(3, 10, codex_total(100'000, 0, 10'000)));
  }
  // It compares a fork with the beginning of its parent, line by line. We go by the totals: of two
  // forks that both grow by the same, one counts.
  Rollout parent{"parent"};
  spend_as_parent(parent.meta(4, "parent").model(4, "gpt-5"), 4, 10, 10);
  show(parent);
  for (const char* name : {"left", "right"}) {
    Rollout fork{name};
    fork.meta(5, name, {{"forked_from_id", "parent"}}).model(5, "gpt-5");
    spend_as_parent(fork, 5, 2, 0);
    show(fork.tokens(5, name[0] == 'l' ? 50 : 51, spent_by_fork(50'000)));
  }
  // It reads no line with a blank behind a colon.
  Rollout spaced{"spaced"};
  spaced.meta(6, "spaced").model(6, "gpt-5");
  spaced.lines += R"({"timestamp": "2026-05-06T09:00:00Z", "type": "event_msg", "payload": )"
                  R"({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 7}}}})"
                  "\n";
  show(spaced);
  TAIN_CCUSAGE_OR_SKIP(theirs);
  const CodexDays ours = codex_days_of_mirror(harness);
  const auto tokens = [](const CodexDays& days, int day, const char* model) {
    const auto found = days.find({"2026-05-0" + std::to_string(day), model});
    return found == days.end() ? std::vector<double>() : found->second;
  };
  using Sums = std::vector<double>;
  EXPECT_EQ(tokens(theirs, 1, "gpt-5.4"), Sums({1'000'000, 10'000, 0, 0}));
  EXPECT_EQ(tokens(ours, 1, "codex-auto-review"), Sums({1'000'000, 10'000, 0, 0}));
  EXPECT_EQ(tokens(ours, 1, "cost"), Sums({0}));
  EXPECT_EQ(tokens(theirs, 2, "gpt-5"), Sums({50'000, 5'000, 0, 0}));
  EXPECT_EQ(tokens(ours, 2, "gpt-5"), Sums({300'000, 35'000, 0, 50'000}));
  EXPECT_EQ(tokens(theirs, 3, "gpt-5"), Sums({100'000, 10'000, 0, 0}));
  EXPECT_EQ(tokens(ours, 3, "gpt-5"), Sums({200'000, 20'000, 0, 0}));
  EXPECT_EQ(tokens(theirs, 5, "gpt-5"), Sums({100'000, 10'000, 0, 0}));
  EXPECT_EQ(tokens(ours, 5, "gpt-5"), Sums({50'000, 5'000, 0, 0}));
  EXPECT_EQ(tokens(theirs, 6, "gpt-5"), Sums());
  EXPECT_EQ(tokens(ours, 6, "gpt-5"), Sums({7, 0, 0, 0}));
}

}  // namespace
}  // namespace tain::syncd
