// A newcomer with years of other programs' files: what `tain roots` finds, and what is answered
// then.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/daemon_fixture.h"
#include "tests/support/family_home.h"
#include "tests/support/jq.h"
#include "tests/support/on_terminal.h"
#include "tests/support/transcripts.h"

namespace tain {
namespace {

using ::testing::AllOf;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Process;
namespace fs = std::filesystem;

class RootsAtHome : public ::testing::Test {
 protected:
  Finished run(const std::string& program, std::vector<std::string> arguments) const {
    const testing::TempDir said;
    arguments.insert(arguments.begin(), std::string(TAIN_BIN_DIR) + "/" + program);
    Process process(arguments, said / "out", said / "err", testing::at_home(home.path()));
    const int status = process.wait();
    return {status, testing::read(said / "out"), testing::read(said / "err")};
  }
  Finished tain(const std::vector<std::string>& arguments) const { return run("tain", arguments); }
  // What must be done, as it was printed.
  std::string answer(const std::string& program, const std::vector<std::string>& arguments) const {
    const Finished finished = run(program, arguments);
    EXPECT_EQ(finished.status, 0) << finished.messages;
    return finished.output;
  }
  std::string report(std::vector<std::string> words) const {
    words.insert(words.begin(), "report");
    words.insert(words.end(), {"--format", "csv"});
    return answer("tain", words);
  }
  std::string select(const std::string& sql) const { return testing::select(db(), sql); }

  std::string path(const std::string& name) const { return (home / name).string(); }
  fs::path db() const { return home / ".local/share/tain/mirror.db"; }
  fs::path config() const { return home / ".config/tain/config.json"; }

