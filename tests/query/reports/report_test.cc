#include "query/reports/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/error.h"
#include "query/reports/builtin.h"
#include "query/reports/catalogue.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unprivileged.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Type = ReportParameter::Type;

Report parsed(const std::string& sql) {
  return parse_report("mine", "/reports/mine.sql", sql);
}

// The message for a header that is refused.
std::string refusal(const std::string& sql) {
  try {
    parsed(sql);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ReportHeader, SaysWhatTheReportAnswersAndTakes) {
  const Report report = parsed(
      "-- Who did what?\n"
      "-- Of those who did.\n"
      "--\n"
      "--   @param more_than integer 3: How many: at least\n"
      "-- @param by day|week week: What to add up by\n"
      "-- @param title text a b: A title\n"
      "-- @param who project: Of this project\n"
      "-- @plot hours, cost by who, what\r\n"
      "SELECT 1 -- @param not_read text: it stands in the SQL\n");
  EXPECT_EQ(report.question, "Who did what?");
  EXPECT_EQ(report.details, "Of those who did.\n\n");
  ASSERT_EQ(report.parameters.size(), 4U);
  EXPECT_EQ(report.parameters[0].name, "more_than");
  EXPECT_EQ(flag_of(report.parameters[0]), "--more-than");
  EXPECT_EQ(report.parameters[0].type, Type::integer);
  EXPECT_EQ(report.parameters[0].default_value, "3");
  EXPECT_EQ(report.parameters[0].meaning, "How many: at least");
  EXPECT_EQ(report.parameters[1].type, Type::word);
  EXPECT_THAT(report.parameters[1].words, ElementsAre("day", "week"));
  EXPECT_EQ(report.parameters[2].default_value, "a b");
  EXPECT_EQ(report.parameters[3].type, Type::project);
  EXPECT_EQ(report.parameters[3].default_value, std::nullopt);
  ASSERT_TRUE(report.plot);
  EXPECT_THAT(report.plot->values, ElementsAre("hours", "cost"));
  EXPECT_THAT(report.plot->by, ElementsAre("who", "what"));
  EXPECT_EQ(report.plot->per, std::nullopt);
}

TEST(ReportHeader, MayBeMissing) {
  const Report report = parsed("SELECT 1");
  EXPECT_EQ(report.question, "");
  EXPECT_THAT(report.parameters, IsEmpty());
  EXPECT_FALSE(report.plot);
}

TEST(ReportHeader, MayStandBelowAMarkAndBlankLinesAndHaveSome) {
  const Report report = parsed(
      "\xef\xbb\xbf\r\n"
      " \t\n"
      "-- Who?\n"
      "\n"
      "  -- @param x text: y\n"
      "SELECT :x\n"
      "-- not read\n");
  EXPECT_EQ(report.question, "Who?");
  EXPECT_EQ(report.details, "");
  ASSERT_EQ(report.parameters.size(), 1U);
  EXPECT_EQ(parsed("\xef\xbb\xbf-- Who?\nSELECT 1").question, "Who?");
}

TEST(ReportHeader, ThatComesTooLateIsTold) {
  const std::string place = "read the report /reports/mine.sql: line 2: ";
  EXPECT_EQ(refusal("/* Mine */\n-- @param x text: y\nSELECT :x"),
            place +
                "@param stands below the header, which has to begin on the first line; only blank "
                "lines may stand before and between its comments");
  EXPECT_THAT(refusal("SELECT 1\n  --@plot a by b"), HasSubstr(place + "@plot stands below"));
  EXPECT_EQ(refusal("SELECT 1\n-- @todo -- @param"), "accepted");
}

TEST(ReportHeader, PlotsALineForEachValueOfAColumn) {
  const Report report = parsed("-- @plot cost by day per model\nSELECT 1");
  ASSERT_TRUE(report.plot);
  EXPECT_EQ(report.plot->per, "model");
  EXPECT_THAT(report.plot->by, ElementsAre("day"));
}

TEST(ReportHeader, ABrokenOneIsToldWithItsFileAndLine) {
  const auto broken = [](const std::string& line) {
    return refusal("-- A\n" + line + "\nSELECT 1");
  };
  const std::string place = "read the report /reports/mine.sql: line 2: ";
  EXPECT_EQ(broken("-- @parm x text: y"),
            place +
                "there is no @parm; write @param NAME TYPE [DEFAULT]: MEANING or @plot VALUE[, "
                "VALUE] by COLUMN[, COLUMN] [per COLUMN]");
  EXPECT_EQ(broken("-- @param x text"), place + "write @param NAME TYPE [DEFAULT]: MEANING");
  EXPECT_EQ(broken("-- @param x text:"), place + "write @param NAME TYPE [DEFAULT]: MEANING");
  EXPECT_EQ(broken("-- @param"), place + "write @param NAME TYPE [DEFAULT]: MEANING");
  EXPECT_THAT(broken("-- @param x txt: y"), HasSubstr(place + "\"txt\" is no type"));
  EXPECT_THAT(broken("-- @param x a||b: y"), HasSubstr("is no type"));
  EXPECT_THAT(broken("-- @param X text: y"), HasSubstr(place + "\"X\" is no name"));
  EXPECT_THAT(broken("-- @param 1x text: y"), HasSubstr("is no name"));
  EXPECT_EQ(broken("-- @param format text: y"), place + "the name format is taken; choose another");
  EXPECT_EQ(broken("-- @param now time: y"), place + "the name now is taken; choose another");
  EXPECT_EQ(broken("-- @param days integer two: y"),
            place + "the default of --days: expected a whole number, got \"two\"");
  EXPECT_EQ(broken("-- @param by a|b c: y"),
            place + "the default of --by: expected a, b, got \"c\"");
  EXPECT_THAT(broken("-- @plot cost"), HasSubstr(place + "write @plot"));
  EXPECT_EQ(broken("-- @plot a, b by day per c"), place + "with per, there is one VALUE");
  EXPECT_EQ(refusal("-- @plot a by b\n-- @plot a by b\nSELECT 1"),
            place + "a report has one @plot");
  EXPECT_EQ(refusal("-- @param a text: y\n-- @param a text: y\n"),
            place + "the name a is taken; choose another");
}

TEST(ReportParameter, ReadsValuesOfItsType) {
  const auto read = [](Type type, const std::string& text) {
    return read_value({.name = "x", .type = type, .words = {}, .default_value = {}, .meaning = {}},
                      text);
  };
  EXPECT_EQ(read(Type::text, "7"), ReportValue("7"));
  EXPECT_EQ(read(Type::integer, "-7"), ReportValue(std::int64_t{-7}));
  EXPECT_EQ(read(Type::number, "0.5"), ReportValue(0.5));
  EXPECT_EQ(read(Type::time, "1970-01-02"), ReportValue(std::int64_t{86'400'000}));
  EXPECT_THROW(read(Type::integer, "7.5"), InvalidArgument);
  EXPECT_THROW(read(Type::number, "nan"), InvalidArgument);
  EXPECT_THROW(read(Type::time, "tomorrow"), InvalidArgument);
}

TEST(BuiltinReports, AllSayWhatTheyAnswerAndDraw) {
  const std::vector<FoundReport> reports = builtin_reports();
  EXPECT_EQ(reports.size(), 14U);
  for (const FoundReport& found : reports) {
    EXPECT_TRUE(found.report.question.ends_with('?')) << found.report.name;
    EXPECT_TRUE(found.report.plot) << found.report.name;
    EXPECT_TRUE(found.report.file.empty());
  }
}

class ReportFiles : public ::testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const FoundReport& found : find_user_reports(directory_.path()).reports) {
      names.push_back(found.report.name);
    }
    return names;
  }
  std::string trouble(std::size_t index) const {
    const auto trouble = find_user_reports(directory_.path()).reports.at(index).trouble;
    return trouble ? trouble->what() : "";
  }
  testing::TempDir directory_;
};

