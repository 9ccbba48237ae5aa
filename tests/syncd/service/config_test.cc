#include "syncd/service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "core/error.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// A home of its own, so that the user's configuration says nothing here.
class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    for (const char* name : {"TAIN_CONFIG", "TAIN_DB", "TAIN_SOCKET", "XDG_CONFIG_HOME",
                             "XDG_DATA_HOME", "XDG_RUNTIME_DIR"}) {
      ::unsetenv(name);
    }
    ::setenv("HOME", home.path().c_str(), 1);
  }
  Config load(const std::string& text, ConfigOverrides overrides = {}) {
    testing::write(home / "c.json", text);
    overrides.file = home / "c.json";
    return load_config(overrides);
  }
  std::string dir(const std::string& name) const {
    fs::create_directories(home / name);
    return (home / name).string();
  }
  testing::TempDir home;
};

TEST_F(ConfigTest, TheFileSaysEverything) {
  const Config config = load(R"({"roots": [")" + dir("code") + R"("], "db": "/d/m.db",
      "socket": "/s/t.sock", "prune": ["huge"], "max_body": 10, "scan_interval_seconds": 3,
      "poll_interval_seconds": 4, "watch": "polling"})");
  EXPECT_THAT(config.roots, ElementsAre(dir("code")));
  EXPECT_EQ(config.db, "/d/m.db");
  EXPECT_EQ(config.socket, "/s/t.sock");
  EXPECT_THAT(config.pruned, ElementsAre("huge"));
  EXPECT_EQ(config.limits.max_body, 10);
  EXPECT_EQ(config.scan_interval, std::chrono::seconds(3));
  EXPECT_EQ(config.poll_interval, std::chrono::seconds(4));
  EXPECT_FALSE(config.use_inotify);
}

TEST_F(ConfigTest, WhatALinkLeadsToHasItsNameAlsoWhileItIsNotThere) {
  dir("disk/code");
  fs::create_symlink(home / "disk", home / "link");
  const std::string text =
      R"({"roots": [")" + (home / "link/code").string() + R"("], "db": "~/link/m.db"})";
  const Config before = load(text);
  fs::rename(home / "disk", home / "unmounted");
  const Config after = load(text);
  EXPECT_THAT(before.roots, ElementsAre((home / "disk/code").string()));
  EXPECT_EQ(after.roots, before.roots);
  EXPECT_EQ(before.db, home / "disk/m.db");
  EXPECT_EQ(after.db, before.db);
}

TEST_F(ConfigTest, ARootThatIsALinkIsFollowedToWhereItLeadsWhenThatIsADirectory) {
  const std::string one = dir("releases/1");
  const std::string two = dir("releases/2");
  const fs::path link = home / "current";
  fs::create_symlink(one, link);
  Config config = load(R"({"roots": [")" + link.string() + R"("]})");
  EXPECT_FALSE(follow_links(config));
  for (const fs::path& nowhere : {home / "releases/3", fs::path("/"), link}) {
    fs::remove(link);
    fs::create_symlink(nowhere, link);
    EXPECT_FALSE(follow_links(config)) << nowhere;
    EXPECT_THAT(config.roots, ElementsAre(one));
  }
  fs::remove(link);
  fs::create_symlink(two, link);
  EXPECT_TRUE(follow_links(config));
  EXPECT_THAT(config.roots, ElementsAre(two));
}

TEST_F(ConfigTest, APriceTableOfTheUsersReplacesThePricesOfItsModels) {
  testing::write(home / "prices.json", R"({"models": {"gpt-5": {"input": 9, "output": 9}}})");
  const Config config = load(R"({"roots": ["/x"], "prices": "~/prices.json"})");
  EXPECT_EQ(config.prices.find("gpt-5")->price->rates.input, 9);
  EXPECT_NE(load(R"({"roots": ["/x"]})").prices.fingerprint(), config.prices.fingerprint());
  testing::write(home / "prices.json", R"({"models": {"gpt-5": {"input": "9"}}})");
  EXPECT_THROW(load(R"({"roots": ["/x"], "prices": "~/prices.json"})"), SchemaError);
}

