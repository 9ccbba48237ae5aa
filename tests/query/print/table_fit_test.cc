// Tables on a terminal: what is shown of them there, and of nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "query/print/unicode.h"
#include "tests/query/tain.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TableFit : public ::testing::Test {
 protected:
  TableFit() { testing::make_mirror(db_); }

  std::string show(std::size_t columns, const std::string& sql, bool colour = false) {
    Tain tain;
    tain.terminal = Terminal{.columns = columns, .rows = 24, .colour = colour};
    const Outcome outcome = tain({"sql", "--db", db_, sql});
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    return outcome.out;
  }

  static std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
      widest = std::max(widest, display_width(line));
    }
    return widest;
  }

  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
};

constexpr const char* kLongAndShort =
    "SELECT 1234567890 AS n, 'short' AS short, printf('%.*c', 100, 'x') AS long, "
    "printf('%.*c', 60, 'y') AS middle";

TEST_F(TableFit, TheWidestColumnsOfTextShrinkUntilTheTableFits) {
  EXPECT_EQ(show(60, kLongAndShort),
            "         n | short | long               | middle\n"
            "-----------+-------+--------------------+-------------------\n"
            "1234567890 | short | " +
                std::string(17, 'x') + "… | " + std::string(17, 'y') + "…\n(1 row)\n");
}

TEST_F(TableFit, NoLineIsWiderThanTheTerminal) {
  for (std::size_t columns = 20; columns <= 220; ++columns) {
    const std::string shown = show(columns, kLongAndShort);
    EXPECT_LE(widest_line(shown), columns) << shown;
    if (columns >= 200) {
      EXPECT_THAT(shown, Not(HasSubstr("…")));
    }
    EXPECT_THAT(shown, HasSubstr("1234567890")) << "a number is never cut";
  }
}

TEST_F(TableFit, WideCharactersAreCutWhereTheyFit) {
  EXPECT_EQ(show(12, "SELECT '日本日本日本日本' AS a"), "a\n-----------\n日本日本日…\n(1 row)\n");
}

TEST_F(TableFit, ARowThatCannotFitIsARecord) {
  EXPECT_EQ(show(30,
                 "SELECT 'aaaaaaaaaa' AS first, 'bbbbbbbbbb' AS second, 'c' AS a3, NULL AS a4, "
                 "'dddddddddddddddddddddddddddddd' AS fifth"),
            "-[ row 1 ]-\n"
            "first  | aaaaaaaaaa\n"
            "second | bbbbbbbbbb\n"
            "a3     | c\n"
            "a4     | NULL\n"
            "fifth  | dddddddddddddddddddd…\n"
            "(1 row)\n");
}

TEST_F(TableFit, AnAnswerWithoutRowsIsNoRecord) {
  EXPECT_EQ(show(12, "SELECT 1 AS first, 2 AS second WHERE 0"),
            "first | second\n------+-------\n(0 rows)\n");
}

TEST_F(TableFit, TheHeaderStandsOutWhereThereAreColours) {
  EXPECT_EQ(show(80, "SELECT 1 AS a", true), "\x1b[1ma\n\x1b[0m-\n1\n(1 row)\n");
  EXPECT_EQ(show(80, "SELECT 1 AS a"), "a\n-\n1\n(1 row)\n");
}

}  // namespace
}  // namespace tain::query
