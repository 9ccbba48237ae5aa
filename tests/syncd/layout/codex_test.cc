#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "syncd/layout/layout.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using ::testing::HasSubstr;
using testing::SyncHarness;

constexpr const char* kRollout =
    "home/.codex/sessions/2026/05/13/"
    "rollout-2026-05-13T09-00-00-aaaaaaaa-2222-4333-8444-555555555555.jsonl";
constexpr const char* kCodexSession = "aaaaaaaa-2222-4333-8444-555555555555";

std::string codex_line(const std::string& type, const std::string& payload,
                       const std::string& time = "09:00:00") {
  return R"({"timestamp":"2026-05-13T)" + time + R"(Z","type":")" + type + R"(","payload":{)" +
         payload + "}}\n";
}

std::string codex_meta(const std::string& more = "") {
  return codex_line("session_meta", R"("id":"own","cwd":"/work/app","cli_version":"0.50.1",)"
                                    R"("git":{"branch":"main"})" +
                                        more);
}

// A token_count line; `last` is left out where it is empty.
std::string codex_tokens(const std::string& total, const std::string& last = "",
                         const std::string& time = "09:10:00") {
  const auto counts = [](const std::string& numbers) {  // "input cached output"
    std::istringstream in(numbers);
    std::string input, cached, output;
    in >> input >> cached >> output;
    return R"({"input_tokens":)" + input + R"(,"cached_input_tokens":)" + cached +
           R"(,"output_tokens":)" + output + "}";
  };
  std::string info = R"("total_token_usage":)" + counts(total);
  if (!last.empty()) info += R"(,"last_token_usage":)" + counts(last);
  return codex_line("event_msg", R"("type":"token_count","info":{)" + info + "}", time);
}

