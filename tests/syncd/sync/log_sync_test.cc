#include "syncd/sync/log_sync.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <functional>

#include "tests/support/peak_memory.h"
#include "tests/support/sanitized.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

constexpr const char* kLog = "p/.tain/sessions/s1/events.jsonl";
constexpr const char* kIds =
    "SELECT group_concat(id, ' ') FROM (SELECT id FROM events ORDER BY line_offset)";
constexpr const char* kOffsets = "SELECT group_concat(byte_offset, ' ') FROM sync_errors";

std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += event_json("e" + std::to_string(i)) + "\n";
  return text;
}

class LogSyncTest : public ::testing::Test {
 protected:
  fs::path path() const { return harness.root() / kLog; }
  void replace(std::string_view bytes) { harness.write(kLog, bytes); }
  void append(std::string_view bytes) { std::ofstream(path(), std::ios::app) << bytes; }
  void overwrite(std::int64_t offset, std::string_view bytes) {
    std::fstream(path(), std::ios::in | std::ios::out).seekp(offset) << bytes;
  }
  std::string ids() const { return harness.select(kIds); }
  void expect_like_fresh(const SyncLimits& limits = {}) const {
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}, limits));
  }
  SyncHarness harness;
};

TEST_F(LogSyncTest, EveryLineIsARowThatKnowsItsPlace) {
  replace(lines(1, 3));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2 e3");
  const std::int64_t length = static_cast<std::int64_t>(event_json("e1").size());
  EXPECT_EQ(harness.select("SELECT line_offset, line_length FROM events WHERE id = 'e2'"),
            std::to_string(length + 1) + "|" + std::to_string(length));
  EXPECT_EQ(harness.select("SELECT consumed FROM files"), std::to_string(fs::file_size(path())));
}

TEST_F(LogSyncTest, AnAppendIsReadFromWhereTheLastReadingEnded) {
  replace(lines(1, 4000));
  harness.sync(path());
  // Far from both ends, so that only a reader of the whole file would see it.
  overwrite(static_cast<std::int64_t>(event_json("e1").size() + 4) * 2000, "#######");
  append(lines(4001, 4002));
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "4002");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(LogSyncTest, ATornTailIsAnErrorUntilItIsCompleted) {
  const std::string line = event_json("e2");
  replace(lines(1, 1) + line.substr(0, 20));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1");
  EXPECT_EQ(harness.select(kOffsets), std::to_string(event_json("e1").size() + 1));
  append(line.substr(20) + "\n");
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(harness.select(kOffsets), "");
  expect_like_fresh();
}

TEST_F(LogSyncTest, ATornTailThatWasSealedDamagesOnlyItself) {
  replace(lines(1, 1) + event_json("torn").substr(0, 20));
  harness.sync(path());
  append("\n" + lines(2, 2));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  EXPECT_EQ(harness.select("SELECT state FROM files"), "current");
  expect_like_fresh();
}

TEST_F(LogSyncTest, AWholeLastLineNeedsNoNewline) {
  replace(lines(1, 1) + event_json("e2"));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  append("\n" + lines(3, 3));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2 e3");
  expect_like_fresh();
}

TEST_F(LogSyncTest, ATruncatedFileIsReadAnew) {
  replace(lines(1, 5));
  harness.sync(path());
  fs::resize_file(path(), lines(1, 2).size());
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  replace("");
  harness.sync(path());
  EXPECT_EQ(ids(), "");
  EXPECT_EQ(harness.select("SELECT state FROM files"), "current");
}

TEST_F(LogSyncTest, ALongerFileWithAnotherBeginningIsReadAnew) {
  replace(lines(1, 3));
  harness.sync(path());
  replace(lines(11, 19));  // in place: the same inode
  harness.sync(path());
  EXPECT_EQ(ids(), "e11 e12 e13 e14 e15 e16 e17 e18 e19");
  expect_like_fresh();
}

TEST_F(LogSyncTest, AReplacedFileIsReadAnew) {
  replace(lines(1, 3));
  harness.sync(path());
  harness.write("new", lines(7, 12));
  fs::rename(harness.root() / "new", path());
  harness.sync(path());
  EXPECT_EQ(ids(), "e7 e8 e9 e10 e11 e12");
  expect_like_fresh();
}

TEST_F(LogSyncTest, ARewriteOfTheSameSizeIsReadAnew) {
  replace(lines(1, 3));
  harness.sync(path());
  replace(lines(4, 6));
  harness.sync(path());
  EXPECT_EQ(ids(), "e4 e5 e6");
}

