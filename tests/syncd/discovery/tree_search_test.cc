#include "syncd/discovery/tree_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "syncd/sync/scanner.h"
#include "tests/support/environment.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unprivileged.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using testing::EnvironmentVariable;
using ::testing::IsEmpty;
using testing::TempDir;
namespace fs = std::filesystem;

constexpr const char* kTranscriptName = "11111111-2222-4333-8444-555555555555.jsonl";

// A home in which nothing is but what a test puts there.
class TreeSearchTest : public ::testing::Test {
 protected:
  void write(const fs::path& file, const std::string& bytes = "{}") const {
    testing::write(home / file, bytes);
  }

  // Each tree below the home with its layouts: "code/app beads native".
  std::vector<std::string> find(const std::vector<fs::path>& named = {},
                                const LayoutChoices& choices = {}) const {
    return find_with(settings(named), choices);
  }
  std::vector<std::string> find_with(const SearchSettings& settings,
                                     const LayoutChoices& choices = {}) const {
    const mirror::Schema schema;
    std::vector<std::string> found;
    const TreesFound result = find_trees(Layouts(schema, choices), settings);
    for (const FoundTree& tree : result.trees) {
      std::string& text = found.emplace_back(fs::relative(tree.path, home.path()).string());
      for (const LayoutCount& count : tree.layouts) text += " " + count.layout;
    }
    return found;
  }

  SearchSettings settings(const std::vector<fs::path>& named,
                          const std::vector<fs::path>& roots = {}) const {
    SearchSettings settings{.home = home.path().string(), .pruned = Scanner::default_pruned()};
    for (const fs::path& directory : named) settings.named.push_back((home / directory).string());
    for (const fs::path& root : roots) settings.roots.push_back((home / root).string());
    return settings;
  }

  const TempDir home;
  const EnvironmentVariable no_claude_{"CLAUDE_CONFIG_DIR", ""};
  const EnvironmentVariable no_codex_{"CODEX_HOME", ""};
};

TEST_F(TreeSearchTest, EachProgramsOwnPlaceIsATree) {
  write(fs::path(".claude/projects/-a") / kTranscriptName);
  write(fs::path(".config/claude/projects/-b") / kTranscriptName);
  write(".codex/sessions/2026/01/02/rollout-1.jsonl");
  write(".codex/archived_sessions/rollout-2.jsonl");
  write(".maestro/projects/proj_1.json");
  EXPECT_THAT(find(), ElementsAre(".claude/projects claude-code", ".codex/archived_sessions codex",
                                  ".codex/sessions codex", ".config/claude/projects claude-code",
                                  ".maestro maestro"));
}

TEST_F(TreeSearchTest, WhatLiesBesideTranscriptsIsNotTaken) {
  write(".claude/plugins/some/.beads/issues.jsonl");
  write(".codex/worktrees/a/.tain/project.json");
  EXPECT_THAT(find(), IsEmpty());
}

TEST_F(TreeSearchTest, AVariableOfTheEnvironmentNamesOtherPlaces) {
  write(fs::path(".claude/projects/-a") / kTranscriptName);
  write(fs::path("cc1/projects/-b") / kTranscriptName);
  write(fs::path("cc2/projects/-c") / kTranscriptName);
  write(std::string("cx/sessions/2026/01/02/rollout-2026-01-02T03-04-05-") + kTranscriptName);
  const EnvironmentVariable claude("CLAUDE_CONFIG_DIR",
                                   (home / "cc1").string() + "," + (home / "cc2").string());
  const EnvironmentVariable codex("CODEX_HOME", (home / "cx").string());
  EXPECT_THAT(find(), ElementsAre("cc1/projects claude-code", "cc2/projects claude-code",
                                  "cx/sessions codex"));
}

