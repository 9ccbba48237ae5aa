#include "syncd/watch/inotify_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <fstream>
#include <functional>

#include "syncd/service/event_source.h"
#include "syncd/watch/remote_file_system.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

constexpr const char* kSession = "p/.tain/sessions/s1";

// The kernel queues an event before the call that causes it returns, so a drain after a change sees
// it: nothing here waits.
class InotifyWatcherTest : public ::testing::Test {
 protected:
  InotifyWatcherTest() : layouts(schema), watcher(layouts, dirty) {
    fs::create_directories(root.path() / kSession);
    watch_all();
  }
  void watch_all() {
    watcher.watch(root.path().string());
    for (const auto& entry : fs::recursive_directory_iterator(root.path())) {
      if (entry.is_directory()) watcher.watch(entry.path().string());
    }
    marks();
  }
  fs::path path(const std::string& relative) const { return root.path() / relative; }
  // What has been marked since the last call: paths beneath the root, trees with a slash behind.
  std::vector<std::string> marks() {
    EXPECT_EQ(watcher.drain(), Drained::all);
    std::vector<std::string> found;
    for (const Mark& mark : dirty.take(1000)) {
      found.push_back(fs::path(mark.path).lexically_relative(root.path()).string() +
                      (mark.scope == Scope::tree ? "/" : ""));
    }
    dirty.done();
    return found;
  }

  testing::TempDir root;
  const tain::mirror::Schema schema;
  const Layouts layouts;
  DirtySet dirty;
  InotifyWatcher watcher;
};

TEST_F(InotifyWatcherTest, EveryKindOfChangeOfAFileIsAMarkOfIt) {
  const auto expect_mark = [&](const char* what) {
    EXPECT_THAT(marks(), UnorderedElementsAre(kStatePath)) << what;
  };
  testing::write(path(kStatePath), "{}");
  expect_mark("create");
  std::ofstream(path(kStatePath), std::ios::app) << "x";
  expect_mark("append");
  fs::resize_file(path(kStatePath), 1);
  expect_mark("truncate");
  fs::permissions(path(kStatePath), fs::perms::owner_read);
  expect_mark("chmod");
  fs::last_write_time(path(kStatePath), fs::file_time_type::clock::now());
  expect_mark("touch");
  fs::rename(path(kStatePath), path("elsewhere"));
  expect_mark("rename away");
  fs::rename(path("elsewhere"), path(kStatePath));
  expect_mark("rename into");
  fs::remove(path(kStatePath));
  expect_mark("delete");
  testing::write(path("elsewhere"), "{}");
  fs::create_hard_link(path("elsewhere"), path(kStatePath));
  expect_mark("hard link");
}

TEST_F(InotifyWatcherTest, ARenameMarksTheOldNameAndTheNew) {
  testing::write(path(kStatePath), "{}");
  marks();
  fs::rename(path(kStatePath), path("p/.tain/sessions/s1/plan.json"));
  EXPECT_THAT(marks(), UnorderedElementsAre(kStatePath, "p/.tain/sessions/s1/plan.json"));
}

TEST_F(InotifyWatcherTest, FilesOfNoLayoutAndTemporariesAreNoMarks) {
  testing::write(path("p/.tain/sessions/s1/.state.json.1.x.tmp"), "{}");
  testing::write(path("p/main.cc"), "int main() {}");
  EXPECT_THAT(marks(), IsEmpty());
}

TEST_F(InotifyWatcherTest, ANewDirectoryIsATreeSinceItsChildrenMayHaveNoEvent) {
  testing::write(path("q/.tain/sessions/s9/state.json"), "{}");
  EXPECT_THAT(marks(), UnorderedElementsAre("q/"));
}

TEST_F(InotifyWatcherTest, DirectoriesThatGoAreTreesAndAreWatchedNoMore) {
  const std::size_t before = watcher.watched_below(root.path().string());
  fs::remove_all(path(kSession));
  EXPECT_THAT(marks(), Contains(std::string(kSession) + "/"));
  EXPECT_EQ(watcher.watched_below(root.path().string()), before - 1);
  fs::rename(path("p"), path("q"));
  EXPECT_THAT(marks(), UnorderedElementsAre("p/", "q/"));
  EXPECT_EQ(watcher.watched_below(path("p").string()), 0);
}

