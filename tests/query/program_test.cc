// What only the real program shows: its exit status, and what it does when its output goes wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/fs/paths.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;

class Program : public ::testing::Test {
 protected:
  Program() { testing::make_mirror(directory_ / "mirror.db"); }

  // Runs a shell script in which `tain` is the program and TAIN_DB the mirror; standard output and
  // standard error go to the files of those names.
  int run(const std::string& script) {
    const std::string whole = "cd '" + directory_.path().string() +
                              "' && export TAIN_DB=$PWD/mirror.db TAIN_SOCKET=$PWD/s && tain() { " +
                              std::string(TAIN_PROGRAM) + " \"$@\"; } && (" + script +
                              ") >stdout 2>stderr";
    const int status = std::system(("exec bash -c " + quoted(whole)).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string out() const { return testing::read(directory_ / "stdout"); }
  std::string err() const { return testing::read(directory_ / "stderr"); }

  static std::string quoted(const std::string& text) {
    std::string shell = "'";
    for (const char c : text) shell += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return shell + "'";
  }

  static constexpr const char* kEndless =
      "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c";

  testing::TempDir directory_;
};

TEST_F(Program, LeavesWithZeroOneOrTwo) {
  EXPECT_EQ(run("tain sql --format csv 'SELECT 1 AS a'"), 0);
  EXPECT_EQ(out(), "a\n1\n");
  EXPECT_EQ(run("tain sql 'SELECT nothing FROM nowhere'"), 1);
  EXPECT_EQ(run("tain sql"), 2);
  EXPECT_EQ(run("tain status"), 1);
}

TEST_F(Program, AShellScriptIsAnAgent) {
  EXPECT_EQ(run("set -e; tain project new --name P; id=$(tain session new --topic T --type quick);"
                "tain session build $id 1; tain session phase $id build;"
                "run=$(tain session run $id start build);"
                "tain session run $id usage $run --input 3; tain session run $id finish $run;"
                "tain session checkpoint $id complete 1; tain session phase $id complete;"
                "tain session status $id completed; tain session show $id"),
            0)
      << err();
  EXPECT_THAT(out(), HasSubstr("status           | completed\n"));
}

TEST_F(Program, EndsQuietlyWhenNobodyReadsOn) {
  for (const char* format : {"csv", "json", "table"}) {
    EXPECT_EQ(run(std::string("tain sql --format ") + format + " '" + kEndless + "' | head -n 2"),
              0);
    EXPECT_EQ(err(), "") << format;
  }
}

// One call of a function, in which SQLite never looks at the clock: hours, if nobody ended it.
TEST_F(Program, AStatementThatCannotBeStoppedEndsTheProgramWithTheSameWords) {
  EXPECT_EQ(run("tain sql --timeout 0.2 \"SELECT instr(replace(hex(zeroblob(10000000)), '0', 'a'), "
                "replace(hex(zeroblob(5000000)), '0', 'a') || 'b')\""),
            1);
  EXPECT_EQ(out(), "");
  const std::string hard = err();
  EXPECT_EQ(run(std::string("tain sql --timeout 0.2 \"SELECT count(*) FROM (") + kEndless + ")\""),
            1);
  EXPECT_EQ(hard, err());
  EXPECT_THAT(hard, HasSubstr("the answer takes longer than 201 ms"));
}

TEST_F(Program, AReaderWhoTakesHisTimeIsWaitedFor) {
  EXPECT_EQ(
      run("tain sql --timeout 0.5 --format csv 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT "
          "n + 1 FROM c LIMIT 50000) SELECT n FROM c' | (sleep 3; tail -n 1)"),
      0);
  EXPECT_EQ(out(), "50000\n");
  EXPECT_EQ(err(), "");
}

TEST_F(Program, AnOutputThatCannotBeWrittenIsAFailure) {
  const std::vector<std::string> commands = {"sql 'SELECT 1'",
                                             "sql --format csv '" + std::string(kEndless) + "'",
                                             "status --format json", "--help", "--version"};
  for (const std::string& arguments : commands) {
    EXPECT_EQ(run("tain " + arguments + " >/dev/full"), 1) << arguments;
    EXPECT_EQ(
        err(),
        "tain: write standard output: No space left on device; free some space and try again\n");
  }
}

TEST_F(Program, AWriteIsDoneThoughItsAnswerCannotBePrinted) {
  EXPECT_EQ(run("tain project new --name P --id p >/dev/full"), 1);
  EXPECT_TRUE(std::filesystem::exists(project_file(directory_.path())));
}

TEST_F(Program, ReadsAStatementFromAPipeOfTheShell) {
  EXPECT_EQ(run("tain sql --format csv -f <(echo 'SELECT 7 AS a')"), 0) << err();
  EXPECT_EQ(out(), "a\n7\n");
}

TEST_F(Program, TheShellIsSqlitesOwnAndOnlyReads) {
  if (std::system("command -v sqlite3 >/dev/null") != 0) GTEST_SKIP() << "no sqlite3";
  EXPECT_EQ(run("echo 'SELECT count(*) AS n FROM sessions' | tain shell"), 0) << err();
  EXPECT_EQ(out(), "n\n0\n");
  EXPECT_NE(run("echo 'DELETE FROM meta' | tain shell"), 0);
  EXPECT_THAT(err(), HasSubstr("readonly"));
}

// script(1) gives it a terminal.
TEST_F(Program, OnATerminalTheShellBeginsWithTheViews) {
  if (std::system("command -v sqlite3 script >/dev/null") != 0) GTEST_SKIP() << "no script(1)";
  EXPECT_EQ(run("script -qec \"" + std::string(TAIN_PROGRAM) + " shell\" /dev/null <<<.quit"), 0)
      << err();
  EXPECT_THAT(out(), HasSubstr("Views (.tables lists the tables too"));
  EXPECT_THAT(out(), HasSubstr("  project_costs       Tokens and cost of each project"));
}

TEST_F(Program, WithoutSqlitesShellItSaysWhatToInstall) {
  EXPECT_EQ(run("PATH=/nowhere; tain shell"), 1);
  EXPECT_EQ(err(), "tain: run sqlite3: it is not installed; the Debian package sqlite3 has it\n");
}

TEST_F(Program, TheShellNeedsAMirror) {
  EXPECT_EQ(run("TAIN_DB=$PWD/none.db tain shell"), 1);
  EXPECT_THAT(err(), HasSubstr("there is no mirror yet"));
}

TEST_F(Program, WideCharactersAreAlignedInEveryLocale) {
  const std::string sql = "tain sql \"SELECT '日本' AS a, 1 AS b UNION ALL SELECT 'x', 2\"";
  EXPECT_EQ(run("export LC_ALL=C; " + sql), 0);
  EXPECT_EQ(out(), "a    | b\n-----+--\n日本 | 1\nx    | 2\n(2 rows)\n");
}

}  // namespace
}  // namespace tain::query
