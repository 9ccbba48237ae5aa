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

constexpr const char* kSession = "11111111-2222-4333-8444-555555555555";
constexpr const char* kTranscript =
    "home/.claude/projects/-work-app/11111111-2222-4333-8444-555555555555.jsonl";

// A line of a transcript: `members` are added to those that every line has.
std::string claude_line(const std::string& uuid, const std::string& members,
                        const std::string& cwd = "/work/app") {
  return R"({"uuid":")" + uuid + R"(","sessionId":")" + kSession + R"(","cwd":")" + cwd +
         R"(","version":"2.1.7","gitBranch":"main","userType":"external","timestamp":)" +
         R"("2026-02-05T11:00:00.000Z",)" + members + "}\n";
}

std::string prompt_line(const std::string& uuid, const std::string& text) {
  return claude_line(uuid,
                     R"("type":"user","message":{"role":"user","content":")" + text + R"("})");
}

class ClaudeCodeTest : public ::testing::Test {
 protected:
  std::string path(const char* file = kTranscript) const {
    return (harness.root() / file).string();
  }
  void show(const std::string& bytes, const char* file = kTranscript) {
    harness.write(file, bytes);
    harness.sync(path(file));
  }
  void append(const std::string& bytes) {
    std::ofstream(path(), std::ios::app) << bytes;
    harness.sync(path());
  }
  void expect_as_built_from_nothing() const {
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
  std::string event(const std::string& columns) const {
    return harness.select("SELECT " + columns + " FROM events ORDER BY line_offset DESC LIMIT 1");
  }
  SyncHarness harness;
};

TEST(ClaudeCodePlaces, TranscriptsAreKnownByTheirPlaces) {
  const mirror::Schema schema;
  const Layouts layouts(schema);
  const auto role = [&](const std::string& path) -> std::string {
    const auto found = layouts.classify(path);
    if (!found || found->layout != "claude-code") return "";
    std::string text = found->project_root;
    for (const auto& [name, value] : found->names) text += " " + std::string(name) + "=" + value;
    return text;
  };
  const std::string session = kSession;
  EXPECT_EQ(role("/home/me/.claude/projects/-a-b/" + session + ".jsonl"),
            "/home/me/.claude/projects/-a-b session_id=" + session);
  EXPECT_EQ(role("/home/me/.claude/projects/-a-b/agent-12ab.jsonl"),
            "/home/me/.claude/projects/-a-b agent_run_id=12ab");
  EXPECT_EQ(role("/c/.claude/projects/-a-b/" + session + "/subagents/agent-x.jsonl"),
            "/c/.claude/projects/-a-b agent_run_id=x session_id=" + session);
  EXPECT_EQ(role("/copy/my-claude-dir/projects/p/chat.jsonl"), "/copy/my-claude-dir/projects/p");
  EXPECT_EQ(role("/backup/projects/p/" + session + ".jsonl"),
            "/backup/projects/p session_id=" + session);
  EXPECT_EQ(role("/data/projects/me/.claude/projects/-a-b/chat.jsonl"),
            "/data/projects/me/.claude/projects/-a-b");
  // Somebody's own projects, and what is no transcript.
  EXPECT_EQ(role("/home/me/projects/shop/orders.jsonl"), "");
  EXPECT_EQ(role("/home/me/.claude/history.jsonl"), "");
  EXPECT_EQ(role("/home/me/.claude/projects/stray.jsonl"), "");
  EXPECT_EQ(role("/home/me/.claude/projects/-a-b/sessions-index.json"), "");
}

TEST(ClaudeCodePlaces, OthersFilesBelowDirectoriesOfThatNameStayTheirs) {
  const mirror::Schema schema;
  const Layouts layouts(schema);
  const auto layout = [&](const std::string& path) {
    const auto found = layouts.classify(path);
    return found ? std::string(found->layout) : "";
  };
  const std::string session = kSession;
  // Somebody is called so, or a directory of projects.
  EXPECT_EQ(layout("/home/claude/projects/shop/.beads/issues.jsonl"), "beads");
  EXPECT_EQ(layout("/home/claude/projects/shop/orders.jsonl"), "");
  EXPECT_EQ(layout("/home/claude/projects/shop/logs/orders.jsonl"), "");
  EXPECT_EQ(layout("/work/claude-tools/projects/shop/data/" + session + ".jsonl"), "");
  EXPECT_EQ(layout("/work/projects/shop/data/agent-commissions.jsonl"), "");
  EXPECT_EQ(layout("/work/projects/shop/agent-commissions.jsonl"), "");
  EXPECT_EQ(layout("/work/projects/shop/data/" + session + ".jsonl"), "");
  EXPECT_FALSE(layouts.is_inside("/home/claude/projects/shop"));
  EXPECT_FALSE(layouts.is_inside("/copy/my-claude-dir/projects/p"));
  EXPECT_TRUE(layouts.is_inside("/home/me/.claude/projects/-a-b"));
  EXPECT_TRUE(layouts.is_inside("/home/me/.config/claude/projects/-a-b"));
  // Copies are known all the same.
  for (const std::string claudes : {"/copy/my-claude-dir", "/dotfiles/claude", "/backup"}) {
    const std::string slug = claudes + "/projects/-a-b/";
    EXPECT_EQ(layout(slug + session + ".jsonl"), "claude-code") << claudes;
    EXPECT_EQ(layout(slug + "agent-a1b2c3d.jsonl"), "claude-code") << claudes;
    EXPECT_EQ(layout(slug + session + "/subagents/agent-x.jsonl"), "claude-code") << claudes;
  }
  EXPECT_EQ(layout("/home/me/.config/claude/projects/-a-b/chat.jsonl"), "claude-code");
}

TEST_F(ClaudeCodeTest, ALineOfEachKindIsAnEventThatSaysWhatHappened) {
  show(prompt_line("u1", "Make it blue"));
  EXPECT_EQ(event("type, id, actor_type, lane, body, session_id, at"),
            std::string("user|u1|user|user|Make it blue|") + kSession + "|1770289200000");
  append(claude_line("u2", R"("type":"assistant","message":{"role":"assistant","model":"claude-m",)"
                           R"("content":[{"type":"text","text":"I will."}]})"));
  EXPECT_EQ(event("type, actor_type, body, model"), "assistant|agent|I will.|claude-m");
  append(claude_line("u3", R"("type":"assistant","message":{"role":"assistant","content":)"
                           R"([{"type":"thinking","thinking":"Hm.","signature":"x"}]})"));
  EXPECT_EQ(event("type, body"), "thinking|Hm.");
  append(claude_line("u4",
                     R"("type":"assistant","message":{"role":"assistant","content":)"
                     R"([{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]})"));
  EXPECT_EQ(event("type, title, data, metadata"),
            R"(tool_use|Bash|{"command":"ls"}|{"tool_use_id":"t1"})");
  append(claude_line("u5",
                     R"("type":"user","toolUseResult":{"stdout":"a"},"message":{"role":"user",)"
                     R"("content":[{"type":"tool_result","tool_use_id":"t1",)"
                     R"("is_error":true,"content":"a"}]})"));
  EXPECT_EQ(event("type, actor_type, data, metadata, extra"),
            R"(tool_result|system|"a"|{"tool_use_id":"t1","is_error":true}|)");
  append("{\"type\":\"summary\",\"summary\":\"All blue\",\"leafUuid\":\"l\"}\n");
  EXPECT_EQ(event("type, title, session_id, extra"),
            std::string("summary|All blue|") + kSession + R"(|{"leafUuid":"l"})");
  append(claude_line("u6", R"("type":"system","subtype":"turn_duration","durationMs":12)"));
  EXPECT_EQ(event("type, title, extra"), R"(system|turn_duration|{"durationMs":12})");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, ALineThatOnlyCallsItselfAToolsUseIsAnEventAllTheSame) {
  show(
      "{\"type\":\"tool_use\"}\n{\"type\":\"tool_use\",\"name\":\"Bash\"}\n"
      "{\"type\":\"tool_result\"}\n");
  EXPECT_EQ(harness.select("SELECT type, title, data, metadata, extra FROM events "
                           "ORDER BY line_offset"),
            "tool_use||||\ntool_use||||{\"name\":\"Bash\"}\ntool_result||||");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(ClaudeCodeTest, WhatNobodyKnowsStaysAsItStands) {
  show(claude_line("u1", R"("type":"hologram","parentUuid":"u0","rays":[1,2],"message":)"
                         R"({"role":"user","content":"x","mood":"good"})"));
  EXPECT_EQ(event("type, body, extra"),
            R"(hologram|x|{"parentUuid":"u0","rays":[1,2],"message":{"mood":"good"}})");
}

TEST_F(ClaudeCodeTest, TheSessionIsWhatAllLinesSay) {
  show(
      "{\"type\":\"file-history-snapshot\",\"snapshot\":{\"timestamp\":\"2026-02-05T10:00:00Z\"}}"
      "\n" +
      prompt_line("u0", "<command-name>/clear</command-name>") +
      prompt_line("u1", "Make it blue\\nplease") +
      claude_line("u2", R"("type":"assistant","message":{"model":"m1","content":[]})"));
  const char* session =
      "SELECT session_id, topic, git_branch, started_at, last_activity_at, runtime_source, context "
      "FROM sessions";
  EXPECT_EQ(harness.select(session),
            std::string(kSession) +
                R"(|Make it blue|main|1770285600000|1770289200000|claude-code|{"cwd":"/work/app",)"
                R"("models":["m1"],"events":{"assistant":1,"file-history-snapshot":1,"user":2}})");
  append("{\"type\":\"summary\",\"summary\":\"Blue it is\"}\n");
  EXPECT_THAT(harness.select("SELECT topic, summary FROM sessions"), "Blue it is|Blue it is");
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, TheProjectIsTheDirectoryOfTheFirstLineThatHasOne) {
  show("{\"type\":\"summary\",\"summary\":\"s\"}\n");
  EXPECT_EQ(harness.select("SELECT root FROM projects"),
            (harness.root() / "home/.claude/projects/-work-app").string());
  append(prompt_line("u1", "x") +
         claude_line("u2", R"("type":"user","message":{"content":"y"})", "/work/app/sub"));
  EXPECT_EQ(harness.select("SELECT root, name FROM projects"), "/work/app|app");
  EXPECT_EQ(
      harness.select("SELECT DISTINCT p.root FROM events JOIN projects p USING (project_key)"),
      "/work/app");
  EXPECT_EQ(event("metadata"), R"({"cwd":"/work/app/sub"})");
  expect_as_built_from_nothing();
  show(claude_line("u1", R"("type":"user")", "/elsewhere/"));
  EXPECT_EQ(harness.select("SELECT root FROM projects"), "/elsewhere");
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, SideChainsAreRunsOfTheSession) {
  const auto side = [](const std::string& uuid, const std::string& parent,
                       const std::string& text) {
    const std::string from = parent.empty() ? "null" : "\"" + parent + "\"";
    return claude_line(uuid, R"("type":"user","isSidechain":true,"parentUuid":)" + from +
                                 R"(,"message":{"content":")" + text + R"("})");
  };
  show(prompt_line("m1", "main") + side("a1", "", "Look for it") + side("b1", "", "Test it"));
  append(side("a2", "a1", "more") + side("b2", "b1", "more") + prompt_line("m2", "main") +
         side("a3", "a2", "done"));
  EXPECT_EQ(harness.select("SELECT group_concat(coalesce(agent_run_id, '-'), ' ') FROM "
                           "(SELECT agent_run_id FROM events ORDER BY line_offset)"),
            "- a1 b1 a1 b1 - a1");
  EXPECT_EQ(
      harness.select("SELECT id, agent_type, name, session_id FROM agent_runs ORDER BY "
                     "position"),
      std::string("a1|sidechain|Look for it|") + kSession + "\nb1|sidechain|Test it|" + kSession);
  EXPECT_EQ(harness.select("SELECT topic FROM sessions"), "main");
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, ASubagentsTranscriptIsARunOfItsSession) {
  const std::string line = claude_line(
      "u1", R"("type":"user","isSidechain":true,"agentId":"ab12","message":{"content":"Search"})");
  const std::string nested =
      std::string("home/.claude/projects/-work-app/") + kSession + "/subagents/agent-cd34.jsonl";
  show(line, "home/.claude/projects/-work-app/agent-ab12.jsonl");
  show("{\"type\":\"user\",\"message\":{\"content\":\"Find\"}}\n", nested.c_str());
  EXPECT_EQ(
      harness.select("SELECT id, agent_type, session_id, name FROM agent_runs ORDER BY id"),
      std::string("ab12|subagent|") + kSession + "|Search\ncd34|subagent|" + kSession + "|Find");
  EXPECT_EQ(
      harness.select("SELECT group_concat(agent_run_id) FROM (SELECT agent_run_id FROM events "
                     "ORDER BY 1)"),
      "ab12,cd34");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), "0");
}

