#include "query/cmd/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/tain.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CommandLine, VersionAndHelpGoToTheOutput) {
  EXPECT_THAT(Tain()({"--version"}).out, StartsWith("tain "));
  const Outcome help = Tain()({"--help"});
  EXPECT_EQ(help.status, kDone);
  EXPECT_EQ(help.err, "");
  for (const char* command : {"sql", "schema", "status", "project", "session"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
  }
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (std::vector<std::string> command :
       std::vector<std::vector<std::string>>{{},
                                             {"sql"},
                                             {"schema"},
                                             {"status"},
                                             {"project"},
                                             {"project", "new"},
                                             {"session"},
                                             {"session", "new"},
                                             {"session", "phase"},
                                             {"session", "build"},
                                             {"session", "checkpoint"},
                                             {"session", "commit"},
                                             {"session", "status"},
                                             {"session", "git"},
                                             {"session", "decision"},
                                             {"session", "goals"},
                                             {"session", "event"},
                                             {"session", "run"},
                                             {"session", "run", "start"},
                                             {"session", "run", "usage"},
                                             {"session", "run", "finish"},
                                             {"session", "run", "fail"},
                                             {"session", "show"}}) {
    command.emplace_back("--help");
    const Outcome outcome = Tain()(command);
    EXPECT_EQ(outcome.status, kDone);
    EXPECT_THAT(outcome.out, HasSubstr("Example:\n  ")) << command[0];
  }
}

TEST(CommandLine, AnUnknownCommandNamesTheNearestAndAllThatAreKnown) {
  const Outcome outcome = Tain()({"sesion", "new"});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              ::testing::AllOf(::testing::StartsWith("tain: unknown command \"sesion\"; did you "
                                                     "mean session? (known: sql, "),
                               ::testing::EndsWith("); see `tain --help`\n")));
  EXPECT_THAT(Tain()({"session", "phse", "s", "plan"}).err,
              HasSubstr("unknown command \"phse\"; did you mean phase? (known: new, phase, "));
  EXPECT_THAT(Tain()({"frobnicate"}).err, HasSubstr("unknown command \"frobnicate\" (known: sql"));
}

TEST(CommandLine, WhatIsForTheBuildIsNotOffered) {
  EXPECT_EQ(Tain()({"frobnicate"}).err.find(" man"), std::string::npos);
  EXPECT_EQ(Tain()({"--help"}).out.find("\n  man "), std::string::npos);
}

TEST(CommandLine, NoCommandAtAllNamesTheKnownOnes) {
  const Outcome outcome = Tain()({});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_THAT(outcome.err, HasSubstr("(known: sql, shell, report, ls, "));
}

TEST(CommandLine, UnknownFlagsAreNamed) {
  const Outcome outcome = Tain()({"status", "--frob", "x"});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_EQ(outcome.err, "tain: not expected: --frob x; see `tain status --help`\n");
}

TEST(CommandLine, MessagesCannotControlTheTerminal) {
  EXPECT_EQ(Tain()({"\x1b[2J"}).err.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tain::query
