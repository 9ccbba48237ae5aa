// The daemon over trees that move, are copied, mounted, linked, or meant to harm.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/state/session_state_manager.h"
#include "tests/support/daemon_fixture.h"
#include "tests/support/in_a_child.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::CannotRunHere;
using testing::DaemonFixture;
using ::testing::HasSubstr;
using testing::kAllTopics;
using ::testing::Not;
using testing::run_in_a_child;
using testing::state_json;
using testing::take_own_mounts;
namespace fs = std::filesystem;

void hold_session(const fs::path& project, const std::string& id, const std::string& topic) {
  testing::write(project / ".tain/sessions" / id / "state.json", state_json(id, topic));
}

class TreeChanges : public ::testing::Test {
 protected:
  void expect_shown(const std::string& topics) const {
    daemon.flush();
    EXPECT_EQ(daemon.select(kAllTopics), topics);
    EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
  }
  DaemonFixture daemon;
};

TEST_F(TreeChanges, WhatAClientNamesIsNeverReadOutsideOfTheRootsNorTwice) {
  hold_session(daemon.root() / "p", "s1", "in");
  hold_session(daemon.directory() / "secret", "s9", "CANARY");
  fs::create_directory_symlink(daemon.directory() / "secret", daemon.root() / "link");
  daemon.start();
  expect_shown("in");
  const std::string root = daemon.root();
  const SyncNotifier notifier(daemon.socket());
  using namespace std::string_literals;
  for (const std::string& path :
       {root + "/../secret", root + "/p/../../secret", root + "/link", root + "/link/.tain",
        root + "/p/", root + "//p", root + "/./p", root + "/p\0x"s,
        root + "/p/.tain/sessions/s1/state.json/", root + "/../tree/p", "relative"s, ""s,
        root + "/absent/", root + "/absent/../../secret/.tain/sessions/s9/state.json"}) {
    try {
      daemon.ask({{"command", "sync"}, {"path", path}});
    } catch (const Error& refused) {
      EXPECT_THAT(refused.what(), HasSubstr("below none of the roots")) << path;
    }
    notifier.notify(path);
    daemon.flush();
    EXPECT_EQ(daemon.select("SELECT count(*) FROM files"), "1") << path;
  }
  expect_shown("in");
}

TEST_F(TreeChanges, AProjectMayMoveAndBeCopiedWhetherTheDaemonRunsOrNot) {
  const fs::path p = daemon.root() / "p";
  hold_session(p, "s1", "one");
  testing::write(p / ".tain/project.json", R"({"id": "p", "name": "P"})");
  daemon.start();
  expect_shown("one");
  const auto change = [&](const std::function<void()>& work, const std::string& topics) {
    work();
    expect_shown(topics);
  };
  const auto change_unseen = [&](const std::function<void()>& work, const std::string& topics) {
    EXPECT_EQ(daemon.stop(), 0);
    work();
    daemon.start();
    expect_shown(topics);
  };
  const fs::path q = daemon.root() / "deep/er/q";
  fs::create_directories(q.parent_path());
  change([&] { fs::rename(p, q); }, "one");
  change_unseen([&] { fs::rename(q, p); }, "one");
  EXPECT_EQ(daemon.select("SELECT root FROM projects"), p.string());
  constexpr auto kAll = fs::copy_options::recursive;
  change([&] { fs::copy(p, q, kAll); }, "one one");
  change_unseen([&] { fs::copy(p, daemon.root() / "r", kAll); }, "one one one");
  EXPECT_EQ(daemon.select("SELECT count(*) FROM projects"), "3") << "a copy is one of its own";
  change([&] { hold_session(q, "s1", "changed"); }, "changed one one");
  change_unseen([&] { fs::remove_all(p); }, "changed one");
  change([&] { fs::rename(q, daemon.directory() / "outside"); }, "one");
  change([&] { fs::rename(daemon.directory() / "outside", p); }, "changed one");
  // One takes the other's place.
  change(
      [&] {
        fs::rename(p, q), fs::rename(daemon.root() / "r", p), fs::rename(q, daemon.root() / "r");
      },
      "changed one");
}

TEST_F(TreeChanges, RootsThatAreNamedThroughLinksAndWithSlashesAreTheSameRoots) {
  fs::create_directories(daemon.directory() / "other");
  fs::create_directory_symlink(daemon.directory(), daemon.directory() / "alias");
  fs::create_directory_symlink("tree", daemon.directory() / "link");
  hold_session(daemon.root() / "p", "s1", "one");
  hold_session(daemon.directory() / "other/p", "s2", "two");
  const std::string here = daemon.directory();
  testing::write(
      daemon.config_file(),
      Json({{"roots",
             {here + "/link/", here + "/tree//", here + "/alias/tree/.", here + "/alias/other/"}}})
          .dump());
  daemon.environment = {"TAIN_CONFIG=" + daemon.config_file().string()};
  daemon.names_root = false;
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT path FROM roots ORDER BY path"),
            here + "/other\n" + here + "/tree");
  EXPECT_EQ(daemon.select(kAllTopics), "one two");
  // Saved by whichever name, told or not.
  int version = 0;
  for (const char* name : {"link/p", "alias/tree/p", "tree/p", "alias/link/p"}) {
    const std::string topic = "one " + std::to_string(++version);
    hold_session(daemon.directory() / name, "s1", topic);
    if (version % 2 == 0) {
      SyncNotifier(daemon.socket()).notify(daemon.directory() / name / ".tain/sessions/s1");
    }
    daemon.flush();
    EXPECT_EQ(daemon.select(kAllTopics), topic + " two");
  }
  EXPECT_EQ(daemon.select("SELECT count(*) FROM files"), "2");
}