TEST_F(InotifyWatcherTest, EventsFlowUnderTheNewNameAfterARename) {
  fs::rename(path("p"), path("q"));
  marks();
  watch_all();
  testing::write(path("q/.tain/sessions/s1/state.json"), "{}");
  EXPECT_THAT(marks(), UnorderedElementsAre("q/.tain/sessions/s1/state.json"));
}

TEST_F(InotifyWatcherTest, AScanBetweenARenameAndItsEventsDoesNotConfuseTheNames) {
  fs::rename(path("p"), path("q"));
  fs::create_directories(path(kSession));  // and another takes the old name
  for (const char* name : {"", "p", "p/.tain", "p/.tain/sessions", kSession, "q", "q/.tain",
                           "q/.tain/sessions", "q/.tain/sessions/s1"}) {
    watcher.watch(name[0] == '\0' ? root.path().string() : path(name).string());
  }
  // What the events take away, the trees that they mark bring back.
  const std::vector<std::string> marked = marks();
  EXPECT_THAT(marked, Contains("p/"));
  EXPECT_THAT(marked, Contains("q/"));
  watch_all();
  EXPECT_EQ(watcher.watched_below(root.path().string()), 9);
  testing::write(path(kStatePath), "{}");
  EXPECT_THAT(marks(), UnorderedElementsAre(kStatePath));
  testing::write(path("q/.tain/sessions/s1/state.json"), "{}");
  EXPECT_THAT(marks(), UnorderedElementsAre("q/.tain/sessions/s1/state.json"));
}

TEST_F(InotifyWatcherTest, ADirectoryThatIsMadeAgainBeforeTheEventsAreReadStaysWatched) {
  fs::remove(path(kSession));
  fs::create_directory(path(kSession));
  watcher.watch(path(kSession).string());
  marks();
  watch_all();
  EXPECT_EQ(watcher.watched_below(path(kSession).string()), 1);
  testing::write(path(kStatePath), "{}");
  EXPECT_THAT(marks(), UnorderedElementsAre(kStatePath));
  fs::rename(path(kSession), root.path() / "gone");
  marks();
  EXPECT_EQ(watcher.watched_below(path(kSession).string()), 0);
}

TEST_F(InotifyWatcherTest, TheRootsPermissionsAreATree) {
  fs::permissions(root.path(), fs::perms::owner_read, fs::perm_options::remove);
  EXPECT_THAT(marks(), UnorderedElementsAre("./"));
  fs::permissions(root.path(), fs::perms::owner_read, fs::perm_options::add);
  EXPECT_THAT(marks(), UnorderedElementsAre("./"));
}

TEST_F(InotifyWatcherTest, TheRootThatGoesIsATree) {
  fs::remove_all(root.path());
  EXPECT_THAT(marks(), Contains("./"));
  fs::create_directory(root.path());
}

TEST_F(InotifyWatcherTest, ARootThatIsMadeAgainBeforeTheEventsAreReadStaysWatched) {
  fs::remove_all(root.path());
  fs::create_directory(root.path());
  watcher.watch(root.path().string());
  marks();
  EXPECT_EQ(watcher.watched_below(root.path().string()), 1);
}