TEST_F(ConfigTest, AnIntervalLiesBetweenASecondAndAYear) {
  for (const std::string name : {"scan_interval_seconds", "poll_interval_seconds"}) {
    const std::string begin = R"({"roots": ["/x"], ")" + name + "\": ";
    EXPECT_NO_THROW(load(begin + "1}"));
    EXPECT_NO_THROW(load(begin + "31536000}"));
    for (const char* wrong : {"0", "-1", "31536001", "10000000000", "9223372036854775807"}) {
      try {
        load(begin + wrong + "}");
        ADD_FAILURE() << name << " " << wrong;
      } catch (const InvalidArgument& error) {
        EXPECT_THAT(error.what(), HasSubstr(name));
        EXPECT_THAT(error.what(), HasSubstr("from 1 to 31536000"));
        EXPECT_THAT(error.what(), HasSubstr(wrong));
      }
    }
  }
}

TEST_F(ConfigTest, WhatIsRedactedAndWhoseFilesAreReadCanBeSaid) {
  const Config config =
      load(R"({"roots": ["/x"], "json": [")" + dir("any") + R"("], "redact": {"drop": ["content"]},
          "layouts": [{"name": "x", "markers": [".x"], "files": [{"path": "*.json", "is": "task"}]}]})");
  EXPECT_THAT(config.layouts.json, ElementsAre(dir("any")));
  ASSERT_EQ(config.layouts.layouts.size(), 1U);
  EXPECT_EQ(config.layouts.layouts[0].name, "x");
  EXPECT_THAT(config.redaction.drop, ElementsAre("content"));
  EXPECT_THAT(config.redaction.secret_names, Contains("TOKEN"));
}

TEST_F(ConfigTest, WhatIsNamedAsSecretIsSoBesidesWhatAlwaysIs) {
  const auto names = [&](const std::string& given) {
    return load(R"({"roots": ["/x"], "redact": {"secret_names": )" + given + "}}")
        .redaction.secret_names;
  };
  EXPECT_THAT(names(R"(["PIN"])"), ::testing::IsSupersetOf({"PIN", "TOKEN", "KEY"}));
  EXPECT_THAT(names("[]"), Contains("TOKEN"));
  EXPECT_THROW(names(R"([""])"), InvalidArgument) << "it would be part of every name";
  const auto words = [&](const std::string& given) {
    return load(R"({"roots": ["/x"], "redact": {"secret_words": )" + given + "}}")
        .redaction.secret_words;
  };
  EXPECT_THAT(words(R"(["PIN"])"), ::testing::IsSupersetOf({"PIN", "PASS", "PAT"}));
  for (const char* word : {R"([""])", R"(["MY_PIN"])", R"(["PIN2"])"}) {
    EXPECT_THROW(words(word), InvalidArgument) << "it would be a word of no name";
  }
}

TEST_F(ConfigTest, ARuleThatCanNameNoFieldIsRefused) {
  for (const char* name : {"", ".", "a..b", ".a", "a.", "/message/content", "a[].b", "*"}) {
    const std::string rule = std::string("[\"") + name + "\"]";
    for (const char* key : {"drop", "hash"}) {
      EXPECT_THROW(
          load(R"({"roots": ["/x"], "redact": {")" + std::string(key) + "\": " + rule + "}}"),
          InvalidArgument)
          << key << " " << name;
    }
  }
  EXPECT_THAT(load(R"({"roots": ["/x"], "redact": {"drop": ["a.b c"]}})").redaction.drop,
              ElementsAre("a.b c"));
}

TEST_F(ConfigTest, AnUnknownKeyInADescriptionIsRefusedWithItsPlace) {
  const auto complaint = [&](const std::string& members) {
    try {
      load(R"({"roots": ["/x"], )" + members + "}");
    } catch (const SchemaError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(complaint(R"("redact": {"dorp": []})"), HasSubstr("/redact/dorp"));
  EXPECT_THAT(complaint(R"("redact": {"drop": "content"})"), HasSubstr("/redact/drop"));
  EXPECT_THAT(complaint(R"("layouts": [{"name": "x", "markers": [".x"], "files": [], "root": 1}])"),
              HasSubstr("/layouts/0/root"));
  EXPECT_THAT(complaint(R"("layouts": [{"name": "x", "markers": [".x"], "files": [
                            {"path": "a", "is": "task", "field": {}}]}])"),
              HasSubstr("/layouts/0/files/0/field"));
  EXPECT_THAT(complaint(R"("layouts": [{"name": "x", "markers": [".x"], "files": [
                            {"path": "a", "is": "task", "lists": [
                              {"list": "a", "is": "event", "at": ""}]}]}])"),
              HasSubstr("/layouts/0/files/0/lists/0/at"));
  EXPECT_THAT(complaint(R"("layouts": [{"name": "x", "markers": [".x"], "files": [
                            {"path": "a", "is": "tasks"}]}])"),
              ::testing::AllOf(HasSubstr("c.json"), HasSubstr("/layouts/0/files/0/is")));
}

