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

  testing::Shown run(const std::string& arguments) {
    return testing::run_on_terminal(std::string(TAIN_PROGRAM) + " " + arguments, 10, 40,
                                    environment_);
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

}  // namespace
}  // namespace tain::query
