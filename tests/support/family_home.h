#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "temp_dir.h"

namespace tain::testing {

/// Writes into `home` what somebody has who worked with each of these programs: Claude Code and
/// Codex in ~/work/shop and ~/work/bot, Maestro, Beads in ~/code/tracker, sessions of the program
/// before libtain in ~/code/flow, and of libtain in ~/code/own.
inline void write_all_families(const std::filesystem::path& home) {
  const std::string work = (home / "work").string();
  write(home / ".claude/projects/-work-shop/11111111-2222-4333-8444-555555555555.jsonl",
        R"({"type":"user","uuid":"u1",)"
        R"("sessionId":"11111111-2222-4333-8444-555555555555","cwd":")" +
            work +
            R"(/shop","timestamp":"2026-02-05T11:00:00Z",)"
            R"("message":{"role":"user","content":"Add a cart"}})"
            "\n"
            R"({"type":"assistant","uuid":"u2",)"
            R"("sessionId":"11111111-2222-4333-8444-555555555555","cwd":")" +
            work +
            R"(/shop","timestamp":"2026-02-05T11:01:00Z","requestId":"r1","message":{"id":"m1",)"
            R"("role":"assistant","model":"claude-opus-4-5",)"
            R"("content":[{"type":"text","text":"Done"}],)"
            R"("usage":{"input_tokens":1000000,"output_tokens":200000}}})"
            "\n");
  write(home /
            ".codex/sessions/2026/02/06/"
            "rollout-2026-02-06T09-00-00-aaaaaaaa-2222-4333-8444-555555555555.jsonl",
        R"({"timestamp":"2026-02-06T09:00:00Z","type":"session_meta","payload":{)"
        R"("id":"aaaaaaaa-2222-4333-8444-555555555555","cwd":")" +
            work +
            R"(/bot","cli_version":"0.50.1"}})"
            "\n"
            R"({"timestamp":"2026-02-06T09:00:01Z","type":"turn_context",)"
            R"("payload":{"model":"gpt-5"}})"
            "\n"
            R"({"timestamp":"2026-02-06T09:10:00Z","type":"event_msg",)"
            R"("payload":{"type":"token_count",)"
            R"("info":{"total_token_usage":{"input_tokens":3000,)"
            R"("cached_input_tokens":1000,"output_tokens":500}}}})"
            "\n");
  write(home / ".maestro/projects/proj_1.json", R"({"id":"proj_1","name":"Garden"})");
  write(home / ".maestro/tasks/proj_1/task_1.json",
        R"({"id":"task_1","projectId":"proj_1","title":"Water the roses","status":"todo"})");
  write(home / ".maestro/sessions/sess_1.json",
        R"({"id":"sess_1","projectId":"proj_1","name":"Roses","status":"working"})");
  write(home / "code/tracker/.beads/issues.jsonl",
        R"({"id":"bd-1","title":"A leak","status":"open","priority":1})"
        "\n");
  write(home / "code/flow/agents/sessions/2026-01-05_map_k7/state.json",
        R"({"session_id":"2026-01-05_map_k7","topic":"Draw the map","current_phase":"build"})");
  write(home / "code/own/.tain/project.json", R"({"id":"prj_own","name":"Own"})");
  write(home / "code/own/.tain/sessions/s_own/state.json",
        R"({"session_id":"s_own","topic":"Own work","current_phase":"plan","status":"running"})");
}

/// Variables with which a program takes `home` for the user's, and nothing else for their own.
inline std::vector<std::string> at_home(const std::filesystem::path& home) {
  std::vector<std::string> variables = {"HOME=" + home.string(),
                                        "XDG_RUNTIME_DIR=" + (home / ".run").string()};
  for (const char* name : {"TAIN_CONFIG=", "TAIN_DB=", "TAIN_SOCKET=", "XDG_CONFIG_HOME=",
                           "XDG_DATA_HOME=", "CLAUDE_CONFIG_DIR=", "CODEX_HOME="}) {
    variables.emplace_back(name);
  }
  return variables;
}

}  // namespace tain::testing
