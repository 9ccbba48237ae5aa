// What the kernel gives has limits: watches, instances, the queue of events.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "tests/support/daemon_fixture.h"
#include "tests/support/peak_memory.h"
#include "tests/support/sanitized.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using ::testing::HasSubstr;
using testing::kAllTopics;
using testing::kSanitized;
using testing::peak_memory;
using testing::Process;
using testing::state_json;
using testing::TempDir;
namespace fs = std::filesystem;

int run_shell(const std::vector<std::string>& words) {
  const TempDir directory;
  return Process(words, directory / "out", directory / "err").wait();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

class WatchLimits : public ::testing::Test {
 protected:
  fs::path state_file(const std::string& project) const {
    return daemon.root() / project / ".tain/sessions/s1/state.json";
  }
  void write_session(const std::string& project, const std::string& topic) const {
    testing::write(state_file(project), state_json("s1", topic));
  }
  Json status() { return daemon.ask({{"command", "status"}}); }
  std::string watch_mode() { return status()["roots"][0]["watch_mode"]; }

  // A user namespace has limits of its own: the daemon is started in one.
  void start_with(const std::string& setting, int value) {
    const std::string file = "/proc/sys/user/" + setting;
    const std::string script = "echo " + std::to_string(value) + " > " + file + " && exec \"$@\"";
    const std::vector<std::string> starter = {
        "/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c", script, "sh"};
    std::vector<std::string> probe = starter;
    probe.emplace_back("/bin/true");
    if (run_shell(probe) != 0) GTEST_SKIP() << "a user namespace cannot be made here";
    daemon.starter = starter;
    daemon.start();
  }
  void set(const std::string& setting, int value) {
    const std::string script = "echo " + std::to_string(value) + " > /proc/sys/user/" + setting;
    ASSERT_EQ(run_shell({"/usr/bin/nsenter", "--user", "--preserve-credentials", "--target",
                         std::to_string(daemon.process().pid()), "/bin/sh", "-c", script}),
              0);
  }
  // Of events that the kernel keeps for a watcher, where they can be made.
  static std::optional<int> longest_queue() {
    int longest = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> longest;
    return longest > 0 && longest <= 100'000 ? std::optional(longest) : std::nullopt;
  }
  // With the state of p, while the daemon is stopped.
  void fill_queue(int longest) const {
    const std::string a = state_file("p").string();
    const std::string b = a + ".moved";
    for (int i = 0; i < longest / 2 + 1; ++i) {  // two events each
      ASSERT_EQ(::rename((i % 2 == 0 ? a : b).c_str(), (i % 2 == 0 ? b : a).c_str()), 0);
    }
  }
  void expect_fresh(const std::string& project) {
    for (int i = 0; i < 10; ++i) {
      write_session(project, project + std::to_string(i));
      daemon.flush();
      ASSERT_THAT(daemon.select(kAllTopics), HasSubstr(project + std::to_string(i)));
    }
  }

  DaemonFixture daemon{R"({"poll_interval_seconds": 1})"};
};

TEST_F(WatchLimits, OutOfWatchesARootIsScannedOftenAndWatchedAgainWhenThereAreMore) {
  for (const char* project : {"p", "q", "r"}) write_session(project, project);
  start_with("max_inotify_watches", 8);
  if (IsSkipped()) return;
  daemon.flush();
  const Json root = status()["roots"][0];
  EXPECT_EQ(root["watch_mode"], "partial");
  EXPECT_EQ(root["watches_needed"], 13);
  EXPECT_EQ(root["watches"], 8);
  EXPECT_EQ(status()["watch_limit"], 8);
  EXPECT_THAT(root["watch_trouble"].get<std::string>(), HasSubstr("max_user_watches"));
  for (const char* project : {"p", "q", "r"}) expect_fresh(project);
  EXPECT_EQ(daemon.select("SELECT watch_mode, directories, watches FROM freshness"),
            "partial|13|8");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
  EXPECT_EQ(count_of(daemon.log(), "directories are watched"), 1) << "once, not each time";

  set("max_inotify_watches", 1000);
  while (watch_mode() != "inotify") daemon.ask({{"command", "sync"}});
  for (const char* project : {"p", "q", "r"}) expect_fresh(project);
  EXPECT_THAT(daemon.log(), HasSubstr("is watched wholly again"));
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(WatchLimits, WithoutAnInotifyInstanceItPollsUntilThereIsOne) {
  write_session("p", "p");
  start_with("max_inotify_instances", 0);
  if (IsSkipped()) return;
  daemon.flush();
  EXPECT_EQ(watch_mode(), "polling");
  EXPECT_THAT(status()["roots"][0]["watch_trouble"].get<std::string>(),
              HasSubstr("max_user_instances"));
  expect_fresh("p");
  set("max_inotify_instances", 10);
  while (watch_mode() != "inotify") daemon.ask({{"command", "sync"}});
  expect_fresh("p");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(WatchLimits, AnOverflowIsAScanOfEverythingAndLosesNothing) {
  const std::optional<int> longest = longest_queue();
  if (!longest) GTEST_SKIP() << "the kernel's queue of events is too long to fill";
  write_session("p", "before");
  write_session("q", "before");
  daemon.start();
  daemon.flush();
  daemon.process().send(SIGSTOP);
  fill_queue(*longest);
  write_session("q", "dropped");
  write_session("new", "dropped too");
  daemon.process().send(SIGCONT);
  daemon.flush();
  EXPECT_THAT(daemon.select(kAllTopics), HasSubstr("dropped dropped too"));
  EXPECT_GE(status()["overflows"], 1);
  EXPECT_THAT(daemon.log(), HasSubstr("dropped events"));
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
  expect_fresh("new");
}

TEST_F(WatchLimits, DirectoriesThatVanishInAnOverflowAreNotCountedAsWatched) {
  const std::optional<int> longest = longest_queue();
  if (!longest) GTEST_SKIP() << "the kernel's queue of events is too long to fill";
  write_session("p", "stays");
  for (int i = 0; i < 50; ++i) write_session("q" + std::to_string(i), "goes");
  daemon.start();
  daemon.flush();
  EXPECT_GT(status()["roots"][0]["watches"], 150);
  daemon.process().send(SIGSTOP);
  fill_queue(*longest);
  for (int i = 0; i < 50; ++i) fs::remove_all(daemon.root() / ("q" + std::to_string(i)));
  daemon.process().send(SIGCONT);
  const auto watches = [&] { return status()["roots"][0]["watches"].get<int>(); };
  while (watches() != 5) daemon.ask({{"command", "sync"}});  // the tree, p and what is in it
  expect_fresh("p");
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

TEST_F(WatchLimits, ABurstOfAHundredThousandFilesArrivesWholeInBoundedMemory) {
  constexpr int kSessions = 100;
  constexpr int kFiles = kSanitized ? 50 : 1000;  // of each; sanitizers take ten times as long
  daemon.start();
  for (int session = 0; session < kSessions; ++session) {
    const fs::path directory = daemon.root() / "p/.tain/sessions" / ("s" + std::to_string(session));
    fs::create_directories(directory);
    for (int file = 0; file < kFiles; ++file) {
      std::ofstream(directory / ("n" + std::to_string(file) + ".json"))
          << "{\"n\": " << file << "}";
    }
  }
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT count(*) FROM documents"), std::to_string(kSessions * kFiles));
  EXPECT_EQ(status()["pending"], 0);
  if (kSanitized) return;  // their own memory would be measured
  EXPECT_LT(peak_memory(daemon.process().pid()), 160);
}

}  // namespace
}  // namespace tain