class CodexTest : public ::testing::Test {
 protected:
  void show(const std::string& bytes, const char* file = kRollout) {
    harness.write(file, bytes);
    harness.sync(harness.root() / file);
  }
  void append(const std::string& bytes) {
    std::ofstream(harness.root() / kRollout, std::ios::app) << bytes;
    harness.sync(harness.root() / kRollout);
  }
  std::string usage() const {
    return harness.select(
        "SELECT model, sum(input_tokens), sum(cache_read_tokens), "
        "sum(output_tokens) FROM usage GROUP BY model");
  }
  std::string event(const std::string& columns) const {
    return harness.select("SELECT " + columns + " FROM events ORDER BY line_offset DESC LIMIT 1");
  }
  void expect_as_built_from_nothing() const {
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
  SyncHarness harness;
};

TEST(CodexPlaces, RolloutsAreKnownByTheirPlacesOrTheirWholeNames) {
  const mirror::Schema schema;
  const Layouts layouts(schema);
  const auto role = [&](const std::string& path) {
    const auto found = layouts.classify(path);
    return found ? std::string(found->layout) + " " + found->project_root : "";
  };
  const std::string file = std::string("rollout-2026-05-13T09-00-00-") + kCodexSession + ".jsonl";
  EXPECT_EQ(role("/home/me/.codex/sessions/2026/05/13/" + file), "codex /home/me/.codex");
  EXPECT_EQ(role("/home/me/.codex/archived_sessions/rollout-1.jsonl"), "codex /home/me/.codex");
  EXPECT_EQ(role("/home/me/.codex/sessions/odd.jsonl"), "codex /home/me/.codex");
  EXPECT_EQ(role("/copy/codex-home/sessions/2026/" + file), "codex /copy/codex-home");
  EXPECT_EQ(role("/backup/2026/" + file), "codex /backup/2026");
  // Others' files.
  EXPECT_EQ(role("/w/codex-tools/sessions/r/.beads/issues.jsonl"),
            "beads /w/codex-tools/sessions/r");
  EXPECT_EQ(role("/w/codex-tools/sessions/r/orders.jsonl"), "");
  EXPECT_EQ(role("/w/projects/shop/logs/rollout-canary.jsonl"), "");
  EXPECT_EQ(role("/w/logs/rollout-" + std::string(kCodexSession) + ".jsonl"), "");
  EXPECT_EQ(role("/w/logs/rollout-2026-05-13T09-00-0x-" + std::string(kCodexSession) + ".jsonl"),
            "");
  EXPECT_FALSE(layouts.is_inside("/w/codex-tools/sessions/r"));
  EXPECT_TRUE(layouts.is_inside("/home/me/.codex/sessions/2026"));
}

TEST_F(CodexTest, ARolloutIsASessionOfItsDirectory) {
  show(codex_meta() + codex_line("turn_context", R"("model":"gpt-5.2-codex","cwd":"/work/app/x")") +
       codex_line("event_msg", R"("type":"user_message","message":"Fix it\nnow")", "09:30:00"));
  EXPECT_EQ(harness.select("SELECT session_id, topic, git_branch, runtime_source, "
                           "last_activity_at - started_at FROM sessions"),
            std::string(kCodexSession) + "|Fix it|main|codex|1800000");
  EXPECT_THAT(harness.select("SELECT context FROM sessions"),
              HasSubstr(R"("models":["gpt-5.2-codex"])"));
  EXPECT_EQ(harness.select("SELECT root FROM projects"), "/work/app");
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, LinesOfBothGenerationsAreEvents) {
  const auto expect_kinds = [&](const std::function<std::string(const std::string&)>& wrap) {
    show(wrap(R"("type":"message","role":"user","content":[{"type":"input_text","text":"Go"}])"));
    EXPECT_EQ(event("type, actor_type, lane, body"), "user|user|user|Go");
    show(wrap(R"("type":"message","role":"assistant","content":[{"type":"output_text",)"
              R"("text":"Done"}])"));
    EXPECT_EQ(event("type, actor_type, body"), "assistant|agent|Done");
    show(wrap(R"("type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}])"));
    EXPECT_EQ(event("type, body"), "thinking|Hm");
    show(wrap(R"("type":"function_call","name":"shell","arguments":"{}","call_id":"c1")"));
    EXPECT_EQ(event("type, title, data, metadata"), R"(tool_use|shell|"{}"|{"tool_use_id":"c1"})");
    show(wrap(R"("type":"function_call_output","call_id":"c1","output":"ok")"));
    EXPECT_EQ(event("type, data, metadata"), R"(tool_result|"ok"|{"tool_use_id":"c1"})");
    show(wrap(R"("type":"hologram","rays":2)"));
    EXPECT_THAT(event("type, data"), HasSubstr("hologram|{"));
  };
  expect_kinds([](const std::string& item) { return codex_line("response_item", item); });
  expect_kinds([](const std::string& item) { return "{" + item + "}\n"; });
}

TEST_F(CodexTest, TheOldGenerationBeginsWithItsSession) {
  show(
      "{\"id\":\"own\",\"timestamp\":\"2025-06-01T10:00:00Z\",\"git\":{\"branch\":\"old\"}}\n"
      "{\"record_type\":\"state\"}\n"
      "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}\n");
  EXPECT_EQ(harness.select("SELECT session_id, topic, git_branch, started_at FROM sessions"),
            std::string(kCodexSession) + "|Hi|old|1748772000000");
  EXPECT_EQ(harness.select("SELECT group_concat(type) FROM (SELECT type FROM events ORDER BY "
                           "line_offset)"),
            "session_meta,state,user");
}

TEST_F(CodexTest, WhatIsSpentIsWhatTheTotalGrowsBy) {
  show(codex_meta() + codex_line("turn_context", R"("model":"gpt-5.2-codex")") +
       codex_tokens("1000 100 10") + codex_tokens("1000 100 10", "900 90 9") +
       codex_tokens("1500 400 30"));
  EXPECT_EQ(usage(), "gpt-5.2-codex|1100|400|30");
  append(codex_tokens("1700 400 40", "200 0 10"));
  EXPECT_EQ(usage(), "gpt-5.2-codex|1300|400|40");
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, TokensAreOfTheModelThatWasSetLast) {
  show(codex_meta() + codex_tokens("10 0 1") + codex_line("turn_context", R"("model":"gpt-5.4")") +
       codex_tokens("30 0 2"));
  EXPECT_EQ(usage(), "gpt-5|10|0|1\ngpt-5.4|20|0|1");
}