TEST_F(ReportFiles, AreTheSqlFilesOfADirectoryAndWhatLinksLeadTo) {
  testing::write(directory_ / "b.sql", "SELECT 1");
  testing::write(directory_ / "a.sql", "SELECT 1");
  testing::write(directory_ / "elsewhere/c.txt", "-- C?");
  testing::write(directory_ / "notes.txt", "SELECT 1");
  testing::write(directory_ / ".hidden.sql", "SELECT 1");
  std::filesystem::create_symlink(directory_ / "elsewhere/c.txt", directory_ / "c.sql");
  std::filesystem::create_directory(directory_ / "e.sql");
  ASSERT_EQ(::mkfifo((directory_ / "f.sql").c_str(), 0600), 0);
  EXPECT_THAT(names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(find_user_reports(directory_.path()).reports[2].report.question, "C?");
}

TEST_F(ReportFiles, ALinkToNothingIsFoundWithItsTrouble) {
  std::filesystem::create_symlink(directory_ / "gone", directory_ / "a.sql");
  std::filesystem::create_symlink("b.sql", directory_ / "b.sql");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  const std::string nowhere = ": it is a link that leads to no file (";
  EXPECT_EQ(trouble(0), "read the report " + (directory_ / "a.sql").string() + nowhere +
                            "No such file or directory); mend or remove it");
  EXPECT_THAT(trouble(1), HasSubstr((directory_ / "b.sql").string() + nowhere));
}

TEST_F(ReportFiles, AHugeFileIsNotRead) {
  testing::write(directory_ / "a.sql", "SELECT 1");
  std::filesystem::resize_file(directory_ / "a.sql", 1 << 20);
  EXPECT_EQ(trouble(0), "");
  std::filesystem::resize_file(directory_ / "a.sql", (1 << 20) + 1);
  EXPECT_EQ(trouble(0), "read the report " + (directory_ / "a.sql").string() +
                            ": it has 1048577 bytes, and a report may have 1048576; rename it if "
                            "it is none");
}

TEST_F(ReportFiles, ADirectoryThatCannotBeReadIsTold) {
  const testing::Unprivileged modes_count;
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::none);
  const UserReports found = find_user_reports(directory_.path());
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::owner_all);
  EXPECT_THAT(found.reports, IsEmpty());
  ASSERT_TRUE(found.trouble);
  EXPECT_STREQ(found.trouble->what(), ("read the reports in " + directory_.path().string() +
                                       ": Permission denied; those that are there may be missing")
                                          .c_str());
}

TEST_F(ReportFiles, NoDirectoryIsNoReports) {
  const UserReports found = find_user_reports(directory_ / "none");
  EXPECT_THAT(found.reports, IsEmpty());
  EXPECT_FALSE(found.trouble);
}

TEST_F(ReportFiles, ABrokenOneCostsOnlyItself) {
  testing::write(directory_ / "bad.sql", "-- @plot x\nSELECT 1");
  testing::write(directory_ / "good.sql", "SELECT 1");
  testing::write(directory_ / "two words.sql", "SELECT 1");
  EXPECT_THAT(names(), ElementsAre("bad", "good", "two words"));
  EXPECT_THAT(trouble(0), HasSubstr((directory_ / "bad.sql").string() + ": line 1: "));
  EXPECT_EQ(trouble(1), "");
  EXPECT_THAT(trouble(2), HasSubstr("rename the file, got \"two words\""));
}

}  // namespace
}  // namespace tain::query