TEST_F(ConfigTest, TheCommandLineCountsMoreThanTheFile) {
  const Config config = load(R"({"roots": ["/x"], "db": "/x", "socket": "/x"})",
                             {.roots = {dir("other")}, .db = "/d/m.db", .socket = "/s/t.sock"});
  EXPECT_THAT(config.roots, ElementsAre(dir("other")));
  EXPECT_EQ(config.db, "/d/m.db");
  EXPECT_EQ(config.socket, "/s/t.sock");
}

TEST_F(ConfigTest, WithoutAFileTheEnvironmentAndXdgSayWhere) {
  EXPECT_EQ(load_config({.roots = {"/x"}}).db, home / ".local/share/tain/mirror.db");
  EXPECT_EQ(load_config({.roots = {"/x"}}).socket, home / ".local/share/tain/tain.sock");
  ::setenv("XDG_RUNTIME_DIR", "/run/me", 1);
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(load_config({.roots = {"/x"}}).db, "/data/tain/mirror.db");
  EXPECT_EQ(load_config({.roots = {"/x"}}).socket, "/run/me/tain/tain.sock");
  ::setenv("TAIN_DB", "/env/m.db", 1);
  ::setenv("TAIN_SOCKET", "/env/t.sock", 1);
  EXPECT_EQ(load_config({.roots = {"/x"}}).db, "/env/m.db");
  EXPECT_EQ(load_config({.roots = {"/x"}}).socket, "/env/t.sock");
}

TEST_F(ConfigTest, TheDefaultFileIsReadWhereItIs) {
  testing::write(home / ".config/tain/config.json", R"({"roots": ["/from/default"]})");
  EXPECT_THAT(load_config({}).roots, ElementsAre("/from/default"));
  testing::write(home / "mine.json", R"({"roots": ["/from/mine"]})");
  ::setenv("TAIN_CONFIG", (home / "mine.json").c_str(), 1);
  EXPECT_THAT(load_config({}).roots, ElementsAre("/from/mine"));
}

TEST_F(ConfigTest, AHomeIsNotNeededWhenTheCommandLineSaysEverything) {
  ::unsetenv("HOME");
  EXPECT_THAT(load_config({.roots = {"/x"}, .db = "/d", .socket = "/s"}).roots, ElementsAre("/x"));
  EXPECT_THROW(load_config({.db = "/d", .socket = "/s"}), InvalidArgument);
  EXPECT_THROW(load_config({.roots = {"/x"}}), NotFoundError) << "where would the mirror be?";
}

TEST_F(ConfigTest, AnUnknownKeyIsRefusedAndTheKnownOnesAreNamed) {
  try {
    load(R"({"rots": []})");
    FAIL();
  } catch (const SchemaError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/rots"));
    EXPECT_THAT(error.what(), HasSubstr("roots, db, socket"));
  }
}

TEST_F(ConfigTest, AFileThatIsNamedMustBeThereAndBeJson) {
  EXPECT_THROW(load_config({.file = home / "absent.json", .roots = {"/x"}}), NotFoundError);
  EXPECT_THROW(load("{"), ParseError);
  EXPECT_THROW(load(R"({"roots": 7})"), SchemaError);
}

TEST_F(ConfigTest, WithoutRootsThereIsNothingToDo) {
  EXPECT_THROW(load_config({}), InvalidArgument);
  EXPECT_THROW(load("{}"), InvalidArgument);
  EXPECT_THROW(load(R"({"roots": [""]})"), InvalidArgument);
}

TEST_F(ConfigTest, NumbersMustBePositive) {
  EXPECT_THROW(load(R"({"roots": ["/x"], "max_body": 0})"), InvalidArgument);
  EXPECT_THROW(load(R"({"roots": ["/x"], "scan_interval_seconds": -1})"), InvalidArgument);
}