TEST_F(TreeSearchTest, RepositoriesAreKnownByTheMarkersOfLayouts) {
  write("code/own/.tain/project.json");
  write("code/issues/.beads/issues.jsonl");
  write("work/flow/agents/sessions/s1/state.json");
  write("work/traj/.trajectories/traj_1.json");
  LayoutChoices choices;
  choices.layouts.push_back({.name = "trajectories",
                             .markers = {".trajectories"},
                             .files = {{.path = "**/traj_*.json", .is = "document"}}});
  EXPECT_THAT(find({}, choices), ElementsAre("code/issues beads", "code/own native",
                                             "work/flow agent-session", "work/traj trajectories"));
  EXPECT_THAT(find(),
              ElementsAre("code/issues beads", "code/own native", "work/flow agent-session"));
}

TEST_F(TreeSearchTest, AMarkerDeepInARepositoryMakesAllOfItATree) {
  write("code/app/.git/HEAD");
  write("code/app/docs/agents/sessions/s1/state.json");
  write("code/app/part/.beads/issues.jsonl");
  EXPECT_THAT(find(), ElementsAre("code/app agent-session beads"));
}

TEST_F(TreeSearchTest, TheHomeItselfIsNotATreeForAMarkerInIt) {
  write(".git/HEAD");
  write(".tain/project.json");
  write("code/app/.tain/project.json");
  EXPECT_THAT(find(), ElementsAre(".tain native", "code/app native"));
}

TEST_F(TreeSearchTest, HiddenAndPrunedDirectoriesAndLinksAreNotLookedInto) {
  write(".local/app/.tain/project.json");
  write("node_modules/app/.tain/project.json");
  const TempDir elsewhere;
  testing::write(elsewhere / "app/.tain/project.json", "{}");
  fs::create_directory_symlink(elsewhere.path(), home / "link");
  fs::create_directories(home / "code");
  fs::create_directory_symlink(elsewhere / "app/.tain", home / "code/.tain");
  EXPECT_THAT(find(), IsEmpty());
}

TEST_F(TreeSearchTest, OnlySoManyLevelsAreLookedInto) {
  write("1/2/3/4/5/6/.tain/project.json");
  write("a/2/3/4/5/6/7/.tain/project.json");
  EXPECT_THAT(find(), ElementsAre("1/2/3/4/5/6 native"));
}

TEST_F(TreeSearchTest, WhereNothingIsRecognisedIsNoTree) {
  fs::create_directories(home / "code/app/.tain/sessions");
  fs::create_directories(home / ".claude/projects");
  write("plain/notes.txt");
  EXPECT_THAT(find({"plain"}), IsEmpty());
}

TEST_F(TreeSearchTest, ANamedDirectoryTakesInWhatLiesInIt) {
  write("code/own/.tain/project.json");
  write("code/issues/.beads/issues.jsonl");
  write(".hidden/own/.tain/project.json");
  EXPECT_THAT(find({"code", ".hidden"}), ElementsAre(".hidden native", "code beads native"));
}

TEST_F(TreeSearchTest, WhatIsAroundARootDoesNotHideWhatElseLiesInIt) {
  write("code/app/.git/HEAD");
  write("code/app/docs/.tain/project.json");
  write("code/app/part/.beads/issues.jsonl");
  write("code/lib/.tain/project.json");
  EXPECT_THAT(find_with(settings({}, {"code/app/docs"})),
              ElementsAre("code/app/docs native", "code/app/part beads", "code/lib native"));
  EXPECT_THAT(find_with(settings({"code"}, {"code/lib"})),
              ElementsAre("code beads native", "code/app beads native", "code/lib native"));
  const TempDir elsewhere;
  SearchSettings apart = settings({"code"}, {"code/lib"});
  apart.home = elsewhere.path().string();
  EXPECT_THAT(find_with(apart),
              ElementsAre("code beads native", "code/app beads native", "code/lib native"));
}

TEST_F(TreeSearchTest, DirectoriesThatCannotBeReadAreNamedOnceWithTheReason) {
  write("code/app/.tain/sessions/s1/state.json");
  write("code/app/private/notes.txt");
  write("closed/app/.tain/project.json");
  const testing::Unprivileged modes_count;
  for (const char* name : {"code/app/private", "closed"}) {
    fs::permissions(home / name, fs::perms::none);
  }
  const mirror::Schema schema;
  const TreesFound found = find_trees(Layouts(schema), settings({"code"}));
  std::vector<std::string> said;
  for (const auto& error : found.unreadable) {
    said.push_back(fs::relative(error.path, home.path()).string() + ": " + error.reason);
  }
  for (const char* name : {"code/app/private", "closed"}) {
    fs::permissions(home / name, fs::perms::owner_all);
  }
  EXPECT_THAT(said,
              ElementsAre("closed: Permission denied", "code/app/private: Permission denied"));
  EXPECT_EQ(found.trees.size(), 1U);
}

