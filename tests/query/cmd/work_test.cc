// `tain agent|execution|worker|config|session-task`: what workers and background work do from a
// shell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fs/paths.h"
#include "core/state/agent_registry.h"
#include "core/state/execution_queue.h"
#include "core/state/session_tasks.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WorkCommand : public ::testing::Test {
 protected:
  WorkCommand() {
    Tain{.clock = clock_.clock()}({"project", "new", root_, "--name", "Rocket", "--id", "p1"});
    ok({"task", "new", "T", "--id", "t"});
    ok({"session", "new", "--topic", "S", "--id", "s"});
  }

  Outcome tain(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(),
                     {"--project", root_, "--socket", (directory_ / "no-daemon").string()});
    return Tain{.clock = clock_.clock()}(arguments);
  }
  std::string ok(const std::vector<std::string>& arguments) {
    const Outcome outcome = tain(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    return outcome.out.substr(0, outcome.out.find_last_not_of('\n') + 1);
  }
  Json ok_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "json"});
    return Json::parse(ok(arguments))[0];
  }
  std::string fails(const std::vector<std::string>& arguments, int status = kFailed) {
    const Outcome outcome = tain(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }
  void add_agent_that_fixes() {
    ok({"agent", "add", "Claude Code", "--binary", "claude"});
    ok({"agent", "capability", "claude-code", "fix", "--mode", "prompt"});
  }

  testing::TempDir directory_;
  std::string root_ = directory_ / "rocket";
  testing::FakeClock clock_;
};

TEST_F(WorkCommand, AnAgentIsAddedWithAllThatIsGiven) {
  EXPECT_EQ(ok({"agent",
                "add",
                "Claude Code",
                "--binary",
                "/bin/claude",
                "--arg",
                "-p",
                "--kind",
                "builtin",
                "--working-dir",
                "/src",
                "--env",
                "HOME",
                "--max-concurrent",
                "3",
                "--discovery",
                "preset",
                "--version-text",
                "2.1",
                "--package",
                "claude",
                "--section",
                "ai",
                "--type",
                "ai-agent",
                "--mcp",
                "yes",
                "--session-config",
                R"({"sessionIdSource":"none"})",
                "--scanned",
                "2026-02-01",
                "--owner",
                "ann",
                "--metadata",
                R"({"icon":"c"})",
                "--id",
                "claude"}),
            "claude");
  const Agent agent = AgentRegistry(root_).find("claude-code");
  EXPECT_EQ(agent.id, "claude");
  EXPECT_EQ(agent.binary_path, "/bin/claude");
  EXPECT_THAT(agent.base_args, ElementsAre("-p"));
  EXPECT_EQ(agent.kind, AgentKind::builtin);
  EXPECT_EQ(agent.working_dir, "/src");
  EXPECT_THAT(agent.env_allowlist, ElementsAre("HOME"));
  EXPECT_EQ(agent.max_concurrent, 3);
  EXPECT_EQ(agent.discovery_method, DiscoveryMethod::preset);
  EXPECT_EQ(agent.version, "2.1");
  EXPECT_EQ(agent.package_name, "claude");
  EXPECT_EQ(agent.package_section, "ai");
  EXPECT_EQ(agent.tool_type, "ai-agent");
  EXPECT_TRUE(agent.mcp_enabled);
  EXPECT_EQ(agent.session_config, (Json{{"sessionIdSource", "none"}}));
  EXPECT_EQ(agent.last_scanned_at.value().ms, 1769904000000);
  EXPECT_EQ(agent.owner_id, "ann");
  EXPECT_EQ(agent.metadata, (Json{{"icon", "c"}}));
  ok({"agent", "edit", "claude", "--name", "CC", "--mcp", "no"});
  EXPECT_EQ(ok_json({"agent", "disable", "claude"})["is_active"], false);
  EXPECT_EQ(ok_json({"agent", "enable", "claude"})["name"], "CC");
  EXPECT_THAT(fails({"agent", "edit", "claude", "--mcp", "maybe"}, kMisused),
              HasSubstr("yes or no"));
  EXPECT_THAT(fails({"agent", "show", "nobody"}), HasSubstr("nobody"));
}

TEST_F(WorkCommand, ACapabilityIsAddedChangedAndForgotten) {
  ok({"agent", "add", "Make"});
  const Json agent = ok_json({"agent",      "capability", "make",          "all",
                              "--token",    "make",       "--token",       "all",
                              "--label",    "All",        "--description", "d",
                              "--source",   "scan_help",  "--args-schema", "{\"type\":\"object\"}",
                              "--approval", "yes",        "--danger",      "1",
                              "--timeout",  "60",         "--max-output",  "1000"});
  const Json& capability = agent["capabilities"][0];
  EXPECT_EQ(capability["command_tokens"], (Json{"make", "all"}));
  EXPECT_EQ(capability["requires_approval"], true);
  EXPECT_EQ(capability["danger_level"], 1);
  EXPECT_EQ(capability["timeout_sec"], 60);
  EXPECT_EQ(capability["max_output_bytes"], 1000);
  EXPECT_EQ(capability["source"], "scan_help");
  EXPECT_EQ(ok_json({"agent", "capability", "make", "all", "--change", "--enabled",
                     "no"})["capabilities"][0]["is_enabled"],
            false);
  EXPECT_THAT(fails({"agent", "capability", "make", "all", "--token", "x"}, kMisused),
              HasSubstr("all twice"));
  EXPECT_THAT(fails({"agent", "capability", "make", "lint"}, kMisused),
              HasSubstr("agent make, capability lint: expected command_tokens"));
  EXPECT_EQ(ok_json({"agent", "forget", "make", "all"})["capabilities"], Json::array());
}

