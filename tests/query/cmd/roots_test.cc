#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <list>
#include <optional>
#include <sstream>

#include "core/fs/file_lock.h"
#include "core/json/document.h"
#include "tests/query/tain.h"
#include "tests/support/environment.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unprivileged.h"

namespace tain::query {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// A home of its own, with two projects in it.
class RootsTest : public ::testing::Test {
 protected:
  RootsTest() {
    environment_.emplace_back("HOME", home.path().string());
    environment_.emplace_back("XDG_RUNTIME_DIR", (home / "run").string());
    for (const char* name : {"TAIN_CONFIG", "TAIN_DB", "TAIN_SOCKET", "XDG_CONFIG_HOME",
                             "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME"}) {
      environment_.emplace_back(name, "");
    }
    testing::write(home / "code/app/.tain/sessions/s1/state.json", "{}");
    testing::write(home / "code/lib/.beads/issues.jsonl", "{}\n");
  }

  std::string path(const std::string& name) const { return (home / name).string(); }
  fs::path config() const { return home / ".config/tain/config.json"; }
  std::vector<std::string> configured() const {
    if (!fs::exists(config())) return {};
    return Json::parse(testing::read(config()))["roots"].get<std::vector<std::string>>();
  }

  static Outcome roots(std::vector<std::string> arguments, const Tain& tain = {}) {
    arguments.insert(arguments.begin(), "roots");
    return tain(arguments);
  }
  // Somebody sits at a terminal and types that.
  static Tain typing(const std::string& input) {
    Tain tain;
    tain.input = input;
    tain.in_is_terminal = true;
    return tain;
  }

  // A daemon that watches `watched`, and what `tain roots` says beside it.
  Outcome beside_daemon(const std::vector<std::string>& watched, const Json& reloaded,
                        const std::vector<std::string>& arguments) {
    fs::create_directories(home / "run/tain");
    Json status = {{"ok", true}, {"pid", 7}, {"roots", Json::array()}};
    for (const std::string& root : watched) {
      status["roots"].push_back({{"path", root}, {"state", "available"}});
    }
    const testing::FakeDaemon daemon(home / "run/tain/tain.sock", [&](const Json& request) {
      return (request["command"] == "status" ? status : reloaded).dump();
    });
    Outcome outcome = roots(arguments);
    told_ = daemon.commands();
    fs::remove(daemon.socket());
    return outcome;
  }

  const testing::TempDir home;
  std::vector<std::string> told_;  // what the daemon was told

 private:
  std::list<testing::EnvironmentVariable> environment_;
};

TEST_F(RootsTest, ADirectoryIsAddedAndWhatIsToBeDoneThenIsSaid) {
  const Outcome outcome = roots({"add", path("code/app"), path("code/lib/")});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "added " + path("code/app") + " to " + config().string() + "\nadded " +
                path("code/lib") + " to " + config().string() +
                "\nno daemon runs: `tain-syncd once` mirrors that now, `tain service install` from "
                "now on\n");
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
}

TEST_F(RootsTest, ADirectoryInWhichNothingIsRecognisedIsAddedWithAWarning) {
  fs::create_directory(home / "empty");
  const Outcome outcome = roots({"add", path("empty")});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(path("empty") + ": no layout recognises anything there"),
                                 HasSubstr("tain roots remove " + path("empty"))));
  EXPECT_THAT(configured(), ElementsAre(path("empty")));
}

TEST_F(RootsTest, WhatCannotBeARootIsRefusedAndNothingIsWritten) {
  roots({"add", path("code")});
  const Outcome inside = roots({"add", path("code/app")});
  EXPECT_EQ(inside.status, kFailed);
  EXPECT_EQ(inside.err, "tain: add the root " + path("code/app") + ": it lies in the root " +
                            path("code") +
                            ", and is mirrored with it; for less than all of that: tain roots "
                            "remove " +
                            path("code") + "\n");
  EXPECT_EQ(roots({"add", path("nowhere")}).status, kFailed);
  EXPECT_EQ(roots({"add", "/"}).status, kMisused);
  EXPECT_EQ(roots({"add"}).status, kMisused);
  EXPECT_THAT(configured(), ElementsAre(path("code")));
}

