// What we may not look at now, we say; what we saw of it stays.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/sync_harness.h"
#include "tests/support/unprivileged.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using testing::kAllTopics;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

constexpr const char* kReadableState = "p/.tain/sessions/s1/state.json";
constexpr const char* kReadableLog = "p/.tain/sessions/s1/events.jsonl";

void set_mode(const fs::path& path, mode_t mode) {
  EXPECT_EQ(::chmod(path.c_str(), mode), 0) << path;
}

// A tree with two sessions, of which what is at `place` gets `mode` after both have changed.
void take_away_and_give_back(const std::string& place, mode_t mode) {
  SCOPED_TRACE(place + " " + std::to_string(mode));
  SyncHarness harness;
  harness.write(kReadableState, state_json("s1", "one"));
  harness.write(kReadableLog, event_json("e1") + "\n");
  harness.write("q/.tain/sessions/s2/state.json", state_json("s2", "two"));
  harness.scan();
  ASSERT_EQ(harness.select(kAllTopics), "one two");

  harness.write(kReadableState, state_json("s1", "one, later"));
  std::ofstream(harness.root() / kReadableLog, std::ios::app) << event_json("e2") << "\n";
  harness.write("q/.tain/sessions/s2/state.json", state_json("s2", "two, later"));
  const fs::path taken = harness.root() / place;
  struct stat before = {};
  ASSERT_EQ(::stat(taken.c_str(), &before), 0);
  set_mode(taken, mode);
  harness.scan();
  harness.sync(harness.root() / kReadableState);
  harness.sync(harness.root() / kReadableLog);
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), "2") << "gone is something else";
  EXPECT_NE(harness.select("SELECT count(*) FROM events"), "0");
  EXPECT_EQ(harness.select("SELECT count(*) > 0 FROM sync_errors WHERE reason LIKE "
                           "'%Permission denied%'"),
            "1");
  EXPECT_EQ(harness.select("SELECT topic FROM sessions WHERE session_id = 's2'"), "two, later");

  set_mode(taken, before.st_mode & 07777);
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "one, later two, later");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST(TakenPermissions, KeepTheRowsAndSayWhyUntilTheyAreGivenBack) {
  const testing::Unprivileged unprivileged;
  for (const char* place : {kReadableState, kReadableLog}) take_away_and_give_back(place, 0);
  // Nothing at all, and a list of names that lead nowhere.
  for (const char* place : {"p", "p/.tain", "p/.tain/sessions", "p/.tain/sessions/s1"}) {
    for (const mode_t mode : {0U, 0444U}) take_away_and_give_back(place, mode);
  }
}

TEST(TakenPermissions, OfADirectoryThatMayNotBeListedFilesAreStillReadByName) {
  const testing::Unprivileged unprivileged;
  SyncHarness harness;
  harness.write(kReadableState, state_json("s1", "one"));
  harness.scan();
  set_mode(harness.root() / "p/.tain/sessions", 0111);
  harness.write(kReadableState, state_json("s1", "later"));
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "one") << "nobody told of it";
  EXPECT_EQ(harness.select("SELECT reason FROM sync_errors"), "Permission denied");
  harness.sync(harness.root() / kReadableState);
  EXPECT_EQ(harness.select(kAllTopics), "later");
  set_mode(harness.root() / "p/.tain/sessions", 0700);
  harness.scan();
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST(TakenPermissions, OfTheRootMakeItUnavailableAndNothingIsDeleted) {
  const testing::Unprivileged unprivileged;
  SyncHarness harness;
  harness.write(kReadableState, state_json("s1", "one"));
  harness.scan();
  for (const mode_t mode : {0U, 0111U, 0444U}) {
    set_mode(harness.root(), mode);
    harness.scan();
    harness.sync(harness.root() / kReadableState);
    EXPECT_EQ(harness.select(kAllTopics), "one") << mode;
  }
  set_mode(harness.root(), 0);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state, reason FROM roots"), "unavailable|Permission denied");
  set_mode(harness.root(), 0700);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT state, reason FROM roots"), "available|");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

}  // namespace
}  // namespace tain::syncd
