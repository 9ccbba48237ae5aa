#include "syncd/service/configured_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"
#include "core/fs/file_lock.h"
#include "syncd/service/config.h"
#include "tests/support/children.h"
#include "tests/support/environment.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

class ConfiguredRootsTest : public ::testing::Test {
 protected:
  std::string make(const std::string& name) const {
    fs::create_directories(directory / name);
    return (directory / name).string();
  }
  // Why it is refused, and the file as it was.
  template <class E>
  void expect_refusal(const std::vector<std::string>& roots, const std::string& why) const {
    const std::string before = testing::read(file);
    try {
      add_configured_roots(file, roots);
      ADD_FAILURE() << "added " << roots.front();
    } catch (const E& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
    EXPECT_EQ(testing::read(file), before);
  }

  const testing::TempDir directory;
  const fs::path file = directory / "config/tain/config.json";
};

TEST_F(ConfiguredRootsTest, TheFileIsMadeWhereThereIsNone) {
  EXPECT_THAT(configured_roots(file), IsEmpty());
  add_configured_roots(file, {make("a"), make("b")});
  EXPECT_EQ(testing::read(file),
            "{\n  \"roots\": [\n    \"" + make("a") + "\",\n    \"" + make("b") + "\"\n  ]\n}\n");
  EXPECT_THAT(configured_roots(file), ElementsAre(make("a"), make("b")));
}

TEST_F(ConfiguredRootsTest, AllElseInTheFileStaysAsItStands) {
  const testing::EnvironmentVariable home("HOME", directory.path().string());
  testing::write(file, R"({"later": {"x": 1.5}, "roots": ["~/a"], "db": "~/m.db"})");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  add_configured_roots(file, {make("b")});
  EXPECT_EQ(testing::read(file),
            "{\n  \"later\": {\n    \"x\": 1.5\n  },\n  \"roots\": [\n    \"~/a\",\n    \"" +
                make("b") + "\"\n  ],\n  \"db\": \"~/m.db\"\n}\n");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(configured_roots(file), ElementsAre((directory / "a").string(), make("b")));
}

TEST_F(ConfiguredRootsTest, WhatIsThereOrLiesInsideIsRefusedWithTheRemedy) {
  add_configured_roots(file, {make("a/b")});
  expect_refusal<AlreadyExistsError>({make("a/b")}, "it is one already, in " + file.string());
  expect_refusal<AlreadyExistsError>({make("a/b/c")}, "tain roots remove " + make("a/b"));
  expect_refusal<AlreadyExistsError>({make("x"), make("x/y")}, "lies in the root " + make("x"));
  expect_refusal<AlreadyExistsError>({make("x/y"), make("x")}, "lies in the root " + make("x"));
  expect_refusal<AlreadyExistsError>({make("x"), make("x")}, "it is one already");
}

TEST_F(ConfiguredRootsTest, APathInACommandIsQuotedWhereAShellNeedsIt) {
  add_configured_roots(file, {make("it's a b")});
  expect_refusal<AlreadyExistsError>(
      {make("it's a b/c")}, "tain roots remove '" + directory.path().string() + "/it'\\''s a b'");
}

TEST_F(ConfiguredRootsTest, WhatIsAroundRootsTakesTheirPlace) {
  const testing::EnvironmentVariable home("HOME", directory.path().string());
  make("a/b");
  testing::write(file, R"({"roots": ["~/a/b", "~/x", "~/a/b-c"]})");
  EXPECT_THAT(add_configured_roots(file, {make("a")}), ElementsAre(make("a/b"), make("a/b-c")));
  EXPECT_THAT(configured_roots(file), ElementsAre((directory / "x").string(), make("a")));
  EXPECT_THAT(add_configured_roots(file, {make("y")}), IsEmpty());
}

TEST_F(ConfiguredRootsTest, AFileBehindALinkIsReadAndChangedWhereItStands) {
  const fs::path real = directory / "dotfiles/tain.json";
  testing::write(real, R"({"roots": [], "watch": "polling"})");
  fs::create_directories(file.parent_path());
  fs::create_symlink("../../dotfiles/tain.json", file);
  add_configured_roots(file, {make("a")});
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_THAT(testing::read(real), HasSubstr("polling"));
  EXPECT_THAT(configured_roots(file), ElementsAre(make("a")));
  EXPECT_THAT(read_config({.file = file}).roots, ElementsAre(make("a")));
  remove_configured_roots(file, {make("a")});
  EXPECT_THAT(configured_roots(real), IsEmpty());
}

TEST_F(ConfiguredRootsTest, ALinkThatLeadsNowhereIsRefusedByItsName) {
  fs::create_directories(file.parent_path());
  fs::create_symlink("nowhere.json", file);
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { configured_roots(file); }, [&] { read_config({.file = file}); },
           [&] { add_configured_roots(file, {make("a")}); }}) {
    try {
      use();
      ADD_FAILURE() << "done";
    } catch (const NotFoundError& error) {
      EXPECT_THAT(error.what(), HasSubstr(file.string() + ": nowhere.json"));
    }
  }
}

TEST_F(ConfiguredRootsTest, ALockThatSomebodyKeepsIsNotWaitedForForever) {
  fs::create_directories(file.parent_path());
  const DirectoryLock kept(FileSystem::real(), file.parent_path());
  try {
    add_configured_roots(file, {make("a")}, std::chrono::milliseconds(30));
    ADD_FAILURE() << "added";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(file.parent_path().string() +
                                        ": another process has held its lock for 30 ms"));
  }
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(ConfiguredRootsTest, WhatIsNoDirectoryIsRefused) {
  testing::write(directory / "f", "");
  expect_refusal<NotFoundError>({(directory / "none").string()}, "there is no such directory");
  expect_refusal<NotFoundError>({make("a"), (directory / "f").string()}, "it is no directory");
  expect_refusal<InvalidArgument>({make("\xff")}, "UTF-8");
}

TEST_F(ConfiguredRootsTest, ARootIsRemovedHoweverItIsWrittenAndThereOrNot) {
  const testing::EnvironmentVariable home("HOME", directory.path().string());
  testing::write(file, R"({"roots": ["~/gone", "~/kept/../kept"], "watch": "polling"})");
  remove_configured_roots(file, {(directory / "gone").string()});
  EXPECT_EQ(testing::read(file),
            "{\n  \"roots\": [\n    \"~/kept/../kept\"\n  ],\n  \"watch\": \"polling\"\n}\n");
  EXPECT_THROW(remove_configured_roots(file, {(directory / "gone").string()}), NotFoundError);
}

TEST_F(ConfiguredRootsTest, AFileThatIsNoConfigurationIsLeftAlone) {
  for (const char* bytes : {"{", R"({"roots": "a"})", R"({"roots": [1]})", R"({"a": 1, "a": 2})"}) {
    testing::write(file, bytes);
    EXPECT_THROW(add_configured_roots(file, {make("a")}), Error) << bytes;
    EXPECT_EQ(testing::read(file), bytes);
  }
}

TEST_F(ConfiguredRootsTest, OfManyChangesAtOnceNoneIsLost) {
  for (const char* name : {"0", "1", "2", "3"}) make(name);
  EXPECT_TRUE(testing::run_in_processes(
      4, [&](int i) { add_configured_roots(file, {(directory / std::to_string(i)).string()}); }));
  EXPECT_THAT(configured_roots(file),
              UnorderedElementsAre(make("0"), make("1"), make("2"), make("3")));
}

}  // namespace
}  // namespace tain::syncd
