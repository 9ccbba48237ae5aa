// Other people's tools on the mirror, while the daemon writes it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <sstream>

#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

bool has_tool(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

fs::path tool_script(const std::string& name) {
  return fs::path(TAIN_SOURCE_DIR) / "tests" / "e2e" / "tools" / name;
}

// The fenced blocks of a Markdown page whose fence is `fence`.
std::vector<std::string> fenced_blocks(const std::string& page, const std::string& fence) {
  std::vector<std::string> blocks;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    } else if (line == "```" + fence) {
      inside = true;
      blocks.emplace_back();
    }
  }
  return blocks;
}

class OtherTools : public ::testing::Test {
 protected:
  // A shell script in which $db is the mirror and `tain` the program, for as long as it lasts.
  struct Ran {
    int status;
    std::string out;
    std::string err;
  };
  Ran run(const std::string& script) {
    const fs::path file = directory_ / "script";
    const std::string bin = TAIN_BIN_DIR;
    testing::write(file, "set -euo pipefail\ncd '" + directory_.path().string() +
                             "'\nexport PATH='" + bin + "':$PATH HOME='" +
                             directory_.path().string() + "' XDG_DATA_HOME= TAIN_DB='" +
                             daemon.db().string() + "' TAIN_SOCKET='" + daemon.socket().string() +
                             "'\ndb=$TAIN_DB\n" + script);
    const int status =
        std::system(("exec bash '" + file.string() + "' >'" + (directory_ / "out").string() +
                     "' 2>'" + (directory_ / "err").string() + "'")
                        .c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, testing::read(directory_ / "out"),
            testing::read(directory_ / "err")};
  }

  void write_without_end() {
    writer_.emplace(
        std::vector<std::string>{"/usr/bin/env", "python3", tool_script("write_sessions.py"),
                                 (daemon.root() / "p").string()},
        directory_ / "writer.out", directory_ / "writer.err");
  }
  // The daemon has had no trouble, and has mirrored what is there.
  void expect_a_sound_daemon() {
    writer_.reset();
    daemon.flush();
    EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
    EXPECT_EQ(daemon.ask({{"command", "status"}})["last_error"], nullptr);
    EXPECT_THAT(daemon.log(), Not(HasSubstr(" error ")));
    EXPECT_THAT(daemon.log(), Not(HasSubstr(" warning ")));
    EXPECT_EQ(daemon.stop(), 0);
  }

  // Two projects whose sessions, runs and costs are known.
  void save_a_little() {
    StateOptions fast;
    fast.durability = Durability::none;
    const SessionOptions silent = {{fast, SyncNotifier(fs::path())}};
    for (const std::string name : {"atlas", "beacon"}) {
      const fs::path project = daemon.root() / name;
      create_project(project, {.name = name}, silent);
      for (int i = 0; i < (name == "atlas" ? 3 : 2); ++i) {
        auto session = SessionStateManager::create(project, {.topic = "t"}, silent);
        const AgentRun run = session.start_agent_run(
            {.agent_type = "build", .model = i == 0 ? "large-1" : "small-1"});
        session.add_agent_run_usage(run.id, {.input_tokens = 100 + i, .cost_usd = 0.25 + i});
        session.finish_agent_run(run.id);
      }
    }
  }

  // In every state of a session's file these are as many as the file says.
  static constexpr const char* kTornFiles =
      "SELECT count(*) FROM sessions s WHERE checkpoints_total IS NOT (SELECT count(*) FROM "
      "session_commits c WHERE c.file_id = s.file_id) OR checkpoints_total IS NOT (SELECT count(*) "
      "FROM session_decisions d WHERE d.file_id = s.file_id)";

  testing::TempDir directory_;
  DaemonFixture daemon;
  std::optional<testing::Process> writer_;
};

TEST_F(OtherTools, PythonNeverSeesAPartOfAFileWhileTheDaemonWrites) {
  daemon.start();
  write_without_end();
  const Ran python = run("python3 '" + tool_script("read_mirror.py").string() + "' \"$db\"");
  EXPECT_EQ(python.status, 0) << python.err;
  EXPECT_EQ(python.out, "consistent\n");
  expect_a_sound_daemon();
}

TEST_F(OtherTools, TheSqliteShellNeverSeesAPartOfAFileWhileTheDaemonWrites) {
  if (!has_tool("sqlite3")) GTEST_SKIP() << "sqlite3 is not installed";
  daemon.start();
  write_without_end();
  const Ran shell =
      run("end=$((SECONDS + 120)); seen=0; last=\n"
          "while [ $seen -lt 10 ] && [ $SECONDS -lt $end ]; do\n"
          "  answer=$(sqlite3 -readonly \"$db\" \"" +
          std::string(kTornFiles) +
          "; SELECT group_concat(topic) FROM sessions\")\n"
          "  [ \"${answer%%$'\\n'*}\" = 0 ] || { echo torn; exit 1; }\n"
          "  if [ \"$answer\" != \"$last\" ]; then seen=$((seen + 1)); last=$answer; fi\n"
          "done\n"
          "echo $seen\n");
  EXPECT_EQ(shell.status, 0) << shell.err;
  EXPECT_EQ(shell.out, "10\n");
  expect_a_sound_daemon();
}

