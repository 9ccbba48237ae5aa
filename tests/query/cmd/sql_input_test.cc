// Where `tain sql` has its statement and its values from.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;

class SqlInput : public ::testing::Test {
 protected:
  SqlInput() { testing::make_mirror(db_, "INSERT INTO meta VALUES ('a', 1), ('b', 2)"); }

  Outcome ask(std::vector<std::string> arguments, const Tain& tain = {}) {
    arguments.insert(arguments.begin(), {"sql", "--db", db_, "--format", "csv"});
    return tain(arguments);
  }

  testing::TempDir directory_;
  std::string db_ = directory_ / "mirror.db";
};

TEST_F(SqlInput, TheStatementMayStandInAFile) {
  const std::string file = directory_ / "q.sql";
  testing::write(file, "-- which?\nSELECT key FROM meta\nWHERE value = 2;\n");
  EXPECT_EQ(ask({"-f", file}).out, "key\nb\n");
  EXPECT_EQ(ask({"--file", file}).out, "key\nb\n");
}

TEST_F(SqlInput, AFileThatIsNotThereIsAFailureAndTwoStatementsAreMisuse) {
  const Outcome missing = ask({"-f", directory_ / "none.sql"});
  EXPECT_EQ(missing.status, kFailed);
  EXPECT_THAT(missing.err, HasSubstr("none.sql: No such file"));
  EXPECT_THAT(ask({"-f", directory_.path().string()}).err, HasSubstr("Is a directory"));
  EXPECT_EQ(ask({"-f", directory_ / "q.sql", "SELECT 1"}).status, kMisused);
}

TEST_F(SqlInput, WithoutAStatementTheInputIsReadUnlessItIsATerminal) {
  EXPECT_EQ(ask({}, Tain{.input = "SELECT 1 AS a"}).out, "a\n1\n");
  EXPECT_EQ(ask({"-"}, Tain{.input = "SELECT 1 AS a"}).out, "a\n1\n");
  const Outcome nobody = ask({}, Tain{.input = "SELECT 1 AS a", .in_is_terminal = true});
  EXPECT_EQ(nobody.status, kMisused);
  EXPECT_THAT(nobody.err, HasSubstr("a statement, -f FILE, or a statement on the input"));
}

TEST_F(SqlInput, ParametersAreValuesWhicheverSignTheyHave) {
  EXPECT_EQ(ask({"-p", "a=1", "--param", "b=x", "-p", "c=y",
                 "SELECT :a AS a, @b AS b, $c AS c, :a + 1 AS d"})
                .out,
            "a,b,c,d\n1,x,y,2\n");
  EXPECT_EQ(ask({"-p", "k='; DROP TABLE meta", "SELECT :k AS k"}).out, "k\n'; DROP TABLE meta\n");
}

TEST_F(SqlInput, OnlyJsonNumbersAreNumbers) {
  const auto type = [&](const std::string& value) {
    return ask({"-p", "v=" + value, "SELECT typeof(:v) || ' ' || :v AS v"}).out.substr(2);
  };
  EXPECT_EQ(type("42"), "integer 42\n");
  EXPECT_EQ(type("-9223372036854775808"), "integer -9223372036854775808\n");
  EXPECT_EQ(type("9223372036854775808"), "real 9.22337203685478e+18\n");
  EXPECT_EQ(type("2.50"), "real 2.5\n");
  for (const std::string text : {"0x10", "007", "+1", "1 ", "1e999", "true", "null", "a=b"}) {
    EXPECT_EQ(type(text), "text " + text + "\n");
  }
  EXPECT_EQ(type(""), "text \n");
}

TEST_F(SqlInput, AParameterThatIsMissingOrUnknownIsNamed) {
  const auto misuse = [&](std::vector<std::string> arguments) {
    const Outcome outcome = ask(std::move(arguments));
    EXPECT_EQ(outcome.status, kMisused);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  const std::string sql = "SELECT * FROM meta WHERE key = :key AND value = :value";
  EXPECT_THAT(misuse({"-p", "key=a", sql}), HasSubstr("a value for the parameter :value"));
  EXPECT_THAT(misuse({"-p", "key=a", "-p", "valu=1", sql}),
              HasSubstr("-p: expected one of :key, :value, got \"valu\""));
  EXPECT_THAT(misuse({"-p", "key=a", "-p", "key=b", "-p", "value=1", sql}),
              HasSubstr("key once, got it twice"));
  EXPECT_THAT(misuse({"-p", "key", sql}), HasSubstr("expected name=value, got \"key\""));
  EXPECT_THAT(misuse({"-p", "=1", sql}), HasSubstr("expected name=value"));
  EXPECT_THAT(misuse({"-p", "a=1", "SELECT 1"}), HasSubstr("the statement has no parameters"));
  EXPECT_THAT(misuse({"SELECT ?"}), HasSubstr("give it a name, as in :name"));
}

TEST_F(SqlInput, AnErrorOfALongStatementSaysInWhichLineItIs) {
  const std::string file = directory_ / "q.sql";
  testing::write(file, "SELECT key,\n  valu\nFROM meta\n");
  const Outcome outcome = ask({"-f", file});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("no such column: valu (line 2, byte 3)"));
}

}  // namespace
}  // namespace tain::query
