#include "syncd/service/configured_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
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

TEST_F(ConfiguredRootsTest, WhatIsThereOrLiesInsideOrAroundIsRefusedWithTheRemedy) {
  add_configured_roots(file, {make("a/b")});
  expect_refusal<AlreadyExistsError>({make("a/b")}, "it is one already, in " + file.string());
  expect_refusal<AlreadyExistsError>({make("a/b/c")}, "tain roots remove " + make("a/b"));
  expect_refusal<AlreadyExistsError>({make("a")}, "before: tain roots remove " + make("a/b"));
  expect_refusal<AlreadyExistsError>({make("x"), make("x/y")}, "lies in the root " + make("x"));
  add_configured_roots(file, {make("a/b-c")});
  expect_refusal<AlreadyExistsError>({make("a")}, make("a/b") + " " + make("a/b-c"));
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
