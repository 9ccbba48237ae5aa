// The scripts, in the shells that they are for.

#include "query/tree/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class Completing : public ::testing::Test {
 protected:
  explicit Completing(const std::string& shell) : shell_(shell) {
    const Outcome script = Tain()({"completion", shell});
    EXPECT_EQ(script.status, kDone) << script.err;
    testing::write(directory_ / "completion.sh", script.out);
    testing::write(directory_ / "a file.sql", "");
    std::filesystem::create_directory(directory_ / "a directory");
  }

  // The lines that `program` prints in the shell, behind the completion script. `words` are the
  // line, of which the last is under the cursor.
  std::vector<std::string> run(const std::string& before, const std::string& words,
                               const std::string& after) {
    testing::write(directory_ / "program",
                   "cd '" + directory_.path().string() + "'\n" + before + words + after);
    const std::string command = shell_ + (shell_ == "zsh" ? " -f '" : " --norc '") +
                                (directory_ / "program").string() + "' >'" +
                                (directory_ / "out").string() + "' 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << testing::read(directory_ / "out");
    std::vector<std::string> lines;
    std::istringstream out(testing::read(directory_ / "out"));
    for (std::string line; std::getline(out, line);) lines.push_back(line);
    return lines;
  }

  testing::TempDir directory_;
  const std::string shell_;
};

class BashCompletion : public Completing {
 protected:
  BashCompletion() : Completing("bash") {}

  std::vector<std::string> complete(const std::string& words) {
    return run("set -u; source ./completion.sh; complete -p tain >/dev/null || exit 1\n",
               "COMP_WORDS=(tain " + words + ")",
               "; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tain\n"
               "for word in \"${COMPREPLY[@]}\"; do echo \"$word\"; done\n");
  }
};

TEST_F(BashCompletion, CompletesCommandsOnEveryLevel) {
  EXPECT_THAT(complete("com"), ElementsAre("completion"));
  EXPECT_THAT(complete("ls sessi"), ElementsAre("sessions", "session-tasks"));
  EXPECT_THAT(complete("session run '$id' fi"), ElementsAre("finish"));
  EXPECT_THAT(complete("''"), AllOf(Contains("sql"), Contains("ls"), Not(Contains("man"))));
}

TEST_F(BashCompletion, CompletesTheFlagsOfTheCommand) {
  EXPECT_THAT(complete("sql --pa"), ElementsAre("--param"));
  EXPECT_THAT(complete("ls tasks --st"), ElementsAre("--status"));
  EXPECT_THAT(complete("ls projects --st"), IsEmpty());
  EXPECT_THAT(complete("ls tasks --status pending --pri"), ElementsAre("--priority"));
}

TEST_F(BashCompletion, CompletesClosedWords) {
  EXPECT_THAT(complete("sql --format js"), ElementsAre("json", "jsonl"));
  EXPECT_THAT(complete("sql --format = js"), ElementsAre("json", "jsonl"));  // as bash splits it
  EXPECT_THAT(complete("sql --format ="), Contains("table"));
  EXPECT_THAT(complete("ls tasks --status p"), ElementsAre("pending"));
  EXPECT_THAT(complete("completion z"), ElementsAre("zsh"));
}

TEST_F(BashCompletion, CompletesFilesAndDirectoriesWhereTheyAreWanted) {
  EXPECT_THAT(complete("sql -f a"), UnorderedElementsAre("a directory", "a file.sql"));
  EXPECT_THAT(complete("ls tasks --status a"), IsEmpty());
  EXPECT_THAT(complete("service install --root a"), ElementsAre("a directory"));
  EXPECT_THAT(complete("roots add a"), ElementsAre("a directory"));
  EXPECT_THAT(complete("ls tasks --session a"), IsEmpty());  // an id
}

class ZshCompletion : public Completing {
 protected:
  ZshCompletion() : Completing("zsh") {}

  void SetUp() override {
    if (std::system("command -v zsh >/dev/null") != 0) GTEST_SKIP() << "zsh is not installed";
  }
  // What zsh's own functions would be given; they work in its line editor only.
  std::vector<std::string> complete(const std::string& words) {
    return run(
        "compdef() { :; }; compset() { :; }; _files() { print -- FILES $@ }\n"
        "_describe() { print -l -- \"${(@P)@[-1]}\" }\nsource ./completion.sh\n",
        "words=(tain " + words + ")", "; CURRENT=$#words; _tain; true\n");
  }
};

TEST_F(ZshCompletion, OffersCommandsAndFlagsWithTheirMeaning) {
  EXPECT_THAT(complete("''"),
              Contains("completion:Print a script with which a shell completes tain's words"));
  EXPECT_THAT(complete("ls tasks --"),
              Contains("--fresh:First wait until all that is saved is in the mirror"));
  EXPECT_THAT(complete("ls projects --"), Not(Contains(::testing::StartsWith("--status"))));
}

TEST_F(ZshCompletion, OffersClosedWords) {
  EXPECT_THAT(complete("sql --format js"), Contains("jsonl"));
  EXPECT_THAT(complete("sql --format=js"), Contains("jsonl"));
  EXPECT_THAT(complete("ls tasks --status p"), Contains("pending"));
}

TEST_F(ZshCompletion, OffersFilesAndDirectoriesWhereTheyAreWanted) {
  EXPECT_THAT(complete("sql -f a"), ElementsAre("FILES"));
  EXPECT_THAT(complete("service install --root a"), ElementsAre("FILES -/"));
  EXPECT_THAT(complete("roots add a"), ElementsAre("FILES -/"));
  EXPECT_THAT(complete("ls tasks --session a"), IsEmpty());
}

}  // namespace
}  // namespace tain::query
