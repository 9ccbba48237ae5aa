// Transcripts of Claude Code and Codex that people published, against what other programs count in
// them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/ccusage.h"
#include "tests/support/jq.h"
#include "tests/support/sync_harness.h"
#include "tests/support/transcripts.h"

namespace tain::syncd {
namespace {

namespace fs = std::filesystem;
using testing::has_npm_package;
using testing::jq;
using testing::output_of;
using testing::SyncHarness;

// Lines that are objects, in whatever way they are written.
constexpr const char* kObjects = "[.[] | select(type == \"object\")] | ";

TEST(TranscriptsCorpus, EveryObjectIsAnEventAndWhatIsNoneIsAnError) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness;
  const auto files = testing::copy_as_claudes(testing::claude_transcripts(corpus), harness.root());
  harness.settle();
  ASSERT_GT(files.size(), 30U);
  for (const fs::path& file : files) {
    const std::string of_file = " JOIN files USING (file_id) WHERE path = '" + file.string() + "'";
    EXPECT_EQ(harness.select("SELECT count(*) FROM events" + of_file),
              jq(std::string(kObjects) + "length", {file}))
        << file;
    EXPECT_EQ(
        harness.select("SELECT count(*) FROM sync_errors WHERE path = '" + file.string() + "'"),
        jq("[.[] | select(type != \"object\")] | length", {file}))
        << file;
  }
  EXPECT_EQ(harness.select("SELECT DISTINCT reason FROM sync_errors"),
            "bad line: expected an object");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), std::to_string(files.size() - 2));
  EXPECT_EQ(harness.select("SELECT count(*) FROM agent_runs WHERE agent_type = 'subagent'"), "2");
}

TEST(TranscriptsCorpus, EventsOfEachKindAreAsManyAsJqCounts) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness;
  const auto files = testing::copy_as_claudes(testing::claude_transcripts(corpus), harness.root());
  harness.settle();
  const auto count = [&](const std::string& condition) {
    return jq(std::string(kObjects) + "map(select(" + condition + ")) | length", files);
  };
  const std::string blocks = "[.message | objects | .content | arrays | .[] | objects | .type]";
  const auto events = [&](const std::string& type) {
    return harness.select("SELECT count(*) FROM events WHERE type = '" + type + "'");
  };
  EXPECT_EQ(events("summary"), count(R"(.type == "summary")"));
  EXPECT_EQ(events("progress"), count(R"(.type == "progress")"));
  EXPECT_EQ(events("system"), count(R"(.type == "system")"));
  EXPECT_EQ(events("tool_use"), count(blocks + R"( | index("tool_use") != null)"));
  EXPECT_EQ(events("tool_result"), count(blocks + R"( | index("tool_result") != null)"));
  EXPECT_EQ(harness.select("SELECT count(*) FROM events WHERE type IN ('assistant', 'thinking') "
                           "OR (type = 'tool_use' AND actor_type = 'agent')"),
            count(R"((.type // (.message | objects | .role)) == "assistant")"));
}

TEST(TranscriptsCorpus, TokensAreWhatJqAddsUp) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness;
  const auto files = testing::copy_as_claudes(testing::claude_transcripts(corpus), harness.root());
  harness.settle();
  EXPECT_EQ(harness.select("SELECT sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), "
                           "sum(cache_write_tokens) FROM usage"),
            jq(testing::kClaudeTokenSums, files));
}

TEST(TranscriptsCorpus, ReadInPiecesTheyAreAsReadAtOnce) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  SyncHarness harness({.limits = {.log_budget = 20'000}});
  for (const fs::path& transcript : testing::claude_transcripts(corpus)) {
    const std::string bytes = testing::read(transcript);
    const fs::path copy =
        harness.root() / ".claude/projects/-p" / transcript.parent_path().filename();
    fs::create_directories(copy);
    const fs::path file = copy / transcript.filename();
    for (std::size_t begin = 0; begin < bytes.size(); begin += 97'001) {
      std::ofstream(file, std::ios::app) << bytes.substr(begin, 97'001);
      harness.sync(file);
    }
  }
  EXPECT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST(TranscriptsCorpus, CodexRolloutsAreSessionsWithTheirTokens) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  SyncHarness harness;
  const auto files = testing::codex_transcripts(corpus);
  ASSERT_GE(files.size(), 4U);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const fs::path day = harness.root() / ".codex/sessions/2026/05/13";
    fs::create_directories(day);
    fs::copy_file(files[i], day / ("rollout-" + std::to_string(i) + ".jsonl"));
  }
  harness.settle();
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), std::to_string(files.size()));
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "2");  // which both call malformed
  EXPECT_EQ(harness.select("SELECT model, sum(input_tokens), sum(cache_read_tokens), "
                           "sum(output_tokens) FROM usage GROUP BY model ORDER BY model"),
            "gpt-5|36702000|200003000|2000500\ngpt-5.2-codex|750|250|125\n"
            "gpt-5.3-codex|2000|500|300");
}

