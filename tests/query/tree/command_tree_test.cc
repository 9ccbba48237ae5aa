#include "query/tree/command_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As `tain` is made, in small.
class CommandTree : public ::testing::Test {
 protected:
  CommandTree() {
    CLI::App& list = *app_.add_subcommand("ls", "List things");
    list.footer(
        "\nOne a line.\n\nOr two.\n\nExample:\n  tain ls --status open\n  tain ls --status done");
    list.add_option("--status", text_, "open, done or half_done (default open)")->type_name("TEXT");
    list.add_option("--format", text_, "How to print")
        ->type_name("")
        ->check(CLI::IsMember({"table", "csv"}));
    list.add_option("-f,--file", text_, "What to read, if not the usual")->type_name("FILE");
    list.add_option("--root", text_, "Where")->type_name("DIR");
    list.add_flag("--fresh", is_fresh_, "Wait first");
    list.add_option("PATH", text_, "Only this")->required()->type_name("");
    app_.add_subcommand("secret", "For the build")->group("");
    list.add_subcommand("more", "More of it")->fallthrough()->footer("");
    app_.require_subcommand(1);
    tree_ = describe_commands(app_);
  }
  const CommandText& list() const { return tree_.commands.front(); }
  const ArgumentText& option(const std::string& name) const {
    for (const ArgumentText& option : list().options) {
      if (option.names.back() == name) return option;
    }
    throw std::out_of_range(name);
  }

  std::string text_;
  bool is_fresh_ = false;
  CLI::App app_{"A program", "tain"};
  CommandText tree_;
};

TEST_F(CommandTree, HasWhatTheHelpSays) {
  EXPECT_EQ(tree_.name(), "tain");
  ASSERT_EQ(tree_.commands.size(), 1);  // what is hidden is not in it
  EXPECT_EQ(list().name("-"), "tain-ls");
  EXPECT_EQ(list().description, "List things");
  EXPECT_EQ(list().example, "tain ls --status open\ntain ls --status done");
  EXPECT_EQ(list().details, "One a line.\nOr two.");
  EXPECT_EQ(list().commands.front().example, "");
  EXPECT_EQ(list().commands.front().details, "");
  EXPECT_TRUE(tree_.needs_command);
  EXPECT_FALSE(list().needs_command);
}

TEST_F(CommandTree, KnowsTheWordsThatAValueMayBe) {
  EXPECT_THAT(option("--status").words, ElementsAre("open", "done", "half_done"));
  EXPECT_THAT(option("--format").words, ElementsAre("table", "csv"));
  EXPECT_THAT(option("--file").words, IsEmpty());
}

TEST_F(CommandTree, KnowsWhichValuesAreFiles) {
  EXPECT_EQ(option("--file").takes, ArgumentText::Takes::file);
  EXPECT_THAT(option("--file").names, ElementsAre("-f", "--file"));
  EXPECT_EQ(option("--root").takes, ArgumentText::Takes::directory);
  EXPECT_EQ(option("--fresh").takes, ArgumentText::Takes::nothing);
  EXPECT_EQ(option("--format").value, "FORMAT");
  ASSERT_EQ(list().positionals.size(), 1);
  EXPECT_EQ(list().positionals.front().takes, ArgumentText::Takes::file);
  EXPECT_TRUE(list().positionals.front().is_required);
}

TEST_F(CommandTree, FlagsThatMayStandBehindAWordBelowAreThatWordsToo) {
  std::vector<std::string> names;
  for (const ArgumentText& option : list().commands.front().options) {
    names.push_back(option.names.back());
  }
  EXPECT_THAT(names, ElementsAre("--help", "--status", "--format", "--file", "--root", "--fresh"));
}

}  // namespace
}  // namespace tain::query