TEST_F(TreeSearchTest, BlanksAroundPlacesOfTheEnvironmentAreNotTheirs) {
  write(fs::path("cc1/projects/-b") / kTranscriptName);
  write(fs::path("cc 2/projects/-c") / kTranscriptName);
  const EnvironmentVariable claude(
      "CLAUDE_CONFIG_DIR", " " + (home / "cc1").string() + ", " + (home / "cc 2").string() + " , ");
  EXPECT_THAT(find(), ElementsAre("cc 2/projects claude-code", "cc1/projects claude-code"));
}

TEST_F(TreeSearchTest, APlaceBehindALinkIsCalledByItsOwnPath) {
  write(fs::path("dotfiles/claude/projects/-a") / kTranscriptName);
  fs::create_directory_symlink(home / "dotfiles/claude", home / ".claude");
  EXPECT_THAT(find(), ElementsAre("dotfiles/claude/projects claude-code"));
}

TEST_F(TreeSearchTest, APlaceThatALinkLeadsOutOfItsNameIsToldOf) {
  write(fs::path("disk/cc/-a") / kTranscriptName);
  fs::create_directories(home / ".claude");
  fs::create_directory_symlink(home / "disk/cc", home / ".claude/projects");
  fs::create_directories(home / "disk/empty");
  fs::create_directories(home / ".codex");
  fs::create_directory_symlink(home / "disk/empty", home / ".codex/sessions");
  const mirror::Schema schema;
  const TreesFound found = find_trees(Layouts(schema), settings({}));
  EXPECT_THAT(found.trees, IsEmpty());
  ASSERT_EQ(found.unreadable.size(), 1U) << "nothing is lost where there are no files";
  EXPECT_EQ(found.unreadable[0].path, (home / ".claude/projects").string());
  EXPECT_THAT(found.unreadable[0].reason,
              ::testing::AllOf(::testing::HasSubstr("leads to " + (home / "disk/cc").string()),
                               ::testing::HasSubstr(".claude/projects")));
}

TEST_F(TreeSearchTest, WithoutAHomeOnlyWhatIsNamedIsLookedInto) {
  write("code/own/.tain/project.json");
  const mirror::Schema schema;
  const std::string named = (home / "code").string();
  EXPECT_THAT(find_trees(Layouts(schema), {.home = "", .pruned = {}}).trees, IsEmpty());
  EXPECT_EQ(find_trees(Layouts(schema), {.home = "", .pruned = {}, .named = {named}}).trees.size(),
            1U);
}

TEST_F(TreeSearchTest, AHomeThatIsAllOfTheDiskIsNotWalked) {
  write(".tain/project.json");  // in two levels below /
  const mirror::Schema schema;
  const TreesFound found = find_trees(Layouts(schema), {.home = "/", .pruned = {}});
  for (const FoundTree& tree : found.trees) {
    EXPECT_NE(tree.path, home.path().string());
  }
}

TEST_F(TreeSearchTest, SessionsLogsAndBytesAreCounted) {
  write("app/.tain/sessions/s1/state.json", "12345");
  write("app/.tain/sessions/s1/events.jsonl", "1234567");
  write("app/.tain/project.json", "");
  write("app/node_modules/.tain/project.json", "123");
  write("app/README.md", "123");
  const mirror::Schema schema;
  const std::vector<LayoutCount> counts =
      survey((home / "app").string(), Layouts(schema), Scanner::default_pruned()).layouts;
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].layout, "native");
  EXPECT_EQ(counts[0].files, 3);
  EXPECT_EQ(counts[0].sessions, 1);
  EXPECT_EQ(counts[0].logs, 1);
  EXPECT_EQ(counts[0].bytes, 12);
}

}  // namespace
}  // namespace tain::syncd