// By day and model: input, output, cache writes, cache reads, and cents.
using DaysAndModels = std::map<std::pair<std::string, std::string>, std::array<double, 5>>;

DaysAndModels days_of_ccusage(const nlohmann::json& report) {
  DaysAndModels days;
  for (const auto& day : report["daily"]) {
    for (const auto& model : day["modelBreakdowns"]) {
      days[{day["date"], model["modelName"]}] = {
          model["inputTokens"], model["outputTokens"], model["cacheCreationTokens"],
          model["cacheReadTokens"], std::round(model["cost"].get<double>() * 100)};
    }
  }
  return days;
}

// Of what has a time and a model; ccusage leaves out the rest.
DaysAndModels days_of_mirror(const SyncHarness& harness, const std::string& view,
                             const std::string& day) {
  const sqlite::Database database = mirror::open_for_reading(harness.mirror());
  sqlite::Statement rows =
      database.prepare("SELECT " + day +
                       ", model, sum(input_tokens), sum(output_tokens), sum(cache_write_tokens), "
                       "sum(cache_read_tokens), round(sum(cost_usd) * 100) FROM " +
                       view + " WHERE " + day + " IS NOT NULL AND model IS NOT NULL GROUP BY 1, 2");
  DaysAndModels days;
  while (rows.step()) {
    auto& sums = days[{std::string(rows.text(0)), std::string(rows.text(1))}];
    for (int i = 0; i < 5; ++i) sums[static_cast<std::size_t>(i)] = rows.real(i + 2);
  }
  return days;
}

TEST(TranscriptsCorpus, CcusageSaysTheSameByDayAndModel) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness;
  // It only reads lines as Claude Code writes them: an object each, without a blank in it.
  testing::copy_as_claudes(testing::claude_transcripts(corpus), harness.root(), "jq -c .");
  harness.settle();
  const auto report = testing::ccusage_daily("claude", harness.root());
  if (!report) GTEST_SKIP() << testing::kCcusage << " cannot be had from npm, or does not run";
  const DaysAndModels expected = days_of_ccusage(*report);
  EXPECT_GT(expected.size(), 20U);
  EXPECT_EQ(days_of_mirror(harness, "usage", "date(at / 1000, 'unixepoch')"), expected);
  EXPECT_EQ(days_of_mirror(harness, "daily_usage", "day"), expected);
}

TEST(TranscriptsCorpus, DuckDbAddsUpTheRawFilesAlike) {
  TAIN_CORPUS_OR_SKIP(corpus, "claude-code");
  TAIN_JQ_OR_SKIP();
  const fs::path npm = fs::path(TAIN_BIN_DIR) / ".." / "duckdb";
  if (!has_npm_package(npm, "@duckdb/node-api@1.4.4-r.1")) {
    GTEST_SKIP() << "DuckDB's npm package cannot be had";
  }
  SyncHarness harness;
  testing::copy_as_claudes(testing::claude_transcripts(corpus), harness.root(), "jq -c .");
  harness.settle();
  const fs::path script = fs::path(TAIN_SOURCE_DIR) / "tests/e2e/tools/duckdb_transcripts.mjs";
  const auto sums = output_of("cd '" + npm.string() + "' && node '" + script.string() + "' '" +
                              harness.root().string() + "/.claude/projects/*/*.jsonl'");
  ASSERT_TRUE(sums);
  EXPECT_EQ(harness.select("SELECT model, sum(input_tokens), sum(output_tokens), "
                           "sum(cache_write_tokens), sum(cache_read_tokens) FROM usage "
                           "WHERE model IS NOT NULL GROUP BY model ORDER BY model"),
            *sums);
}

}  // namespace
}  // namespace tain::syncd