TEST_F(WorkCommand, AnExecutionGoesThroughTheQueue) {
  add_agent_that_fixes();
  const std::string run = ok({"execution", "queue", "t", "claude-code", "fix", "--prompt", "do",
                              "--args", "{\"n\":1}", "--requested-by", "ann", "--retries", "1"});
  EXPECT_EQ(ok({"execution", "claim", "w1"}), run);
  EXPECT_THAT(fails({"execution", "claim", "w2"}), HasSubstr("nothing is queued"));
  EXPECT_EQ(ok({"execution", "heartbeat", run, "w1"}), "running");
  ok({"execution", "update", run, "w1", "--pid", "7", "--session-ref", "s1", "--tmux", "m",
      "--log-file", "out", "--log-bytes", "10", "--log-lines", "2"});
  EXPECT_THAT(fails({"execution", "finish", run, "w2", "succeeded"}),
              HasSubstr("worker w1 has it"));
  ok({"execution", "finish", run, "w1", "failed", "--exit-code", "2", "--error", "bad"});
  Execution execution = ExecutionQueue(root_).get(run);
  EXPECT_EQ(execution.exit_code, 2);
  EXPECT_EQ(execution.error, "bad");
  EXPECT_EQ(execution.pid, 7);
  EXPECT_EQ(execution.log.file_path, "out");
  EXPECT_EQ(execution.log.line_count, 2);
  EXPECT_EQ(execution.args, (Json{{"n", 1}}));
  EXPECT_EQ(ok_json({"execution", "retry", run})["retry_count"], 1);
  ok({"execution", "claim", "w1"});
  EXPECT_EQ(ok_json({"execution", "cancel", run})["status"], "cancelling");
  EXPECT_EQ(ok({"execution", "heartbeat", run, "w1"}), "cancelling");
  clock_.advance(121'000);
  EXPECT_EQ(ok({"execution", "reap", "120"}), run + " cancelled");
  EXPECT_THAT(fails({"execution", "retry", run}), HasSubstr("cancelled"));
  EXPECT_THAT(ok({"execution", "show", run}), HasSubstr("cancelled"));
}

TEST_F(WorkCommand, WorkersAndSettingsAreWritten) {
  EXPECT_EQ(ok_json({"worker", "beat", "w1", "--metadata", "{\"host\":\"h\"}"})["metadata"]["host"],
            "h");
  ok({"config", "set", "poll.ms", "500"});
  EXPECT_EQ(ok({"config", "get", "poll.ms"}), "500");
  ok({"config", "unset", "poll.ms"});
  EXPECT_THAT(fails({"config", "get", "poll.ms"}), HasSubstr("no setting poll.ms"));
  EXPECT_THAT(fails({"config", "set", "poll.ms", "{"}, kMisused), HasSubstr("JSON"));
}

TEST_F(WorkCommand, BackgroundWorkReportsAsksAndIsAnswered) {
  const std::string job = ok({"session-task", "new", "s", "subagent", "--name", "Tests", "--spec",
                              "{\"n\":1}", "--wake", "silent", "--running", "--resource", "r1"});
  ok({"session-task", "report", "s", job, "--current", "1", "--total", "2.5", "--unit", "files",
      "--label", "reading", "--resource", "r2", "--child-session", "c"});
  ok({"session-task", "report", "s", job, "--ask", "Which?", "--ask-id", "q1", "--expected",
      "{\"type\":\"string\"}"});
  EXPECT_THAT(fails({"session-task", "post", "s", job, "x", "--reply-to", "q2"}), HasSubstr("q2"));
  const Json reply = ok_json({"session-task", "post", "s", job, "main", "--reply-to", "q1",
                              "--data", "{\"b\":2}", "--file", "a.txt"});
  EXPECT_EQ(reply["direction"], "inbound");
  EXPECT_EQ(reply["content"].size(), 3u);
  EXPECT_EQ(ok({"session-task", "take-over", "s", job, "w2"}), "2");
  EXPECT_THAT(fails({"session-task", "report", "s", job, "--attempt", "1", "--summary", "x"}),
              HasSubstr("attempt 1"));
  ok({"session-task", "heartbeat", "s", job, "--attempt", "2"});
  ok({"session-task", "post", "s", job, "nearly done", "--outbound"});
  ok({"session-task", "report", "s", job, "--artifact",
      R"([{"name":"log","type":"file","path":"out"}])", "--summary", "good", "--state",
      "succeeded"});
  ok({"session-task", "result", "s", job, "[1, 2]"});
  const auto directory = session_directory(root_, "s");
  const SessionTask done = SessionTaskRegistry(directory).get(job);
  EXPECT_EQ(done.state, SessionTaskState::succeeded);
  EXPECT_EQ(done.progress.total, 2.5);
  EXPECT_THAT(done.links.resource_ids, ElementsAre("r1", "r2"));
  EXPECT_EQ(done.links.child_session_id, "c");
  EXPECT_EQ(done.artifacts.at(0).path, "out");
  EXPECT_EQ(done.result_path, "tasks/" + job + "/result.json");
  EXPECT_EQ(testing::read(directory / *done.result_path), "[\n  1,\n  2\n]\n");
  EXPECT_THAT(ok({"session-task", "show", "s", job}),
              ::testing::AllOf(HasSubstr("inbound: main"), HasSubstr("outbound: nearly done")));
  EXPECT_EQ(ok_json({"session-task", "cancel", directory, job})["state"], "succeeded");
  EXPECT_THAT(fails({"session-task", "show", "s", "nope"}), HasSubstr("nope"));
  EXPECT_THAT(fails({"session-task", "report", "s", job, "--artifact", "[3]"}, kMisused),
              HasSubstr("/0"));
}

}  // namespace
}  // namespace tain::query