TEST_F(CodexTest, AForkCountsOnlyWhatItSpentItself) {
  const std::string parents =
      codex_tokens("100 0 10", "100 0 10") + codex_tokens("300 0 30", "200 0 20");
  const std::string fork = codex_meta(R"(,"forked_from_id":"parent")") +
                           codex_line("session_meta", R"("id":"parent")") + parents +
                           codex_tokens("350 0 31", "50 0 1");
  show(fork);
  EXPECT_EQ(usage(), "gpt-5|350|0|31");
  show(codex_line("session_meta", R"("id":"parent","cwd":"/w")") + parents,
       "home/.codex/sessions/2026/05/12/rollout-2026-05-12T09-00-00-parent.jsonl");
  EXPECT_EQ(usage(), "gpt-5|350|0|31");
  EXPECT_EQ(harness.select("SELECT sum(output_tokens) FROM usage WHERE session_id = 'parent'"),
            "30");
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, ASubagentThatOnlyNamesItsParentCountsOnlyWhatItSpentItself) {
  const std::string copied = codex_tokens("100 0 10") + codex_tokens("300 0 30");
  show(codex_meta(R"(,"source":{"subagent":{"thread_spawn":{"parent_thread_id":"parent"}}})") +
       copied + codex_tokens("350 0 31"));
  show(codex_line("session_meta", R"("id":"parent","cwd":"/w")") + copied,
       "home/.codex/sessions/2026/05/12/rollout-parent.jsonl");
  EXPECT_EQ(usage(), "gpt-5|350|0|31");
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, WhatAForkCopiedIsOfTheTimeWhenItWasSpent) {
  const std::string day = "home/.codex/sessions/2026/05/13/";
  const std::string parent = day + "rollout-z-parent.jsonl";
  const auto times = [&] {
    return harness.select(
        "SELECT strftime('%H:%M:%S', at / 1000, 'unixepoch'), input_tokens FROM usage ORDER BY at");
  };
  const std::string meta = codex_meta(R"(,"forked_from_id":"parent")");
  show(meta + codex_tokens("100 0 10", "", "11:00:00") + codex_tokens("150 0 20", "", "11:00:01"));
  show(codex_line("session_meta", R"("id":"parent")") + codex_tokens("100 0 10", "", "10:00:00"),
       parent.c_str());
  show(meta + codex_tokens("100 0 10", "", "10:30:00"), (day + "rollout-b.jsonl").c_str());
  EXPECT_EQ(times(), "10:00:00|100\n11:00:01|50");
  std::filesystem::remove(harness.root() / parent);
  harness.scan();
  EXPECT_EQ(times(), "10:30:00|100\n11:00:01|50") << "the earliest copy of those that are left";
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, RolloutsThatDoNotSayTheirSessionAreNotTakenForEachOther) {
  show(codex_tokens("100 0 10", "", "10:00:00"));
  show(codex_tokens("100 0 10", "", "10:00:01"),
       "home/.codex/sessions/2026/05/13/"
       "rollout-2026-05-13T10-00-00-bbbbbbbb-2222-4333-8444-555555555555.jsonl");
  for (const char* copy : {"rollout-one.jsonl", "rollout-copy.jsonl"}) {
    show(codex_tokens("100 0 10", "", "10:00:02"),
         (std::string("home/.codex/sessions/2026/05/13/") + copy).c_str());
  }
  show(codex_tokens("100 0 10", "", "10:00:03"),
       "home/.codex/sessions/2026/05/13/rollout-other.jsonl");
  EXPECT_EQ(usage(), "gpt-5|400|0|40");
  expect_as_built_from_nothing();
}

TEST_F(CodexTest, ANewerMajorVersionIsSaid) {
  std::string meta = codex_meta();
  meta.replace(meta.find("0.50.1"), 6, "1.0.0");
  show(meta);
  EXPECT_EQ(harness.select("SELECT kind FROM anomalies"), "newer format");
}

}  // namespace
}  // namespace tain::syncd