// It opens the mirror for writing, as many tools do; as long as nobody writes, nothing happens.
TEST_F(OtherTools, SqliteUtilsNeverSeesAPartOfAFileWhileTheDaemonWrites) {
  if (!has_tool("sqlite-utils")) GTEST_SKIP() << "sqlite-utils is not installed";
  daemon.start();
  write_without_end();
  const Ran tool = run("for i in 1 2 3 4 5; do sqlite-utils query \"$db\" --csv --no-headers \"" +
                       std::string(kTornFiles) + "\" | tr -d '\\r'; done\n");
  EXPECT_EQ(tool.status, 0) << tool.err;
  EXPECT_EQ(tool.out, "0\n0\n0\n0\n0\n");
  expect_a_sound_daemon();
}

TEST_F(OtherTools, AllOfThemJoinAndSumUpAlike) {
  save_a_little();
  daemon.start();
  const std::string sql =
      "SELECT p.name, count(*) AS runs, sum(r.input_tokens) AS tokens, sum(r.cost_usd) AS cost "
      "FROM agent_runs r JOIN sessions s USING (session_id, project_key) "
      "JOIN projects p USING (project_key) GROUP BY p.name ORDER BY p.name";
  const std::string expected = "name,runs,tokens,cost\natlas,3,303,3.75\nbeacon,2,201,1.5\n";
  EXPECT_EQ(run("tain sql --fresh --format csv '" + sql + "'").out, expected);
  if (has_tool("sqlite3")) {
    EXPECT_EQ(run("sqlite3 -readonly -header -csv \"$db\" '" + sql + "' | tr -d '\\r'").out,
              expected);
  }
  if (has_tool("sqlite-utils")) {
    EXPECT_EQ(run("sqlite-utils query \"$db\" --csv '" + sql + "' | tr -d '\\r'").out, expected);
  }
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(OtherTools, DuckDbSumsUpTheJsonLinesOfTainSqlAlike) {
  if (!has_tool("npm")) GTEST_SKIP() << "npm is not installed";
  const std::string prefix = (fs::path(TAIN_BIN_DIR) / ".." / "duckdb").lexically_normal().string();
  const Ran install = run("mkdir -p '" + prefix + "'; cd '" + prefix +
                          "'; [ -d node_modules/@duckdb/node-api ] || npm install --no-audit "
                          "--no-fund --no-save @duckdb/node-api@1.4.4-r.1");
  if (install.status != 0) GTEST_SKIP() << "DuckDB's npm package cannot be had: " << install.err;
  save_a_little();
  daemon.start();
  const Ran sums =
      run("tain sql --fresh --format jsonl 'SELECT model, input_tokens, cost_usd FROM "
          "agent_runs' >runs.jsonl\nfile=$PWD/runs.jsonl\ncd '" +
          prefix + "'\nnode '" + tool_script("duckdb_sums.mjs").string() + "' \"$file\"\n");
  EXPECT_EQ(sums.status, 0) << sums.err;
  EXPECT_EQ(sums.out,
            run("tain sql --format csv 'SELECT model, count(*) AS runs, sum(input_tokens) AS "
                "input_tokens, sum(cost_usd) AS cost_usd FROM agent_runs GROUP BY model ORDER BY "
                "model'")
                .out);
  EXPECT_EQ(sums.out, "model,runs,input_tokens,cost_usd\nlarge-1,2,200,0.5\nsmall-1,3,304,4.75\n");
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(OtherTools, TheRecipesOfTheReadmeWork) {
  if (!has_tool("sqlite3") || !has_tool("sqlite-utils")) GTEST_SKIP() << "tools are missing";
  save_a_little();
  daemon.start();
  daemon.flush();
  fs::create_directories(directory_ / ".local/share/tain");
  fs::create_symlink(daemon.db(), directory_ / ".local/share/tain/mirror.db");
  const std::string readme = testing::read(fs::path(TAIN_SOURCE_DIR) / "query" / "README.md");
  const std::vector<std::string> recipes = fenced_blocks(readme, "sh recipe");
  EXPECT_GE(recipes.size(), 3U);
  for (const std::string& recipe : recipes) {
    const Ran ran = run(recipe);
    EXPECT_EQ(ran.status, 0) << recipe << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("atlas")) << recipe;
  }
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace tain