TEST_F(LogSyncTest, ARewriteOfTheSameSizeInTheMiddleIsSeenByItsTime) {
  replace(lines(1, 4000));
  harness.sync(path());
  std::string text = lines(1, 4000);
  text.replace(text.find("\"e2000\""), 7, "\"f2000\"");
  replace(text);
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM events WHERE id = 'f2000'"), "1");
}

TEST_F(LogSyncTest, ARewriteWhileItIsReadIsNotTakenForAnAppendLater) {
  replace(lines(1, 9));
  // In the middle of the reading, as its second row goes into the mirror.
  int rows = 0;
  std::function<void()> on_row = [&] {
    if (++rows == 2) replace(lines(51, 69));
  };
  sqlite3_update_hook(
      harness.writer().database().handle(),
      [](void* hook, int, const char*, const char* table, sqlite3_int64) {
        if (std::string_view(table) == "events") (*static_cast<std::function<void()>*>(hook))();
      },
      &on_row);
  harness.sync(path());
  sqlite3_update_hook(harness.writer().database().handle(), nullptr, nullptr);
  ASSERT_GE(rows, 2);
  harness.scan();
  expect_like_fresh();
}

TEST_F(LogSyncTest, CarriageReturnsAndBlankLinesAreNoTrouble) {
  replace(event_json("e1") + "\r\n\r\n\n   \n\t\n" + event_json("e2") + "\r\n");
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(LogSyncTest, ABadLineCostsOnlyItselfAndSaysWhere) {
  replace(lines(1, 1) + "{bad}\n[1]\n" + lines(2, 2));
  harness.sync(path());
  EXPECT_EQ(ids(), "e1 e2");
  const std::size_t first = lines(1, 1).size();
  EXPECT_EQ(harness.select(kOffsets), std::to_string(first) + " " + std::to_string(first + 6));
  append(lines(3, 3));
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "2") << "they are still there";
}

TEST_F(LogSyncTest, GarbageWithoutEndLeavesNoMoreThanAThousandErrors) {
  std::string garbage;
  for (int i = 0; i < 1500; ++i) garbage += "garbage\n";
  replace(garbage + lines(1, 1));
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1000");
  EXPECT_EQ(ids(), "e1");
  append(garbage + lines(2, 2));
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1000");
  EXPECT_EQ(ids(), "e1 e2");
  expect_like_fresh();
}

TEST_F(LogSyncTest, AnUnchangedFileIsNoChangeOfTheFeed) {
  replace(lines(1, 3));
  harness.sync(path());
  const std::string seq = harness.select("SELECT seq FROM files");
  harness.sync(path());
  harness.scan();
  EXPECT_EQ(harness.select("SELECT seq FROM files"), seq);
}

class LogSyncWithSmallLimits : public ::testing::Test {
 protected:
  static constexpr SyncLimits kLimits = {.max_line = 1000, .log_budget = 2000};
  SyncHarness harness{{.limits = kLimits}};
  fs::path path() const { return harness.root() / kLog; }
  void expect_like_fresh() const {
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}, kLimits));
  }
};