TEST_F(RootsTest, ADirectoryAroundRootsTakesTheirPlaceAndSaysSo) {
  fs::create_directory(home / "more");
  roots({"add", path("code/app"), path("more"), path("code/lib")});
  const Outcome outcome = roots({"add", path("code")});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("added " + path("code") + " to " + config().string() + ", in place of " +
                        path("code/app") + ", " + path("code/lib") + "\n"));
  EXPECT_THAT(configured(), ElementsAre(path("more"), path("code")));
}

TEST_F(RootsTest, APathInAProposedCommandIsQuotedWhereAShellNeedsIt) {
  fs::create_directory(home / "it's empty");
  EXPECT_THAT(roots({"add", path("it's empty")}).err,
              HasSubstr("tain roots remove '" + home.path().string() + "/it'\\''s empty'\n"));
}

// What is written to it calls `hear` with all that has been written.
class Listener : public std::stringbuf {
 public:
  explicit Listener(std::function<void(const std::string&)> hear) : hear_(std::move(hear)) {}

 private:
  int sync() override {
    hear_(str());
    return 0;
  }
  const std::function<void(const std::string&)> hear_;
};

TEST_F(RootsTest, WhoeverElseChangesTheConfigurationIsWaitedForAndThatIsSaid) {
  fs::create_directories(config().parent_path());
  std::optional<DirectoryLock> kept(std::in_place, FileSystem::real(), config().parent_path());
  Listener listener([&](const std::string& said) {
    if (said.find("waiting for whoever is changing") != std::string::npos) kept.reset();
  });
  std::istringstream in;
  std::ostringstream out;
  std::ostream err(&listener);
  EXPECT_EQ(run({"roots", "add", path("code")}, {.in = in, .out = out, .err = err}), kDone);
  EXPECT_FALSE(kept);
  EXPECT_THAT(listener.str(), HasSubstr(config().string()));
  EXPECT_THAT(configured(), ElementsAre(path("code")));
}

TEST_F(RootsTest, ARunningDaemonTakesOverWhatWasAdded) {
  const Outcome outcome = beside_daemon({path("code")}, {{"ok", true}}, {"add", path("code/app")});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("the daemon (pid 7) has taken that over"));
  EXPECT_THAT(told_, ElementsAre("status", "reload", "status"));
}

TEST_F(RootsTest, ADaemonThatGoesOnAsItWasIsToldOf) {
  const Outcome others =
      beside_daemon({path("elsewhere")}, {{"ok", true}}, {"add", path("code/app")});
  EXPECT_EQ(others.status, kFailed);
  EXPECT_THAT(others.err, AllOf(HasSubstr("the configuration is written, but"),
                                HasSubstr("(pid 7) was started with --root")));
  const Outcome refused = beside_daemon({}, {{"ok", false}, {"error", "/unheard is unknown"}},
                                        {"add", path("code/lib")});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("/unheard is unknown"));
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
}

TEST_F(RootsTest, ARootIsRemovedAndItsFilesStay) {
  roots({"add", path("code/app"), path("code/lib")});
  const Outcome outcome = roots({"remove", path("code/app")});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(outcome.out, "removed " + path("code/app") + " from " + config().string() +
                             "\nno daemon runs: the mirror forgets what it has of that with the "
                             "next `tain-syncd once`, or when the daemon starts\n");
  EXPECT_THAT(configured(), ElementsAre(path("code/lib")));
  EXPECT_TRUE(fs::exists(home / "code/app/.tain/sessions/s1/state.json"));
  const Outcome again = roots({"remove", path("code/app")});
  EXPECT_EQ(again.status, kFailed);
  EXPECT_THAT(again.err, HasSubstr("`tain roots list`"));
  const Outcome kept = beside_daemon({path("code/lib"), path("code/app")}, {{"ok", true}},
                                     {"remove", path("code/lib")});
  EXPECT_THAT(kept.out, HasSubstr("no root is left"));
  EXPECT_THAT(told_, ElementsAre());
}

TEST_F(RootsTest, ARootInsideAnotherMayBeRemovedFromBesideIt) {
  testing::write(config(), R"({"roots": ["~/code", "~/code/app"]})");
  const Outcome outcome =
      beside_daemon({path("code")}, {{"ok", true}}, {"remove", path("code/app")});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(configured(), ElementsAre("~/code"));
}

TEST_F(RootsTest, ADaemonThatKeepsWhatWasRemovedIsToldOf) {
  roots({"add", path("code/app"), path("code/lib")});
  const Outcome outcome = beside_daemon({path("code/app"), path("code/lib")}, {{"ok", true}},
                                        {"remove", path("code/app")});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("was started with --root"));
}

