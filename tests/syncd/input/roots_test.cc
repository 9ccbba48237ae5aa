// Roots that go, come, or turn into something else: gone is not deleted.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/in_a_child.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::CannotRunHere;
using testing::dump_of_a_fresh_mirror;
using testing::kAllTopics;
using testing::kStatePath;
using testing::run_in_a_child;
using testing::state_json;
using testing::SyncHarness;
using testing::take_own_mounts;
using testing::TempDir;
namespace fs = std::filesystem;

constexpr const char* kRootStates =
    "SELECT group_concat(state, ' ') FROM (SELECT state FROM roots ORDER BY path)";

// Two roots, each with one session, of which the first one's fate is tried.
class RootChanges : public ::testing::Test {
 protected:
  RootChanges() {
    hold(first, "one");
    hold(second, "two");
    harness.settle();
    EXPECT_EQ(harness.select(kAllTopics), "one two");
  }
  static void hold(const fs::path& root, const std::string& topic) {
    testing::write(root / kStatePath, state_json("s1", topic));
  }
  // However we learn of it, the rows stay, and the other root goes on.
  void expect_unavailable() {
    harness.sync(first / kStatePath);
    EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), "2");
    harness.scan();
    EXPECT_EQ(harness.select(kRootStates), "unavailable available");
    hold(second, "two " + std::to_string(++changes_));
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "one two " + std::to_string(changes_));
    EXPECT_EQ(harness.select("SELECT kind FROM anomalies WHERE kind = 'unavailable root'"),
              "unavailable root");
  }
  void expect_as_fresh() {
    harness.scan();
    EXPECT_EQ(harness.select(kRootStates), "available available");
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({first.string(), second.string()}));
  }

  TempDir directory;
  const fs::path first = directory / "a";
  const fs::path second = directory / "b";
  SyncHarness harness{{.roots = {first.string(), second.string()}}};

 private:
  int changes_ = 0;
};

TEST_F(RootChanges, ARootThatIsRemovedKeepsItsRowsAndOthersGoOn) {
  fs::remove_all(first);
  expect_unavailable();
  hold(first, "one again");
  expect_as_fresh();
}

TEST_F(RootChanges, ARootThatIsReplacedByAFileKeepsItsRows) {
  fs::rename(first, directory / "aside");
  testing::write(first, "a file");
  expect_unavailable();
  EXPECT_EQ(harness.select("SELECT reason FROM roots WHERE state = 'unavailable'"),
            "not a directory");
  fs::remove(first);
  fs::rename(directory / "aside", first);
  expect_as_fresh();
}

TEST_F(RootChanges, ARootThatIsReplacedByALinkThatLeadsNowhereKeepsItsRows) {
  fs::rename(first, directory / "aside");
  fs::create_symlink("nowhere", first);
  expect_unavailable();
  fs::remove(first);
  fs::create_symlink(first, first);  // a circle
  expect_unavailable();
  fs::remove(first);
  fs::rename(directory / "aside", first);
  expect_as_fresh();
}

TEST_F(RootChanges, ARootThatIsEmptiedLosesItsRows) {
  fs::remove_all(first / "p");
  harness.sync(first / kStatePath);
  EXPECT_EQ(harness.select(kAllTopics), "two");
  expect_as_fresh();
}

TEST_F(RootChanges, AMirrorThatIsOpenedAnewKnowsWhatItSawOfAMissingRoot) {
  fs::rename(first, directory / "aside");
  SyncHarness later({.roots = {first.string(), second.string()}, .mirror = harness.mirror()});
  later.settle();
  EXPECT_EQ(later.select(kAllTopics), "one two");
  EXPECT_EQ(later.select(kRootStates), "unavailable available");
}

TEST(Roots, ThatAreMissingAtTheStartAreMirroredWhenTheyCome) {
  const TempDir directory;
  const fs::path root = directory / "not/yet";
  SyncHarness harness({.roots = {root.string()}});
  harness.settle();
  EXPECT_EQ(harness.select(kRootStates), "unavailable");
  testing::write(root / kStatePath, state_json("s1", "come"));
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "come");
  EXPECT_EQ(harness.select(kRootStates), "available");
}

void mount_memory(const fs::path& place) {
  if (::mount("none", place.c_str(), "tmpfs", 0, "size=4m") != 0) throw CannotRunHere{"no mount"};
}

void bind(const fs::path& from, const fs::path& to) {
  if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    throw CannotRunHere{"no bind mount"};
  }
}

void unmount(const fs::path& place) {
  EXPECT_EQ(::umount2(place.c_str(), MNT_DETACH), 0);
}

TEST(MountedRoots, ThatAreUnmountedKeepTheirRowsUntilTheDiskIsBack) {
  const bool ran = run_in_a_child([] {
    take_own_mounts();
    const TempDir directory;
    const fs::path disk = directory / "disk";
    const fs::path root = directory / "root";
    const fs::path other = directory / "other";
    for (const fs::path& place : {disk, root, other}) fs::create_directory(place);
    mount_memory(disk);
    bind(disk, root);
    testing::write(root / kStatePath, state_json("s1", "disk"));
    testing::write(other / kStatePath, state_json("s2", "other"));
    SyncHarness harness({.roots = {other.string(), root.string()}});
    harness.settle();
    EXPECT_EQ(harness.select(kAllTopics), "disk other");

    unmount(root);
    harness.sync(root / kStatePath);
    harness.dirty().mark((root / "p").string(), Scope::tree);
    harness.settle();
    EXPECT_EQ(harness.select(kAllTopics), "disk other") << "an event concludes nothing";
    testing::write(other / kStatePath, state_json("s2", "other goes on"));
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "disk other goes on");
    EXPECT_EQ(harness.select(kRootStates), "available unavailable");

    bind(disk, root);
    testing::write(root / kStatePath, state_json("s1", "disk is back"));
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "disk is back other goes on");
    EXPECT_EQ(harness.select(kRootStates), "available available");
    fs::remove(root / kStatePath);
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "other goes on") << "deletions count again";
    unmount(root);
    unmount(disk);
  });
  if (!ran) GTEST_SKIP();
}

TEST(MountedRoots, WhatIsMountedBelowThemIsMirroredAsItIsSeen) {
  const bool ran = run_in_a_child([] {
    take_own_mounts();
    SyncHarness harness;
    const fs::path place = harness.root() / "p";
    harness.write(kStatePath, state_json("s1", "beneath"));
    harness.scan();
    const auto expect_shown = [&](const std::string& topics) {
      harness.scan();
      EXPECT_EQ(harness.select(kAllTopics), topics);
      EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
    };
    mount_memory(place);
    expect_shown("");
    harness.write(kStatePath, state_json("s1", "on the disk"));
    expect_shown("on the disk");
    unmount(place);
    expect_shown("beneath");
    // A directory within itself: it is not entered again and again.
    fs::create_directory(place / "again");
    bind(harness.root(), place / "again");
    expect_shown("beneath beneath");
    unmount(place / "again");
    expect_shown("beneath");
  });
  if (!ran) GTEST_SKIP();
}

}  // namespace
}  // namespace tain::syncd
