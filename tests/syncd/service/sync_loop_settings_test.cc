// A mirror that was made with other settings.

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/sync_loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::kAllTopics;
using testing::select;
namespace fs = std::filesystem;

class SyncLoopSettings : public testing::SyncLoopFixture {};

constexpr const char* kLeftInFile = "SELECT left_in_file FROM events";

TEST_F(SyncLoopSettings, AMirrorOfOtherLimitsIsReplacedWhenTheNewOneIsComplete) {
  write_long_body();
  { make().catch_up(); }
  EXPECT_EQ(select(config.db, kLeftInFile), "");
  config.limits.max_body = 64;
  {
    const sqlite::Database reader(config.db, sqlite::Database::Mode::read_only);
    SyncLoop loop = make();
    while_running(loop, [&] {
      flush();
      while (status.get().rebuilding) std::this_thread::yield();
      EXPECT_EQ(select(config.db, kLeftInFile), R"(["body"])");
      EXPECT_EQ(select(reader, kLeftInFile), "") << "whoever still reads the old one";
    });
  }
  EXPECT_FALSE(fs::exists(config.db.string() + ".new"));
}

TEST_F(SyncLoopSettings, AMirrorThatDoesNotSayItsLimitsIsBuiltAnewToo) {
  write_long_body();
  { make().catch_up(); }
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("DELETE FROM meta WHERE key = 'settings'; UPDATE events SET left_in_file = 'x'");
  }
  make().catch_up();
  EXPECT_EQ(select(config.db, kLeftInFile), "");
}

TEST_F(SyncLoopSettings, AMirrorOfTheSameLimitsIsKeptWhateverElseWasChanged) {
  { make().catch_up(); }
  {
    sqlite::Database other(config.db, sqlite::Database::Mode::read_write);
    other.run("INSERT INTO meta VALUES('mark', 1)");
  }
  config.pruned.insert("p");
  config.limits.log_budget = 7;
  make().catch_up();
  EXPECT_EQ(select(config.db, "SELECT value FROM meta WHERE key = 'mark'"), "1");
  EXPECT_EQ(select(config.db, kAllTopics), "") << "below what is pruned now";
  const auto settings =
      parse_settings(select(config.db, "SELECT value FROM meta WHERE key = 'settings'"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->pruned, config.pruned);
}

TEST_F(SyncLoopSettings, AMirrorThatHoldsWhatItMustNotAnyMoreIsBuiltAnew) {
  constexpr const char* kTopicsKept =
      "SELECT (SELECT count(topic) FROM sessions), (SELECT count(*) FROM documents WHERE "
      "body LIKE '%\"topic\": \"%')";
  { make().catch_up(); }
  EXPECT_EQ(select(config.db, kTopicsKept), "1|1");
  config.redaction.drop = {"topic"};
  make().catch_up();
  EXPECT_EQ(select(config.db, kTopicsKept), "0|0");
}

TEST_F(SyncLoopSettings, ARebuildThatWasCutShortIsBegunAgain) {
  write_long_body();
  { make().catch_up(); }
  config.limits.max_body = 64;
  {
    const SyncLoop cut_short = make();
    testing::write(config.db.string() + ".new", "half");
  }
  make().catch_up();
  EXPECT_EQ(select(config.db, kLeftInFile), R"(["body"])");
}

}  // namespace
}  // namespace tain::syncd
