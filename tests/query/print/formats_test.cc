// The formats are contracts: what stands here must not change without a word in query/README.md.

#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

constexpr const char* kTrickyTable = R"sql(
SELECT 1 AS n, NULL AS text, '' AS text, 0.1 AS "real|number", x'00ff' AS blob
UNION ALL SELECT 9007199254740993, '日本', 'a|b', 9e999, x'6869'
UNION ALL SELECT -9223372036854775807 - 1, 'line' || char(10) || 'two', 'say "hi", x', 1.0, NULL
UNION ALL SELECT 0, char(27) || '[31m' || char(13), CAST(x'ff61' AS TEXT), -9e999, x''
UNION ALL SELECT -1, '<b>\' || char(8238), 'é' || char(0) || 'z', 1e300, x'41'
)sql";

class Formats : public ::testing::Test {
 protected:
  Formats() { testing::make_mirror(db_); }

  std::string print(const std::string& format, const std::string& sql) {
    const Outcome outcome = Tain()({"sql", "--db", db_, "--format", format, sql});
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
};

TEST_F(Formats, JsonIsAnArrayOfRowObjectsAndNothingElse) {
  EXPECT_EQ(print("json", kTrickyTable), R"([
{"n":1,"text":null,"text_2":"","real|number":0.1,"blob":"00ff"},
{"n":9007199254740993,"text":"日本","text_2":"a|b","real|number":null,"blob":"hi"},
{"n":-9223372036854775808,"text":"line\ntwo","text_2":"say \"hi\", x","real|number":1.0,"blob":null},
{"n":0,"text":"\u001b[31m\r","text_2":"�a","real|number":null,"blob":""},
{"n":-1,"text":"<b>\\)"
                                         "\xE2\x80\xAE"
                                         R"(","text_2":"é\u0000z","real|number":1e+300,"blob":"A"}
]
)");
}

TEST_F(Formats, JsonlIsARowObjectALine) {
  EXPECT_EQ(print("jsonl", kTrickyTable),
            R"({"n":1,"text":null,"text_2":"","real|number":0.1,"blob":"00ff"}
{"n":9007199254740993,"text":"日本","text_2":"a|b","real|number":null,"blob":"hi"}
{"n":-9223372036854775808,"text":"line\ntwo","text_2":"say \"hi\", x","real|number":1.0,"blob":null}
{"n":0,"text":"\u001b[31m\r","text_2":"�a","real|number":null,"blob":""}
{"n":-1,"text":"<b>\\)"
            "\xE2\x80\xAE"
            R"(","text_2":"é\u0000z","real|number":1e+300,"blob":"A"}
)");
}

TEST_F(Formats, CsvQuotesWhatRfc4180SaysAndTellsNullFromEmpty) {
  using namespace std::string_literals;
  EXPECT_EQ(print("csv", kTrickyTable),
            "n,text,text,real|number,blob\n"
            "1,,\"\",0.1,00ff\n"
            "9007199254740993,日本,a|b,Inf,hi\n"
            "-9223372036854775808,\"line\ntwo\",\"say \"\"hi\"\", x\",1.0,\n"
            "0,\"\x1b[31m\r\",�a,-Inf,\"\"\n"
            "-1,<b>\\\xE2\x80\xAE,é\0z,1e+300,A\n"s);
}

TEST_F(Formats, MarkdownEscapesWhatWouldEndACellOrBecomeHtml) {
  EXPECT_EQ(print("markdown", kTrickyTable), R"(| n | text | text | real\|number | blob |
| --- | --- | --- | --- | --- |
| 1 | NULL |  | 0.1 | 00ff |
| 9007199254740993 | 日本 | a\|b | Inf | hi |
| -9223372036854775808 | line<br>two | say "hi", x | 1.0 | NULL |
| 0 | \x1b[31m\r | �a | -Inf |  |
| -1 | &lt;b>\\\u202e | é\x00z | 1e+300 | A |
)");
}

TEST_F(Formats, TableAlignsByDisplayWidthAndLetsNoControlCharacterThrough) {
  const std::string last_of_fourth = " \n";  // where an editor cannot strip it
  EXPECT_EQ(print("table", kTrickyTable),
            R"(                   n | text       | text        | real|number | blob
---------------------+------------+-------------+-------------+-----
                   1 | NULL       |             |         0.1 | 00ff
    9007199254740993 | 日本       | a|b         |         Inf | hi
-9223372036854775808 | line\ntwo  | say "hi", x |         1.0 | NULL
                   0 | \x1b[31m\r | �a          |        -Inf |)" +
                last_of_fourth +
                R"(                  -1 | <b>\\u202e | é\x00z      |      1e+300 | A
(5 rows)
)");
}

TEST_F(Formats, AnAnswerWithoutRowsStillHasItsShape) {
  const std::string sql = "SELECT 1 AS a, 2 AS b WHERE 0";
  EXPECT_EQ(print("json", sql), "[]\n");
  EXPECT_EQ(print("jsonl", sql), "");
  EXPECT_EQ(print("csv", sql), "a,b\n");
  EXPECT_EQ(print("markdown", sql), "| a | b |\n| --- | --- |\n");
  EXPECT_EQ(print("table", sql), "a | b\n--+--\n(0 rows)\n");
}

TEST_F(Formats, RepeatedColumnNamesBecomeDistinctKeysAlsoWhereTheNewNameIsTaken) {
  EXPECT_EQ(print("jsonl", "SELECT 1 AS a, 2 AS a_2, 3 AS a, 4 AS a"),
            "{\"a\":1,\"a_2\":2,\"a_3\":3,\"a_4\":4}\n");
  EXPECT_EQ(print("jsonl", "SELECT 1 AS a, 3 AS a, 2 AS a_2"), "{\"a\":1,\"a_2\":3,\"a_2_2\":2}\n");
}

TEST_F(Formats, ATableIsTheDefault) {
  const Outcome outcome = Tain()({"sql", "--db", db_, "SELECT 'x' AS a"});
  EXPECT_EQ(outcome.out, "a\n-\nx\n(1 row)\n");
}

TEST_F(Formats, LongCellsAreCutOnlyForATerminal) {
  const std::string sql = "SELECT printf('%.*c', 200, 'x') AS a";
  const std::string whole(200, 'x');
  EXPECT_NE(print("table", sql).find(whole), std::string::npos);
  const Outcome cut = Tain{.terminal = Terminal{}}({"sql", "--db", db_, sql});
  EXPECT_NE(cut.out.find("\n" + std::string(79, 'x') + "…\n"), std::string::npos) << cut.out;
  const Outcome csv = Tain{.terminal = Terminal{}}({"sql", "--db", db_, "--format", "csv", sql});
  EXPECT_EQ(csv.out, "a\n" + whole + "\n");
}

TEST_F(Formats, ALongTableIsWrittenInFullWithTheWidthsOfItsBeginning) {
  const std::string table = print("table", R"sql(
      WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 10002)
      SELECT n, CASE WHEN n > 10001 THEN 'wider than all' ELSE 'x' END AS t, 1 AS one FROM counter)sql");
  EXPECT_TRUE(table.starts_with("    n | t | one\n------+---+----\n    1 | x |   1\n"))
      << table.substr(0, 80);
  EXPECT_TRUE(table.ends_with("10001 | x |   1\n10002 | wider than all |   1\n(10002 rows)\n"));
}

}  // namespace
}  // namespace tain::query
