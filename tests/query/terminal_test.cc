// The program on a real terminal: its size, colours, and the pager.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mirror_file.h"
#include "tests/support/on_terminal.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class OnTerminal : public ::testing::Test {
 protected:
  OnTerminal() {
    testing::make_mirror(directory_ / "mirror.db");
    environment_ = {{"TAIN_DB", directory_ / "mirror.db"},
                    {"TAIN_SOCKET", directory_ / "s"},
                    {"TERM", "xterm"},
                    {"NO_COLOR", ""},
                    {"PAGER", "sed 's/^/paged /'"}};
  }

  testing::Shown run(const std::string& arguments, const std::string& interrupt_behind = "") {
    return testing::run_on_terminal(std::string(TAIN_PROGRAM) + " " + arguments, 10, 40,
                                    environment_, interrupt_behind);
  }

  // An answer of `rows` rows.
  testing::Shown count_to(int rows) {
    return run("sql 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT " +
               std::to_string(rows) + ") SELECT n FROM c'");
  }

  testing::TempDir directory_;
  std::map<std::string, std::string> environment_;
};

constexpr const char* kTwoLongColumns =
    "sql \"SELECT printf('%.*c', 100, 'x') AS a, printf('%.*c', 100, 'y') AS b\"";

TEST_F(OnTerminal, ATableIsAsWideAsTheTerminal) {
  EXPECT_EQ(run(kTwoLongColumns).text,
            "\x1b[1ma                  | b\n\x1b[0m"
            "-------------------+-------------------\n"
            "xxxxxxxxxxxxxxxxx… | yyyyyyyyyyyyyyyyy…\n(1 row)\n");
}

TEST_F(OnTerminal, NoColorAndADumbTerminalAreHonoured) {
  EXPECT_THAT(count_to(1).text, HasSubstr("\x1b["));
  environment_["NO_COLOR"] = "1";
  EXPECT_THAT(count_to(1).text, Not(HasSubstr("\x1b[")));
  environment_["NO_COLOR"] = "";
  environment_["TERM"] = "dumb";
  EXPECT_THAT(count_to(1).text, Not(HasSubstr("\x1b[")));
}

TEST_F(OnTerminal, WhatIsLongerThanTheScreenGoesThroughThePager) {
  const testing::Shown small = count_to(6);
  EXPECT_EQ(small.wait_status, 0);
  EXPECT_THAT(small.text, Not(HasSubstr("paged")));
  const testing::Shown big = count_to(100);
  EXPECT_EQ(big.wait_status, 0);
  EXPECT_THAT(big.text, StartsWith("paged "));
  EXPECT_THAT(big.text, EndsWith("paged 100\npaged (100 rows)\n"));
}

TEST_F(OnTerminal, WhatFillsMoreThanTheBufferGoesThroughThePagerWhole) {
  EXPECT_THAT(count_to(50'000).text, EndsWith("paged 50000\npaged (50000 rows)\n"));
}

TEST_F(OnTerminal, MachineFormatsAreNotCutAlsoWhereTheyArePaged) {
  const std::string text = run("sql --format jsonl \"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL "
                               "SELECT n + 1 FROM c LIMIT 20) SELECT printf('%.*c', 100, 'x') AS a "
                               "FROM c\"")
                               .text;
  EXPECT_THAT(text, StartsWith("paged {\"a\":\"" + std::string(100, 'x') + "\"}\n"));
}

TEST_F(OnTerminal, WithoutAPagerAllIsWrittenToTheTerminal) {
  for (const std::string pager : {"", "cat"}) {
    environment_["PAGER"] = pager;
    EXPECT_THAT(count_to(100).text, EndsWith("\n100\n(100 rows)\n")) << pager;
  }
}

TEST_F(OnTerminal, APagerThatIsLeftEndsTheCommand) {
  environment_["PAGER"] = "head -n 3";
  EXPECT_THAT(run("sql 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
                  "SELECT n FROM c'")
                  .text,
              EndsWith("    1\n"));
}

TEST_F(OnTerminal, APagerThatIsNotThereTakesNothingAway) {
  environment_["PAGER"] = "no-such-pager --wide";
  const testing::Shown shown = count_to(100);
  EXPECT_EQ(shown.wait_status, 0);
  EXPECT_THAT(shown.text, HasSubstr("not found"));
  EXPECT_THAT(shown.text, EndsWith("\n100\n(100 rows)\n"));
}

TEST_F(OnTerminal, TheUsersOptionsForLessStayAndColoursAreShown) {
  environment_["PAGER"] = "echo \"[$LESS]\"; cat >/dev/null";
  EXPECT_EQ(count_to(100).text, "[FRX]\n");
  environment_["LESS"] = "-i";
  EXPECT_EQ(count_to(100).text, "[-R -i]\n");
}

TEST_F(OnTerminal, AnInterruptIsThePagersUntilItHasGone) {
  environment_["PAGER"] = "kill -INT $PPID; cat";
  EXPECT_THAT(count_to(100).text, EndsWith("\n100\n(100 rows)\n"));
  // What it leaves behind keeps the pipe open, so that nothing but the interrupt can end the
  // command.
  environment_["PAGER"] = "exec 3<&0; (while kill -INT $PPID 2>/dev/null; do :; done) & exit 0";
  const testing::Shown ended =
      run("sql --timeout 100 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
          "SELECT n FROM c WHERE n < 20000 OR n < 0'; echo status $?");
  EXPECT_THAT(ended.text, EndsWith("status 130\n"));
}

TEST_F(OnTerminal, WhatIsFollowedIsNotPagedAndEndsWithAnInterrupt) {
  testing::make_mirror(
      directory_ / "full.db",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
      "INSERT INTO tombstones SELECT '/' || i, 'native', 'task', 0, i FROM n");
  environment_["TAIN_DB"] = directory_ / "full.db";
  EXPECT_THAT(run("tail -n 50").text, StartsWith("paged"));
  const testing::Shown followed = run("tail -f -n 50", "/50");
  EXPECT_EQ(followed.wait_status, 0);
  EXPECT_THAT(followed.text, Not(HasSubstr("paged")));
}

}  // namespace
}  // namespace tain::query