// Chunks are of 1 MiB, so a budget only counts in files that are longer.
TEST_F(LogSyncWithSmallLimits, ALongFileIsReadInSeveralTransactions) {
  harness.settle();
  harness.write(kLog, lines(1, 40'000));
  harness.dirty().mark(path().string(), Scope::file);
  EXPECT_GT(harness.settle(), 1);
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "40000");
  EXPECT_EQ(harness.select("SELECT state FROM files"), "current");
}

TEST_F(LogSyncWithSmallLimits, BetweenTwoOfThemTheFileIsPartialAndTheBarrierWaits) {
  harness.settle();
  harness.write(kLog, lines(1, 40'000));
  harness.dirty().mark(path().string(), Scope::file);
  const Generation barrier = harness.dirty().barrier();
  ASSERT_TRUE(harness.step().run());
  EXPECT_EQ(harness.select("SELECT state FROM files"), "partial");
  const int rows = std::stoi(harness.select("SELECT count(*) FROM events"));
  EXPECT_GT(rows, 0);
  EXPECT_LT(rows, 40'000);
  EXPECT_FALSE(harness.dirty().reached(barrier));
  harness.settle();
  EXPECT_TRUE(harness.dirty().reached(barrier));
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "40000");
}

TEST_F(LogSyncWithSmallLimits, APartialFileThatGrowsIsCompletedToo) {
  harness.settle();
  harness.write(kLog, lines(1, 40'000));
  harness.dirty().mark(path().string(), Scope::file);
  ASSERT_TRUE(harness.step().run());
  std::ofstream(path(), std::ios::app) << lines(40'001, 40'010);
  harness.settle();
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "40010");
}

TEST_F(LogSyncWithSmallLimits, ALineLongerThanALineMayBeIsLeftInTheFile) {
  const std::string longest = R"({"id": "long", "body": ")" + std::string(5000, 'x') + "\"}\n";
  harness.write(kLog, lines(1, 1) + longest + lines(2, 2));
  harness.sync(path());
  EXPECT_EQ(harness.select(kIds), "e1 e2");
  EXPECT_EQ(harness.select(kOffsets), std::to_string(lines(1, 1).size()));
  expect_like_fresh();
}

TEST_F(LogSyncWithSmallLimits, ALineThatGrowsBeyondTheLimitLooksAsIfReadAtOnce) {
  harness.write(kLog, lines(1, 1) + R"({"id": "long", "body": ")" + std::string(5000, 'x'));
  harness.sync(path());
  std::ofstream(path(), std::ios::app) << "\"}\n" << lines(2, 2);
  harness.sync(path());
  EXPECT_EQ(harness.select(kIds), "e1 e2");
  expect_like_fresh();
}

TEST_F(LogSyncWithSmallLimits, AnEndlessLineIsPassedInBoundedMemory) {
  harness.write(kLog, lines(1, 1));
  const auto size = static_cast<std::int64_t>(256) << 20;
  fs::resize_file(path(), static_cast<std::uintmax_t>(size));  // a hole: NULs, and no newline
  std::ofstream(path(), std::ios::app) << "\n" << lines(2, 2);
  rusage before = {};
  ::getrusage(RUSAGE_SELF, &before);
  harness.sync(path());
  rusage after = {};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(harness.select(kIds), "e1 e2");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  if (!testing::kSanitized) {
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024) << "KiB";
  }
}

TEST(LogSyncLimits, ALineLongerThanTheBudgetIsRead) {
  SyncHarness harness({.limits = {.max_line = 16 << 20, .log_budget = 1 << 20}});
  const std::string body(3 << 20, 'x');
  harness.settle();
  harness.write(kLog, lines(1, 1) + R"({"id": "long", "body": ")" + body + "\"}\n" + lines(2, 2));
  harness.dirty().mark((harness.root() / kLog).string(), Scope::file);
  for (int step = 0; step < 20 && harness.step().run(); ++step) {
  }
  EXPECT_EQ(harness.select(kIds), "e1 long e2");
  EXPECT_EQ(harness.dirty().size(), 0);
}

// As the logs of events: the same reader, another table.
class MessagesTest : public ::testing::Test {
 protected:
  static std::string message(int i) {
    return R"({"id": "m)" + std::to_string(i) + R"(", "direction": "inbound"})" + "\n";
  }
  static std::string messages(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) text += message(i);
    return text;
  }
  fs::path path() const { return harness.root() / "p/.tain/sessions/s1/tasks/b1/messages.jsonl"; }
  void append(std::string_view bytes) { std::ofstream(path(), std::ios::app) << bytes; }
  std::string ids() const {
    return harness.select(
        "SELECT group_concat(id, ' ') FROM (SELECT id FROM session_task_messages "
        "ORDER BY line_offset)");
  }
  SyncHarness harness;
};

TEST_F(MessagesTest, AreReadFromWhereTheLastReadingEnded) {
  testing::write(path(), messages(1, 4000));
  harness.sync(path());
  // Far from both ends, so that only a reader of the whole file would see it.
  std::fstream(path(), std::ios::in | std::ios::out)
          .seekp(static_cast<std::streamoff>(messages(1, 2000).size() + 4))
      << "#######";
  append(messages(4001, 4002));
  harness.sync(path());
  EXPECT_EQ(harness.select("SELECT count(*) FROM session_task_messages"), "4002");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), "0");
}

TEST_F(MessagesTest, ATornMessageIsReplacedWhenItIsWhole) {
  testing::write(path(), messages(1, 1) + message(2).substr(0, 20));
  harness.sync(path());
  EXPECT_EQ(ids(), "m1");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  append(message(2).substr(20));
  harness.sync(path());
  EXPECT_EQ(ids(), "m1 m2");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

TEST_F(MessagesTest, ATruncatedLogIsReadAnew) {
  testing::write(path(), messages(1, 3));
  harness.sync(path());
  testing::write(path(), messages(7, 7));
  harness.sync(path());
  EXPECT_EQ(ids(), "m7");
}

}  // namespace
}  // namespace tain::syncd