TEST_F(TreeChanges, ARootThatTurnsIntoAFileAndBackKeepsItsRowsMeanwhile) {
  hold_session(daemon.root() / "p", "s1", "one");
  daemon.start();
  expect_shown("one");
  fs::rename(daemon.root(), daemon.directory() / "aside");
  testing::write(daemon.root(), "a file");
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "one");
  EXPECT_EQ(daemon.select("SELECT state FROM roots"), "unavailable");
  fs::remove(daemon.root());
  fs::rename(daemon.directory() / "aside", daemon.root());
  hold_session(daemon.root() / "p", "s1", "two");
  expect_shown("two");
  hold_session(daemon.root() / "p", "s1", "three");  // its watches are back too
  expect_shown("three");
}

// No event tells of it: the watched directories are the same as before, only elsewhere.
TEST(ReplacedRoots, ARootWhoseParentIsReplacedIsReadAndWatchedAnew) {
  DaemonFixture daemon("{}");
  const fs::path parent = daemon.directory() / "parent";
  hold_session(parent / "root", "s1", "old");
  hold_session(daemon.directory() / "copy/root", "s1", "new");
  testing::write(daemon.config_file(), R"({"roots": [")" + (parent / "root").string() + "\"]}");
  daemon.names_root = false;
  daemon.start();
  daemon.flush();
  fs::rename(parent, daemon.directory() / "parent.old");
  fs::rename(daemon.directory() / "copy", parent);
  for (const char* topic : {"new", "newer"}) {
    hold_session(parent / "root", "s1", topic);
    daemon.flush();
    EXPECT_EQ(daemon.select(kAllTopics), topic);
  }
}

TEST(ReplacedRoots, ARootThatBecameALinkIsWatchedWhereItLeads) {
  DaemonFixture daemon;
  hold_session(daemon.root(), "s1", "one");
  daemon.start();
  daemon.flush();
  const fs::path moved = daemon.directory() / "moved";
  fs::rename(daemon.root(), moved);
  fs::create_directory_symlink(moved, daemon.root());
  daemon.flush();
  hold_session(moved / "new", "s2", "two");
  daemon.flush();
  EXPECT_EQ(daemon.select(kAllTopics), "one two");
}

TEST(DeepTree, IsFollowedByADaemonWithFewDescriptors) {
  DaemonFixture daemon;
  fs::path deep = daemon.root();
  for (int level = 0; level < 900; ++level) deep /= "d";
  hold_session(deep, "s1", "one");
  daemon.starter = {"/bin/sh", "-c", "ulimit -n 160 && exec \"$@\"", "sh"};
  daemon.start();
  for (const char* topic : {"one", "two", "three"}) {
    hold_session(deep, "s1", topic);
    daemon.flush();
    EXPECT_EQ(daemon.select(kAllTopics), topic);
  }
  EXPECT_EQ(daemon.select("SELECT count(*) FROM sync_errors"), "0");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

void mount_or_give_up(const std::string& what, const fs::path& place, bool is_bind) {
  const int done = is_bind ? ::mount(what.c_str(), place.c_str(), nullptr, MS_BIND, nullptr)
                           : ::mount("none", place.c_str(), "tmpfs", 0, "size=4m");
  if (done != 0) throw CannotRunHere{"nothing may be mounted"};
}

TEST(Mounts, BelowARootComeAndGo) {
  const bool ran = run_in_a_child([] {
    take_own_mounts();
    DaemonFixture daemon;
    const fs::path disk = daemon.root() / "disk";
    hold_session(disk / "p", "s1", "beneath");
    const auto expect_shown = [&](const std::string& topics) {
      // A mount raises no event: only a scan finds it.
      daemon.ask({{"command", "sync"}});
      EXPECT_EQ(daemon.select(kAllTopics), topics);
      EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
    };
    daemon.start();
    expect_shown("beneath");
    mount_or_give_up("", disk, false);
    expect_shown("");
    for (const char* topic : {"on the disk", "changed"}) {
      hold_session(disk / "p", "s2", topic);
      daemon.flush();
      EXPECT_EQ(daemon.select(kAllTopics), topic) << "its directories are watched";
    }
    EXPECT_EQ(::umount(disk.c_str()), 0) << "watches do not keep a disk busy";
    expect_shown("beneath");
    hold_session(disk / "p", "s1", "as before");
    daemon.flush();
    EXPECT_EQ(daemon.select(kAllTopics), "as before");
  });
  if (!ran) GTEST_SKIP() << "the child says above what may not be done here";
}

TEST(Mounts, ADirectoryThatIsInTwoPlacesIsFreshInBothAfterAFlush) {
  const bool ran = run_in_a_child([] {
    take_own_mounts();
    DaemonFixture daemon;
    const fs::path a = daemon.root() / "a";
    const fs::path b = daemon.root() / "b";
    hold_session(a, "s1", "0");
    fs::create_directory(b);
    mount_or_give_up(a.string(), b, true);
    daemon.start();
    for (int i = 1; i <= 20; ++i) {
      const std::string topic = std::to_string(i);
      hold_session(i % 2 == 0 ? a : b, "s1", topic);
      daemon.flush();
      ASSERT_EQ(daemon.select(kAllTopics), topic + " " + topic);
    }
    EXPECT_EQ(daemon.select("SELECT watch_mode FROM freshness"), "partial");
    EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
    EXPECT_EQ(::umount(b.c_str()), 0);
    daemon.ask({{"command", "sync"}});
    EXPECT_EQ(daemon.select(kAllTopics), "20");
    EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
  });
  if (!ran) GTEST_SKIP() << "the child says above what may not be done here";
}

}  // namespace
}  // namespace tain
