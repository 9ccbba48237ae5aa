#include "query/tree/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

CommandText whole_command_line() {
  CLI::App app;
  Commands commands;
  make_command_line(app, commands);
  return describe_commands(app);
}

class Manual : public ::testing::Test {
 protected:
  Manual() { outcome_ = Tain()({"man", pages().string()}); }

  std::filesystem::path pages() const { return directory_ / "man1"; }
  // What `command`, with PAGE for a page's file, says on both of its outputs.
  std::string say(std::string command, const std::filesystem::path& page) {
    command.replace(command.find("PAGE"), 4, "'" + page.string() + "'");
    const std::filesystem::path out = directory_ / "out";
    std::system(("{ " + command + "; } >'" + out.string() + "' 2>&1").c_str());
    return testing::read(out);
  }

  testing::TempDir directory_;
  Outcome outcome_;
};

TEST_F(Manual, HasAPageOfTheProgramAndOneOfEveryCommand) {
  EXPECT_EQ(outcome_.status, kDone) << outcome_.err;
  const CommandText program = whole_command_line();
  for (const CommandText& command : program.commands) {
    const std::string page = testing::read(pages() / (command.name("-") + ".1"));
    EXPECT_THAT(page, HasSubstr(".SH EXAMPLE\n.nf\n")) << command.name();
    for_each_command(command, [&](const CommandText& below) {
      for (const ArgumentText& option : below.options) {
        std::string name;
        for (const char c : option.names.back()) name += c == '-' ? "\\-" : std::string(1, c);
        EXPECT_THAT(page, HasSubstr("\\fB" + name + "\\fR")) << below.name();
      }
    });
  }
  EXPECT_THAT(testing::read(pages() / "tain.1"), HasSubstr("\\fBtain\\-sql\\fR(1)\n"));
}

TEST_F(Manual, OfReportsSaysWhatTheHelpSaysAndAsksLikeAPerson) {
  const std::string page = testing::read(pages() / "tain-report.1");
  EXPECT_THAT(page, HasSubstr("\n\\fBtain report\\fR [\\fIOPTION\\fR]... [\\fICOMMAND\\fR]\n"));
  EXPECT_THAT(page,
              HasSubstr("\nHow long do sessions stay in each phase?\n"
                        "Of the sessions that have left it. Nine in ten took at most p90_hours.\n"
                        ".PP\n"));
  EXPECT_EQ(page.find("?.\n"), std::string::npos);
  EXPECT_THAT(testing::read(pages() / "tain-session.1"), HasSubstr("... \\fICOMMAND\\fR\n"));
}

TEST_F(Manual, ManHasNothingToWarnOf) {
  if (!is_installed("man")) GTEST_SKIP() << "man-db is not installed";
  for (const auto& page : std::filesystem::directory_iterator(pages())) {
    EXPECT_EQ(say("LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "
                  "PAGE >/dev/null",
                  page.path()),
              "")
        << page.path();
  }
}

TEST_F(Manual, MandocFindsNoFault) {
  if (!is_installed("mandoc")) GTEST_SKIP() << "mandoc is not installed";
  for (const auto& page : std::filesystem::directory_iterator(pages())) {
    EXPECT_EQ(say("mandoc -T lint -W error PAGE", page.path()), "") << page.path();
  }
}

TEST_F(Manual, ReadsAsTheHelpDoes) {
  if (!is_installed("man")) GTEST_SKIP() << "man-db is not installed";
  const std::string text =
      say("LC_ALL=C.UTF-8 MANWIDTH=100 man -P cat -l PAGE | col -b", pages() / "tain-sql.1");
  EXPECT_THAT(text, HasSubstr("tain-sql - Ask the mirror, in SQL; it is only read\n"));
  EXPECT_THAT(text, HasSubstr("tain sql [OPTION]... [STATEMENT]\n"));
  EXPECT_THAT(text, HasSubstr("-p, --param NAME=VALUE\n"));
  EXPECT_THAT(text, HasSubstr("How to print (default table): table, csv, json, jsonl, markdown\n"));
  EXPECT_THAT(text, HasSubstr("tain sql --format csv \"SELECT topic, status FROM sessions\"\n"));
}

TEST(ManualText, CannotBeTakenForRequests) {
  CommandText program{.path = {"t"},
                      .description = ".so /etc/passwd",
                      .details = {},
                      .example = ".\\n 'x' \xe2\x80\xa6",
                      .positionals = {},
                      .options = {},
                      .commands = {}};
  const std::string page = manual_pages(program, "1").at("t.1");
  EXPECT_THAT(page, HasSubstr("\n\\&.\\en \\(aqx\\(aq \\[u2026]\n"));
  EXPECT_THAT(page, HasSubstr("t \\- \\&.so /etc"));
}

TEST(CommandTreeOfTain, EveryCommandHasAnExampleOfItself) {
  for_each_command(whole_command_line(), [](const CommandText& command) {
    EXPECT_THAT(command.example, HasSubstr("tain ")) << command.name();
    EXPECT_THAT(command.example, HasSubstr(command.path.back())) << command.name();
    EXPECT_NE(command.description, "") << command.name();
  });
}

}  // namespace
}  // namespace tain::query