TEST_F(RootsTest, TheListSaysOfEachRootWhereItIsKnownAndWhatIsThere) {
  fs::create_directories(home / ".local/share/tain");
  testing::make_mirror(
      home / ".local/share/tain/mirror.db",
      "INSERT INTO roots(root_id, path, state) VALUES (1, '" + path("code") +
          "', 'available');"
          "INSERT INTO files VALUES (1, '" +
          path("code/app/.tain/sessions/s1/state.json") +
          "', 1, 1, 'native', 'session', 'current', 1, 1, 1, 1, 1, 0, 1, 1, 1, 1);"
          "INSERT INTO sessions(file_id, project_key, session_id) VALUES (1, 1, 's1');");
  testing::write(config(), R"({"roots": ["~/code", "~/gone"]})");
  const std::vector<std::string> as_json = {"list", "--format", "json"};
  const Json alone = Json::parse(roots(as_json).out);
  ASSERT_EQ(alone.size(), 2U);
  EXPECT_EQ(alone[0], Json({{"root", path("code")},
                            {"configured", "yes"},
                            {"watched", nullptr},
                            {"state", "readable"},
                            {"layouts", "beads, native"},
                            {"sessions", 1},
                            {"tasks", 0}}));
  EXPECT_EQ(alone[1]["state"], "missing");
  EXPECT_EQ(alone[1]["layouts"], "none");
  EXPECT_EQ(alone[1]["sessions"], nullptr);
  const Json watched = Json::parse(beside_daemon({path("code"), path("more")}, {}, as_json).out);
  ASSERT_EQ(watched.size(), 3U);
  EXPECT_EQ(watched[0]["watched"], "yes");
  EXPECT_EQ(watched[1]["watched"], "no");
  EXPECT_EQ(watched[2]["root"], path("more"));
  EXPECT_EQ(watched[2]["configured"], "no");
}

TEST_F(RootsTest, ARootWhoseNameIsNotUtf8IsListedOnce) {
  const std::string root = path("caf\xe9");
  fs::create_directories(root);
  fs::create_directories(home / ".local/share/tain");
  testing::make_mirror(home / ".local/share/tain/mirror.db",
                       "INSERT INTO roots(root_id, path, state) VALUES (1, CAST('" + root +
                           "' AS BLOB), 'available')");
  const Outcome outcome = beside_daemon({path("caf\ufffd")}, {}, {"list", "--format", "json"});
  const Json listed = Json::parse(outcome.out);
  ASSERT_EQ(listed.size(), 1U) << outcome.out;
  EXPECT_EQ(listed[0]["state"], "readable");
  EXPECT_EQ(listed[0]["watched"], "yes");
}

TEST_F(RootsTest, AloneItListsAndWithoutRootsItSaysHowToFindSome) {
  const Outcome none = roots({});
  EXPECT_EQ(none.status, kDone);
  EXPECT_THAT(none.err, HasSubstr("`tain roots discover`"));
  roots({"add", path("code")});
  EXPECT_THAT(roots({}).out, AllOf(HasSubstr(path("code")), HasSubstr("beads, native")));
  EXPECT_EQ(roots({}).out, roots({"list"}).out);
}

TEST_F(RootsTest, WhatIsDiscoveredIsShownAndAddedWhenSomebodySaysSo) {
  const Outcome outcome = roots({"discover"}, typing("y\n"));
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(path("code/app") + " | native |     1 |        1 |    0 |"));
  EXPECT_THAT(outcome.out, HasSubstr(path("code/lib") + " | beads  |     1 |        0 |    1 |"));
  EXPECT_EQ(outcome.err, "Add these 2 roots to " + config().string() + "? [y/N] ");
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
}

TEST_F(RootsTest, YesMayBeWrittenInManyWays) {
  for (const char* answer : {"Y\n", "yes\n", "YES\n", " y\n", "Yes \n"}) {
    EXPECT_EQ(roots({"discover"}, typing(answer)).status, kDone);
    EXPECT_TRUE(fs::exists(config())) << answer;
    fs::remove(config());
  }
}

TEST_F(RootsTest, NothingIsAddedWhenSomebodySaysAnythingElse) {
  for (const char* answer : {"n\n", "\n", "", "yep\n"}) {
    const Outcome outcome = roots({"discover"}, typing(answer));
    EXPECT_EQ(outcome.status, kDone);
    EXPECT_THAT(outcome.err, HasSubstr("nothing was added"));
    EXPECT_FALSE(fs::exists(config())) << answer;
  }
}