TEST_F(ClaudeCodeTest, LongResultsAndTextsAreLeftInTheFile) {
  const std::string input(1100, 'i');
  show(claude_line("u1", R"("type":"assistant","message":{"content":[{"type":"tool_use",)"
                         R"("name":"Write","input":{"text":")" +
                             input + R"("}}]})"));
  EXPECT_EQ(event("title, data, left_in_file"), R"(Write||["data"])");
  append(prompt_line("u2", std::string(17000, 'p')));
  EXPECT_EQ(event("body, left_in_file"), R"(|["body"])");
}

TEST_F(ClaudeCodeTest, ANewerVersionIsMirroredAndSaidOnce) {
  std::string line = prompt_line("u1", "x");
  line.replace(line.find("2.1.7"), 5, "2.2.0");
  show(line + line);
  append(line);
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "3");
  EXPECT_EQ(harness.select("SELECT kind, line_offset FROM anomalies WHERE kind = 'newer format'"),
            "newer format|0");
  EXPECT_THAT(harness.select("SELECT detail FROM anomalies WHERE kind = 'newer format'"),
              HasSubstr("2.2.0 of claude-code is newer than the 2.1.x"));
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, ALastLineWithoutNewlineIsShownAndCountedOnce) {
  const std::string last = prompt_line("u2", "y");
  show(prompt_line("u1", "x") + last.substr(0, last.size() - 1));
  EXPECT_THAT(harness.select("SELECT context FROM sessions"), HasSubstr(R"("user":2)"));
  append("\n" + prompt_line("u3", "z"));
  EXPECT_THAT(harness.select("SELECT context FROM sessions"), HasSubstr(R"("user":3)"));
  expect_as_built_from_nothing();
}

TEST_F(ClaudeCodeTest, AppendingReadsOnlyWhatIsNew) {
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += prompt_line("u" + std::to_string(i), "word");
  show(lines);
  // Far from both ends, so that only a reader of the whole file would see it.
  std::fstream(path(), std::ios::in | std::ios::out).seekp(200'000) << "#######";
  append(prompt_line("last", "word"));
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "2001");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  EXPECT_THAT(harness.select("SELECT context FROM sessions"), HasSubstr(R"("user":2001)"));
}

TEST_F(ClaudeCodeTest, WhatASessionRemembersDoesNotGrowWithTheLog) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    lines += claude_line("u" + n, R"("type":"kind)" + n +
                                      R"(","isSidechain":true,"parentUuid":null,)"
                                      R"("message":{"model":"m)" +
                                      n + R"("})");
  }
  show(lines);
  EXPECT_LT(std::stoi(harness.select("SELECT length(state) FROM log_states")), 200'000);
  EXPECT_EQ(harness.select("SELECT count(*) FROM agent_runs"), "500");
}

}  // namespace
}  // namespace tain::syncd