  const testing::TempDir home;
};

TEST_F(RootsAtHome, TreesOfAllFamiliesAreDiscoveredAndAnswerWithoutAnyOtherConfiguration) {
  testing::write_all_families(home.path());
  const std::string found = answer("tain", {"roots", "discover", "--yes"});
  EXPECT_THAT(
      found,
      AllOf(HasSubstr("added " + path(".claude/projects")),
            HasSubstr("added " + path(".codex/sessions")), HasSubstr("added " + path(".maestro")),
            HasSubstr("added " + path("code/flow")), HasSubstr("added " + path("code/own")),
            HasSubstr("added " + path("code/tracker"))));
  EXPECT_THAT(answer("tain-syncd", {"once"}), HasSubstr("5 sessions"));
  EXPECT_EQ(report({"cost", "--by", "project"}),
            "cost_of,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cost_usd\n"
            "shop,1000000,200000,0,0,10.0\n"
            "bot,2000,500,1000,0,0.007625\n");
  EXPECT_EQ(report({"sessions-by-phase"}),
            "phase,project,session_id,topic,status,done,total,updated\n"
            "plan,Own,s_own,Own work,running,,,\n"
            "build,flow,2026-01-05_map_k7,Draw the map,running,,,\n"
            ",Garden,sess_1,Roses,running,,,\n"
            ",bot,aaaaaaaa-2222-4333-8444-555555555555,,,,,2026-02-06 09:10:00\n"
            ",shop,11111111-2222-4333-8444-555555555555,Add a cart,,,,2026-02-05 11:01:00\n");
  EXPECT_EQ(select("SELECT title FROM tasks ORDER BY title"), "A leak\nWater the roses");
  EXPECT_EQ(select("SELECT path, reason FROM sync_errors"), "");
}

// Real files of the same families: what jq counts in them is what the reports say.
TEST_F(RootsAtHome, RealTreesAreDiscoveredAndAddUp) {
  TAIN_CORPUS_OR_SKIP(transcripts, "claude-code");
  TAIN_CORPUS_OR_SKIP(sessions, "agent-session/Lascari-AI__claude-code-config/head/agents");
  TAIN_CORPUS_OR_SKIP(beads, "beads/dand-oss__beads_viewer/head/0001__0785a43c4/.beads");
  TAIN_CORPUS_OR_SKIP(maestro, "maestro/raghavared__agent-maestro/assembled-data");
  TAIN_JQ_OR_SKIP();
  const auto files =
      testing::copy_as_claudes(testing::claude_transcripts(transcripts), home.path());
  fs::create_directories(home / "code/viewer");
  fs::create_directories(home / "code/config");
  fs::copy(beads, home / "code/viewer/.beads", fs::copy_options::recursive);
  fs::copy(sessions, home / "code/config/agents", fs::copy_options::recursive);
  fs::copy(maestro, home / ".maestro", fs::copy_options::recursive);
  answer("tain", {"roots", "discover", "--yes"});
  EXPECT_THAT(answer("tain", {"roots", "list"}),
              AllOf(HasSubstr("agent-session"), HasSubstr("beads"), HasSubstr("claude-code"),
                    HasSubstr("maestro")));
  answer("tain-syncd", {"once"});
  std::map<std::string, std::int64_t> tokens;
  for (const Json& row :
       Json::parse(answer("tain", {"report", "cost", "--by", "project", "--format", "json"}))) {
    for (const char* kind : {"input", "output", "cache_read", "cache_write"}) {
      tokens[kind] += row[std::string(kind) + "_tokens"].get<std::int64_t>();
    }
  }
  EXPECT_EQ(std::to_string(tokens["input"]) + "|" + std::to_string(tokens["output"]) + "|" +
                std::to_string(tokens["cache_read"]) + "|" + std::to_string(tokens["cache_write"]),
            testing::jq(testing::kClaudeTokenSums, files));
  const auto states = testing::files_below(
      sessions, [](const fs::path& file) { return file.filename() == "state.json"; });
  std::size_t reported = 0;
  for (const Json& row :
       Json::parse(answer("tain", {"report", "sessions-by-phase", "--format", "json"}))) {
    if (row["project"] == "config") ++reported;
  }
  EXPECT_EQ(reported, states.size());
  EXPECT_GT(reported, 0U);
}

TEST_F(RootsAtHome, ATreeIsRecognisedHoweverItsRootIsNamed) {
  testing::write_all_families(home.path());
  const auto layouts_below = [&](const std::string& root) {
    const std::string mirror = path("of-one-root.db");
    fs::remove(mirror);
    answer("tain-syncd", {"once", "--root", path(root), "--db", mirror});
    return testing::select(mirror, "SELECT DISTINCT layout FROM files ORDER BY layout");
  };
  EXPECT_EQ(layouts_below(".claude"), "claude-code");
  EXPECT_EQ(layouts_below(".claude/projects"), "claude-code");
  EXPECT_EQ(layouts_below(".claude/projects/-work-shop"), "claude-code");
  EXPECT_EQ(layouts_below(".codex"), "codex");
  EXPECT_EQ(layouts_below(".codex/sessions"), "codex");
  EXPECT_EQ(layouts_below(".codex/sessions/2026"), "codex");
  EXPECT_EQ(layouts_below(".maestro"), "maestro");
  EXPECT_EQ(layouts_below(".maestro/tasks"), "maestro");
  EXPECT_EQ(layouts_below("code/tracker"), "beads");
  EXPECT_EQ(layouts_below("code/tracker/.beads"), "beads");
  EXPECT_EQ(layouts_below("code/flow/agents/sessions"), "agent-session");
  EXPECT_EQ(layouts_below("code/own/.tain"), "native");
  EXPECT_EQ(layouts_below(""), "agent-session\nbeads\nclaude-code\ncodex\nmaestro\nnative");
}

TEST_F(RootsAtHome, ARootInWhichNothingIsRecognisedIsSaid) {
  fs::create_directories(home / "code");
  const Finished once = run("tain-syncd", {"once", "--root", path("code")});
  EXPECT_EQ(once.status, 0);
  EXPECT_THAT(once.messages, HasSubstr(path("code") + ": no layout recognises a file there"));
  testing::write_all_families(home.path());
  EXPECT_THAT(run("tain-syncd", {"once", "--root", path("code")}).messages,
              Not(HasSubstr("no layout")));
}

TEST_F(RootsAtHome, WithoutAnyRootBothProgramsNameTheWayToOne) {
  for (const char* command : {"run", "once"}) {
    const Finished daemon = run("tain-syncd", {command});
    EXPECT_EQ(daemon.status, 2);
    EXPECT_THAT(daemon.messages, HasSubstr("`tain roots discover`"));
  }
  const Finished status = tain({"status"});
  EXPECT_EQ(status.status, 1);
  EXPECT_THAT(status.output, HasSubstr("`tain roots discover`"));
}

TEST_F(RootsAtHome, TheRowsOfARemovedRootGoWithTheNextStart) {
  testing::write_all_families(home.path());
  answer("tain", {"roots", "add", path("code"), path(".maestro")});
  answer("tain-syncd", {"once"});
  EXPECT_EQ(select("SELECT session_id FROM sessions WHERE session_id = 's_own'"), "s_own");
  EXPECT_THAT(answer("tain", {"roots", "remove", path("code")}),
              HasSubstr("with the next `tain-syncd once`"));
  EXPECT_EQ(select("SELECT session_id FROM sessions WHERE session_id = 's_own'"), "s_own");
  answer("tain-syncd", {"once"});
  EXPECT_EQ(select("SELECT session_id FROM sessions"), "sess_1");
  EXPECT_EQ(select("SELECT path FROM roots"), path(".maestro"));
  EXPECT_TRUE(fs::exists(home / "code/own/.tain/sessions/s_own/state.json"));
}

TEST_F(RootsAtHome, ARunningDaemonTakesOverChangesAtOnce) {
  testing::write_all_families(home.path());
  answer("tain", {"roots", "add", path(".maestro")});
  fs::create_directories(home / ".run/tain");
  testing::DaemonFixture daemon;
  daemon.environment = testing::at_home(home.path());
  daemon.names_root = false;
  daemon.start();
  const std::string socket = daemon.socket().string();
  const std::string added = answer("tain", {"roots", "add", path("code/own"), "--socket", socket});
  EXPECT_THAT(
      added, HasSubstr("(pid " + std::to_string(daemon.process().pid()) + ") has taken that over"));
  EXPECT_EQ(daemon.select("SELECT session_id FROM sessions ORDER BY 1"), "s_own\nsess_1");
  answer("tain", {"roots", "remove", path(".maestro"), "--socket", socket});
  EXPECT_EQ(daemon.select("SELECT session_id FROM sessions"), "s_own");
}

TEST_F(RootsAtHome, ADaemonWithRootsOfItsOwnIsSaidToKeepThem) {
  testing::write_all_families(home.path());
  testing::DaemonFixture daemon;
  daemon.environment = testing::at_home(home.path());
  daemon.start();
  const Finished added =
      tain({"roots", "add", path("code/own"), "--socket", daemon.socket().string()});
  EXPECT_EQ(added.status, 1);
  EXPECT_THAT(added.messages, HasSubstr("was started with --root"));
}

TEST_F(RootsAtHome, OnATerminalItAsks) {
  testing::write_all_families(home.path());
  std::string command;
  for (const std::string& variable : testing::at_home(home.path())) command += variable + " ";
  command += std::string(TAIN_BIN_DIR) + "/tain roots discover";
  const auto discover = [&](const std::string& keys) {
    return testing::run_on_terminal(command, 5, 200, {}, "? [y/N] ", keys);
  };
  const testing::Shown refused = discover("n\n");
  EXPECT_EQ(refused.wait_status, 0);
  EXPECT_THAT(refused.text, AllOf(HasSubstr("Add these 6 roots to " + config().string()),
                                  HasSubstr("nothing was added")));
  EXPECT_FALSE(fs::exists(config()));
  const testing::Shown taken = discover("y\n");
  EXPECT_EQ(taken.wait_status, 0);
  EXPECT_THAT(taken.text, HasSubstr("added " + path(".maestro")));
  EXPECT_TRUE(fs::exists(config()));
}

}  // namespace
}  // namespace tain