TEST_F(RootsTest, WithoutATerminalNothingIsAddedAndItSaysHow) {
  Tain piped;
  piped.input = "y\n";
  const Outcome outcome = roots({"discover"}, piped);
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("`tain roots discover --yes` adds them"));
  EXPECT_THAT(outcome.out, HasSubstr(path("code/app")));
  EXPECT_FALSE(fs::exists(config()));
  EXPECT_EQ(roots({"discover", "--dry-run"}, piped).status, kDone);
  EXPECT_FALSE(fs::exists(config()));
  EXPECT_EQ(roots({"discover", "--yes", "--dry-run"}).status, kMisused);
}

TEST_F(RootsTest, OnlyWhatIsNewIsAdded) {
  EXPECT_EQ(roots({"discover", "--yes"}).status, kDone);
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
  const Outcome again = roots({"discover", "--yes"});
  EXPECT_EQ(again.status, kDone);
  EXPECT_THAT(again.out, HasSubstr("a root already"));
  EXPECT_EQ(again.err, "tain: nothing new was found\n");
  const Outcome around = roots({"discover", "--yes", path("code")});
  EXPECT_THAT(around.out, HasSubstr("around the root " + path("code/app")));
  EXPECT_THAT(around.err,
              AllOf(HasSubstr("nothing new was found"),
                    HasSubstr("takes their place with: tain roots add " + path("code"))));
  roots({"remove", path("code/app"), path("code/lib")});
  roots({"add", path("code")});
  EXPECT_THAT(roots({"discover"}).out, HasSubstr("in the root " + path("code")));
  EXPECT_THAT(configured(), ElementsAre(path("code")));
}

TEST_F(RootsTest, WhatLiesBesideARootInANamedDirectoryIsStillFound) {
  roots({"add", path("code/app")});
  const Outcome outcome = roots({"discover", "--yes", path("code")});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("around the root " + path("code/app")));
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
}

TEST_F(RootsTest, ADirectoryThatCannotBeLookedIntoIsNamed) {
  fs::create_directory(home / "closed");
  fs::permissions(home / "closed", fs::perms::none);
  const testing::Unprivileged modes_count;
  const Outcome outcome = roots({"discover", "--dry-run"});
  fs::permissions(home / "closed", fs::perms::owner_all);
  EXPECT_EQ(outcome.err, "tain: not looked into: " + path("closed") + ": Permission denied\n");
}

TEST_F(RootsTest, WhereNothingIsFoundItSaysWhatElseThereIs) {
  fs::remove_all(home / "code");
  const Outcome outcome = roots({"discover"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.err, HasSubstr("`tain roots discover DIR`"));
  EXPECT_EQ(roots({"discover", path("code")}).status, kFailed);
}

TEST_F(RootsTest, StatusNamesDiscoverWhereNobodyKnowsARoot) {
  EXPECT_THAT(Tain()({"status"}).out, HasSubstr("`tain roots discover` looks for some"));
  roots({"add", path("code")});
  EXPECT_THAT(Tain()({"status"}).out, Not(HasSubstr("tain roots discover")));
}

TEST_F(RootsTest, AConfigurationThatIsRefusedIsNotChanged) {
  const std::string before = R"({"roots": [")" + path("code") + R"("], "unheard": 1})";
  testing::write(config(), before);
  const Outcome refused = roots({"add", path(".")});
  EXPECT_NE(refused.status, kDone);
  EXPECT_THAT(refused.err, HasSubstr("unheard"));
  EXPECT_NE(roots({"remove", path("code")}).status, kDone);
  EXPECT_EQ(testing::read(config()), before);
}

TEST_F(RootsTest, DataOfWhatWasDiscoveredIsDataAlone) {
  const Outcome outcome = roots({"discover", "--yes", "--format", "json"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(Json::parse(outcome.out).size(), 2U);
  EXPECT_THAT(outcome.err, HasSubstr("added " + path("code/app")));
}

TEST_F(RootsTest, ATreeWhoseNameIsNotUtf8KeepsNoOtherFromBeingAdded) {
  testing::write(home / "code/bad\xff/.beads/issues.jsonl", "{}\n");
  const Outcome outcome = roots({"discover", "--yes"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("not UTF-8"));
  EXPECT_THAT(configured(), ElementsAre(path("code/app"), path("code/lib")));
}

}  // namespace
}  // namespace tain::query
