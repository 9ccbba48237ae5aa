// Files far larger than the memory that a daemon may take. TAIN_HUGE=1 tries the full sizes.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/daemon_fixture.h"
#include "tests/support/peak_memory.h"
#include "tests/support/sanitized.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::event_json;
using ::testing::HasSubstr;
using testing::kSanitized;
using testing::peak_memory;
namespace fs = std::filesystem;

constexpr std::size_t kMegabyte = 1024UL * 1024;

bool is_huge() {
  return std::getenv("TAIN_HUGE") != nullptr;
}

class HugeFiles : public ::testing::Test {
 protected:
  fs::path log() const { return daemon.root() / "p/.tain/sessions/s1/events.jsonl"; }
  fs::path state() const { return daemon.root() / "p/.tain/sessions/s1/state.json"; }
  // Catches up with the tree; the time and the memory are for people to read.
  void mirror() {
    const auto begin = std::chrono::steady_clock::now();
    daemon.start();
    daemon.flush();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    RecordProperty("seconds", std::to_string(took.count()));
    RecordProperty("peak_mib", std::to_string(peak_memory(daemon.process().pid())));
    std::printf("%.1f s, %zu MiB at most, mirror %ju MiB\n", took.count(),
                peak_memory(daemon.process().pid()),
                static_cast<std::uintmax_t>(fs::file_size(daemon.db()) / kMegabyte));
  }
  void expect_less_memory_than(std::size_t mebibytes) {
    if (kSanitized) return;
    EXPECT_LT(peak_memory(daemon.process().pid()), mebibytes) << "MiB";
  }
  // Adds a line of `size` bytes and its newline.
  void append_long_line(const std::string& begin, std::size_t size, const std::string& end) const {
    std::ofstream out(log(), std::ios::app | std::ios::binary);
    out << begin;
    const std::string piece(kMegabyte, 'x');
    for (std::size_t left = size - begin.size() - end.size(); left > 0;) {
      const std::size_t part = std::min(left, piece.size());
      out.write(piece.data(), static_cast<std::streamsize>(part));
      left -= part;
    }
    out << end << "\n";
    ASSERT_TRUE(out.flush());
  }
  void append(const std::string& id) const {
    std::ofstream(log(), std::ios::app) << event_json(id) << "\n";
  }
  std::string ids() const {
    return daemon.select(
        "SELECT group_concat(id, ' ') FROM (SELECT id FROM events ORDER BY line_offset)");
  }
  DaemonFixture daemon;
};

// Bodies that stay in the file, so that the mirror is small.
TEST_F(HugeFiles, ALogIsReadInBoundedMemory) {
  const std::size_t size = (is_huge() ? 2048 : 256) * kMegabyte;
  fs::create_directories(log().parent_path());
  const std::string line =
      R"({"id": "e", "type": "log", "body": ")" + std::string(100'000, 'x') + "\"}\n";
  {
    std::ofstream out(log(), std::ios::binary);
    for (std::size_t written = 0; written < size; written += line.size()) out << line;
  }
  mirror();
  expect_less_memory_than(96);
  EXPECT_EQ(daemon.select("SELECT count(*) FROM events"),
            std::to_string(fs::file_size(log()) / line.size()));
  append("last");
  const auto begin = std::chrono::steady_clock::now();
  daemon.flush();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "only the end";
  EXPECT_EQ(daemon.select("SELECT count(*) FROM events WHERE id = 'last'"), "1");
}

TEST_F(HugeFiles, ALogOfShortLinesIsReadInBoundedMemory) {
  constexpr std::size_t kUsual = kSanitized ? 2 : 16;  // where memory is not measured anyway
  const std::size_t size = (is_huge() ? 512 : kUsual) * kMegabyte;
  fs::create_directories(log().parent_path());
  std::size_t count = 0;
  {
    std::ofstream out(log(), std::ios::binary);
    for (std::size_t written = 0; written < size; ++count) {
      const std::string line = event_json("e" + std::to_string(count)) + "\n";
      out << line;
      written += line.size();
    }
  }
  mirror();
  expect_less_memory_than(160);
  EXPECT_EQ(daemon.select("SELECT count(*) FROM events"), std::to_string(count));
}

TEST_F(HugeFiles, ALineBeyondAllLimitsCostsOnlyItself) {
  fs::create_directories(log().parent_path());
  append("before");
  append_long_line(R"({"id": "long", "body": ")", (is_huge() ? 600 : 150) * kMegabyte, "\"}");
  append("after");
  mirror();
  expect_less_memory_than(320);
  EXPECT_EQ(ids(), "before after");
  EXPECT_THAT(daemon.select("SELECT reason FROM sync_errors"), HasSubstr("longer than a line"));
}

TEST_F(HugeFiles, TheLongestLineThatIsReadIsARow) {
  fs::create_directories(log().parent_path());
  append("before");
  append_long_line(R"({"id": "long", "body": ")", 63 * kMegabyte, "\"}");
  append("after");
  mirror();
  expect_less_memory_than(512);
  EXPECT_EQ(ids(), "before long after");
  EXPECT_EQ(daemon.select("SELECT left_in_file FROM events WHERE id = 'long'"), R"(["body"])");
}

// What a file system gives for a size that was set and never written: NULs, and no newline.
TEST_F(HugeFiles, AHoleOfGigabytesCostsOnlyTheLineThatItIsIn) {
  fs::create_directories(log().parent_path());
  append("before");
  fs::resize_file(log(), (is_huge() ? 4096 : 1024) * kMegabyte);
  std::ofstream(log(), std::ios::app) << "\n";
  append("after");
  mirror();
  expect_less_memory_than(320);
  EXPECT_EQ(ids(), "before after");
}

TEST_F(HugeFiles, ADocumentBeyondAllLimitsIsAnErrorAndIsNotRead) {
  testing::write(state(), "{");
  fs::resize_file(state(), 100UL * 1024 * kMegabyte);
  mirror();
  expect_less_memory_than(64);
  EXPECT_THAT(daemon.select("SELECT reason FROM sync_errors"), HasSubstr("larger than"));
}

TEST_F(HugeFiles, ADocumentOfNothingButValuesIsAnErrorBeforeItTakesAllMemory) {
  std::string text = R"({"phase_history": [)";
  while (text.size() < (is_huge() ? 60 : 16) * kMegabyte) text += "{},";
  testing::write(state(), text + "{}]}");
  text = {};
  mirror();
  expect_less_memory_than(512);
  EXPECT_THAT(daemon.select("SELECT reason FROM sync_errors"),
              HasSubstr("more than 1000000 values"));
}

TEST_F(HugeFiles, AStopDoesNotWaitForTheEndOfALineOfGigabytes) {
  fs::create_directories(log().parent_path());
  append("before");
  daemon.start();
  daemon.flush();
  fs::resize_file(log(), 64UL * 1024 * kMegabyte);
  while (daemon.ask({{"command", "status"}})["pending"] == 0) {
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(kSanitized ? 10 : 2));
  fs::resize_file(log(), event_json("before").size() + 1);
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.dump(), daemon.fresh_dump());
}

}  // namespace
}  // namespace tain