TEST_F(InotifyWatcherTest, ADiskThatIsUnmountedIsATree) {
  const fs::path disk = path("disk");
  fs::create_directory(disk);
  if (::mount("tain-test", disk.c_str(), "tmpfs", 0, nullptr) != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  watcher.watch(disk.string());
  marks();
  ASSERT_EQ(::umount(disk.c_str()), 0);
  EXPECT_THAT(marks(), UnorderedElementsAre("disk/"));
}

TEST_F(InotifyWatcherTest, WatchesThatAreCountedAreOfWholeNames) {
  fs::create_directories(path("pq"));
  watch_all();
  EXPECT_EQ(watcher.watched_below(path("p").string()), 4);
}

TEST_F(InotifyWatcherTest, WhatVanishedOrMayNotBeReadIsNoTroubleOfTheWatcher) {
  EXPECT_TRUE(watcher.watch(path("absent").string()));
  testing::write(path("file"), "");
  EXPECT_TRUE(watcher.watch(path("file").string()));
  EXPECT_EQ(watcher.trouble(), "");
}

TEST_F(InotifyWatcherTest, AnOverflowIsReported) {
  int longest_queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> longest_queue;
  if (longest_queue <= 0 || longest_queue > 100'000) {
    GTEST_SKIP() << "the kernel's queue is too long to fill: " << longest_queue;
  }
  const std::string a = path(kStatePath).string();
  const std::string b = path("p/.tain/sessions/s1/plan.json").string();
  testing::write(a, "{}");
  marks();
  for (int i = 0; i < longest_queue / 2 + 1; ++i) {  // two events each, none like its predecessor
    ASSERT_EQ(::rename((i % 2 == 0 ? a : b).c_str(), (i % 2 == 0 ? b : a).c_str()), 0);
  }
  EXPECT_EQ(watcher.drain(), Drained::overflow);
  EXPECT_EQ(watcher.drain(), Drained::all) << "once";
}

// A watcher over a system that fails on demand.
class InotifyFaults : public ::testing::Test {
 protected:
  InotifyFaults() { fs::create_directories(root / kSession); }
  std::string path(const std::string& relative) const { return (root / relative).string(); }
  std::size_t marks() {
    const std::size_t count = dirty.take(1000).size();
    dirty.done();
    return count;
  }

  testing::TempDir root;
  const tain::mirror::Schema schema;
  const Layouts layouts{schema};
  DirtySet dirty;
  testing::FaultFileSystem files;
  std::optional<std::size_t> limit;
  std::string remote = "nothing";
  InotifyWatcher watcher{layouts,
                         dirty,
                         {.files = files,
                          .is_remote = [this](const std::string& p) { return p == remote; },
                          .limit = [this] { return limit; }}};
};

TEST_F(InotifyFaults, AReadingThatASignalInterruptsGoesOn) {
  watcher.watch(path(kSession));
  testing::write(path(kStatePath), "{}");
  files.inject({.call = testing::Call::read, .nth = 1, .error_number = EINTR});
  EXPECT_EQ(watcher.drain(), Drained::all);
  EXPECT_EQ(files.failed().size(), 1);
  EXPECT_EQ(marks(), 1);
}

TEST_F(InotifyFaults, AReadErrorIsToldAndANewBeginningWatchesAgain) {
  watcher.watch(path(kSession));
  files.inject({.call = testing::Call::read, .nth = 1, .error_number = EIO, .persistent = true});
  EXPECT_EQ(watcher.drain(), Drained::failed);
  EXPECT_EQ(watcher.drain(), Drained::failed);
  files.heal();
  EXPECT_TRUE(watcher.restart());
  EXPECT_EQ(watcher.watched_below(root.path().string()), 0) << "everything has to be scanned";
  watcher.watch(path(kSession));
  testing::write(path(kStatePath), "{}");
  EXPECT_EQ(watcher.drain(), Drained::all);
  EXPECT_EQ(marks(), 1);
}

TEST_F(InotifyFaults, OutOfWatchesItSaysSoAndGoesOnWhenItIsGivenMore) {
  limit = 2;
  watcher.read_limit();
  EXPECT_TRUE(watcher.watch(path("p")));
  EXPECT_TRUE(watcher.watch(path("p/.tain")));
  EXPECT_FALSE(watcher.watch(path(kSession)));
  EXPECT_TRUE(watcher.watch(path("p"))) << "it is watched already";
  EXPECT_EQ(watcher.failures(), 1);
  EXPECT_THAT(watcher.trouble(), HasSubstr("max_user_watches"));
  limit = 3;
  watcher.read_limit();
  EXPECT_TRUE(watcher.watch(path(kSession)));
  EXPECT_EQ(watcher.watched_below(root.path().string()), 3);
}

TEST_F(InotifyFaults, DirectoriesOfOtherHostsAreWatchedButThatIsNotEnough) {
  remote = path(kSession);
  EXPECT_FALSE(watcher.watch(remote));
  EXPECT_THAT(watcher.trouble(), HasSubstr("network or FUSE"));
  testing::write(path(kStatePath), "{}");
  EXPECT_EQ(watcher.drain(), Drained::all);
  EXPECT_EQ(marks(), 1) << "what this host does is seen at once";
}

TEST_F(InotifyFaults, WhatIsForgottenIsWatchedNoMore) {
  watcher.watch(path("p"));
  watcher.watch(path(kSession));
  watcher.forget(path("p"));
  EXPECT_EQ(watcher.watched_below(root.path().string()), 0);
  testing::write(path(kStatePath), "{}");
  EXPECT_EQ(watcher.drain(), Drained::all);
  EXPECT_EQ(marks(), 0);
}

TEST_F(InotifyFaults, EachEventNamesItsDirectory) {
  std::vector<std::string> directories;
  watcher.on_event = [&](const std::string& directory) { directories.push_back(directory); };
  watcher.watch(path(kSession));
  testing::write(path(kStatePath), "{}");
  watcher.drain();
  EXPECT_THAT(directories, Contains(path(kSession)));
}

// As the daemon uses it.
class EventSourceTest : public InotifyFaults {
 protected:
  void run_until(const std::function<bool()>& done) {
    while (!done()) io.run_one();
  }
  boost::asio::io_context io{1};
  std::vector<std::string> lost;
  EventSource source{io, watcher, [this](const std::string& why) { lost.push_back(why); }};
};

TEST_F(EventSourceTest, EventsBecomeMarksAsTheContextRuns) {
  watcher.watch(path(kSession));
  testing::write(path(kStatePath), "{}");
  run_until([&] { return dirty.size() > 0; });
  EXPECT_THAT(lost, IsEmpty());
}

TEST_F(EventSourceTest, AfterAReadErrorItBeginsAnewAndNeverGivesUp) {
  watcher.watch(path(kSession));
  files.inject({.call = testing::Call::read, .nth = 1, .error_number = EIO, .persistent = true});
  testing::write(path(kStatePath), "{}");
  run_until([&] { return lost.size() >= 2; });
  EXPECT_THAT(lost.front(), HasSubstr("cannot be read"));
  EXPECT_EQ(lost.back(), "") << "said once; but everything is scanned again after the new start";
  EXPECT_GE(files.failed().size(), 1);
  files.heal();
  watcher.watch(path(kSession));
  testing::write(path(kStatePath), "{ }");
  run_until([&] { return dirty.size() > 0; });
  source.drain();
}

TEST_F(EventSourceTest, ABarrierLearnsThatEventsCannotBeRead) {
  files.inject({.call = testing::Call::read, .nth = 1, .error_number = EIO, .persistent = true});
  source.drain();
  const std::size_t told = lost.size();
  source.drain();
  EXPECT_GT(told, 0);
  EXPECT_GT(lost.size(), told) << "each time, since each barrier needs its own scan";
}

TEST(RemoteFileSystem, NetworkAndFuseAreRemoteAndDisksAreNot) {
  EXPECT_TRUE(is_remote_file_system(0x6969)) << "NFS";
  EXPECT_TRUE(is_remote_file_system(0x65735546)) << "FUSE";
  EXPECT_TRUE(is_remote_file_system(static_cast<std::int32_t>(0xFF534D42))) << "CIFS, signed";
  EXPECT_FALSE(is_remote_file_system(0xEF53)) << "ext4";
  EXPECT_FALSE(is_remote_file_system(0x01021994)) << "tmpfs";
  EXPECT_FALSE(is_on_remote_file_system("/proc"));
  EXPECT_FALSE(is_on_remote_file_system("/absent"));
}

TEST(WatchedScan, WhatIsWrittenIntoNewDirectoriesAtOnceIsFound) {
  const tain::mirror::Schema schema;
  const Layouts layouts(schema);
  DirtySet dirty;
  InotifyWatcher watcher(layouts, dirty);
  const testing::TempDir directory;
  SyncHarness harness({.roots = {directory.path().string()}, .watcher = &watcher});
  harness.settle();
  const auto take_over = [&] {
    EXPECT_EQ(watcher.drain(), Drained::all);
    for (const Mark& mark : dirty.take(1000)) harness.dirty().mark(mark.path, mark.scope);
    dirty.done();
    harness.settle();
  };
  harness.write("new/deep/.tain/sessions/s1/state.json", state_json("s1", "one"));
  take_over();
  EXPECT_EQ(harness.select("SELECT topic FROM sessions"), "one");
  harness.write("new/deep/.tain/sessions/s1/state.json", state_json("s1", "two"));
  take_over();
  EXPECT_EQ(harness.select("SELECT topic FROM sessions"), "two");
  fs::rename(directory / "new", directory / "renamed");
  take_over();
  harness.write("renamed/deep/.tain/sessions/s1/state.json", state_json("s1", "three"));
  take_over();
  EXPECT_EQ(harness.select("SELECT topic FROM sessions"), "three");
  EXPECT_EQ(harness.select("SELECT root FROM projects"), (directory / "renamed/deep").string());
}

}  // namespace
}  // namespace tain::syncd