TEST_F(ConfigTest, ARootInsideAnotherIsWatchedWithIt) {
  EXPECT_THAT(load_config({.roots = {dir("a/b"), dir("a"), dir("a-b"), dir("a") + "/"}}).roots,
              ElementsAre(dir("a"), dir("a-b")));
}

TEST_F(ConfigTest, RootsAreCanonicalAlsoWhenTheyAreMissing) {
  fs::create_directory_symlink(dir("real"), home / "link");
  EXPECT_THAT(load_config({.roots = {(home / "link").string()}}).roots, ElementsAre(dir("real")));
  EXPECT_THAT(load_config({.roots = {(home / "absent/../x/").string()}}).roots,
              ElementsAre((home / "x").string()));
}

// Else it would have two locks, and two writers.
TEST_F(ConfigTest, AMirrorThatIsNamedByALinkIsTheOneThatTheLinkNames) {
  testing::write(home / "real.db", "");
  fs::create_symlink(home / "real.db", home / "link.db");
  EXPECT_EQ(load_config({.roots = {"/x"}, .db = home / "link.db"}).db, home / "real.db");
}

TEST_F(ConfigTest, ATildeIsTheHomeDirectory) {
  const Config config = load(R"({"roots": ["~/code"], "db": "~/m.db", "socket": "~/t.sock"})");
  EXPECT_THAT(config.roots, ElementsAre((home / "code").string()));
  EXPECT_EQ(config.db, home / "m.db");
  EXPECT_EQ(config.socket, home / "t.sock");
  EXPECT_THAT(load(R"({"roots": ["~"]})").roots, ElementsAre(home.path().string()));
}

TEST_F(ConfigTest, TheWholeFileSystemIsNoRoot) {
  EXPECT_THROW(load_config({.roots = {"/"}}), InvalidArgument);
}

TEST_F(ConfigTest, ARootWithANulInItsNameIsRefused) {
  EXPECT_THROW(load(R"({"roots": ["/x\u0000y"]})"), InvalidArgument);
}

TEST(CanonicalPath, IsOneForAllNamesOfAPlaceAndNoneForNoPlace) {
  using namespace std::string_literals;
  const testing::TempDir directory;
  const std::string here = directory.path();
  std::filesystem::create_directories(directory / "a/b");
  std::filesystem::create_directory_symlink("a", directory / "link");
  for (const char* name :
       {"/a/b", "/a/b/", "/a//b", "/a/./b", "/a/../a/b/.", "/link/b", "/link/b//"}) {
    EXPECT_EQ(canonical_path(here + name), here + "/a/b") << name;
  }
  EXPECT_EQ(canonical_path(here + "/not/there/"), here + "/not/there") << "it may come";
  EXPECT_EQ(canonical_path(here + "/not/../../x"), directory.path().parent_path().string() + "/x");
  EXPECT_EQ(canonical_path("/"), "/");
  for (const std::string& name : {""s, "a/b"s, "./a"s, here + "/a\0b"s}) {
    EXPECT_EQ(canonical_path(name), std::nullopt) << name;
  }
}

TEST_F(ConfigTest, WhatNeverHoldsStateIsPrunedUnlessToldOtherwise) {
  EXPECT_THAT(load_config({.roots = {"/x"}}).pruned, Contains("node_modules"));
  EXPECT_THAT(load(R"({"roots": ["/x"], "prune": []})").pruned, Not(Contains("node_modules")));
}

TEST_F(ConfigTest, AWayToWatchThatThereIsNotIsRefused) {
  try {
    load(R"({"roots": ["/x"], "watch": "kqueue"})");
    FAIL() << "nothing was thrown";
  } catch (const InvalidArgument& error) {
    EXPECT_THAT(error.what(), HasSubstr("inotify or polling"));
  }
}

TEST_F(ConfigTest, ARootThatIsAddedTakesInThoseInsideIt) {
  Config config = load(R"({"roots": ["/a/b", "/c"]})");
  add_root(config, "/a");
  add_root(config, "/c/d");
  EXPECT_THAT(config.roots, ElementsAre("/a", "/c"));
}

}  // namespace
}  // namespace tain::syncd
