// tain-syncd once, and what the command line answers to misuse.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon_fixture.h"
#include "tests/support/on_terminal.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::Finished;
using ::testing::HasSubstr;
using testing::run_tain_syncd;
using testing::TempDir;
namespace fs = std::filesystem;

class OnceTest : public ::testing::Test {
 protected:
  Finished once(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), {"once", "--db", db.string()});
    // No configuration of the user who runs this.
    return run_tain_syncd(arguments, {"TAIN_CONFIG=" + (directory / "none.json").string()});
  }
  TempDir directory;
  const fs::path tree = directory / "tree";
  const fs::path db = directory / "m.db";
};

TEST_F(OnceTest, IsDoneWhenTheMirrorIsUpToDateBadFilesIncluded) {
  testing::write(tree / "p/.tain/sessions/s1/state.json", R"({"topic": "t"})");
  testing::write(tree / "p/.tain/sessions/s2/state.json", "{");
  const Finished run = once({"--root", tree.string()});
  EXPECT_EQ(run.status, 0) << run.messages;
  EXPECT_THAT(run.output, HasSubstr("2 files of 1 projects, 1 sessions"));
  EXPECT_THAT(run.output, HasSubstr("1 errors"));
  EXPECT_EQ(testing::select(db, "SELECT topic FROM sessions"), "t");
}

TEST_F(OnceTest, LeavesWhatIsUpToDateAsItIs) {
  testing::write(tree / "p/.tain/sessions/s1/state.json", R"({"topic": "t"})");
  once({"--root", tree.string()});
  const std::string before = testing::select(db, "SELECT seq FROM files");
  EXPECT_EQ(once({"--root", tree.string()}).status, 0);
  EXPECT_EQ(testing::select(db, "SELECT seq FROM files"), before);
}

TEST_F(OnceTest, FailsForARootThatIsMissingAndMirrorsTheOthers) {
  testing::write(tree / "p/.tain/sessions/s1/state.json", R"({"topic": "t"})");
  const std::string missing = (directory / "missing").string();
  const Finished run = once({"--root", missing, "--root", tree.string()});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.messages, HasSubstr(missing + " is unavailable: No such file or directory\n"));
  EXPECT_EQ(testing::select(db, "SELECT topic FROM sessions"), "t");
}

TEST_F(OnceTest, FailsBesideARunningDaemon) {
  DaemonFixture daemon;
  daemon.start();
  const Finished run =
      run_tain_syncd({"once", "--root", daemon.root().string(), "--db", daemon.db().string()});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.messages, HasSubstr("another tain-syncd writes this mirror"));
}

TEST_F(OnceTest, FailsForADatabaseThatIsNoMirror) {
  {
    sqlite::Database other(db, sqlite::Database::Mode::read_write);
    other.run("CREATE TABLE precious(x)");
  }
  fs::create_directory(tree);
  const Finished run = once({"--root", tree.string()});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.messages, HasSubstr("not a mirror of Tain"));
}

TEST_F(OnceTest, IsMisusedWithoutRootsAndSaysHowToNameThem) {
  const Finished run = once();
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.messages, HasSubstr("--root DIR"));
}

TEST_F(OnceTest, IsMisusedWithABadFlag) {
  const Finished run = once({"--rot", "x"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.messages, HasSubstr("--rot"));
}

TEST_F(OnceTest, FailsForAConfigurationWithAnUnknownKey) {
  testing::write(directory / "c.json", R"({"rots": []})");
  const Finished run = once({"--config", (directory / "c.json").string()});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.messages, HasSubstr("/rots"));
}

TEST(CommandLine, WithoutACommandIsMisused) {
  EXPECT_EQ(run_tain_syncd({}).status, 2);
  EXPECT_EQ(run_tain_syncd({"dance"}).status, 2);
}

TEST(CommandLine, TellsItsVersionAndItsHelp) {
  const Finished version = run_tain_syncd({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, HasSubstr("."));
  const Finished help = run_tain_syncd({"run", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("--root"));
}

TEST_F(OnceTest, OnATerminalTheLogStandsOnLinesOfItsOwn) {
  DaemonFixture daemon;
  testing::write(daemon.root() / "p/.tain/sessions/s/state.json", R"({"session_id": "s"})");
  const std::string once = testing::tain_syncd() + " once --root " + daemon.root().string() +
                           " --db " + daemon.db().string();
  const testing::Shown plain =
      testing::run_on_terminal(once, 24, 80, {{"NO_COLOR", "1"}, {"TERM", "xterm"}});
  EXPECT_EQ(plain.wait_status, 0);
  EXPECT_THAT(plain.text, HasSubstr(" files\x1b[K20"));
  EXPECT_THAT(plain.text, HasSubstr("info: caught up"));
  const testing::Shown coloured =
      testing::run_on_terminal(once, 24, 80, {{"NO_COLOR", ""}, {"TERM", "xterm"}});
  EXPECT_THAT(coloured.text, HasSubstr("\x1b[32minfo"));
}

}  // namespace
}  // namespace tain
