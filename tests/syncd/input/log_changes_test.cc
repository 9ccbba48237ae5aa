// What else than appending people and programs do to logs.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/fs/file_system.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

constexpr const char* kChangedLog = "p/.tain/sessions/s1/events.jsonl";

std::string events(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += event_json("e" + std::to_string(i)) + "\n";
  return text;
}

class LogChanges : public ::testing::Test {
 protected:
  fs::path log() const { return harness.root() / kChangedLog; }
  void replace(std::string_view bytes) { harness.write(kChangedLog, bytes); }
  void append(std::string_view bytes) { std::ofstream(log(), std::ios::app) << bytes; }
  void expect_shown(const std::string& ids) {
    harness.scan();
    EXPECT_EQ(harness.select("SELECT group_concat(id, ' ') FROM (SELECT id FROM events "
                             "ORDER BY line_offset)"),
              ids);
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
  SyncHarness harness;
};

TEST_F(LogChanges, ALogThatIsRotatedAwayIsReadAnew) {
  replace(events(1, 3));
  expect_shown("e1 e2 e3");
  fs::rename(log(), log().string() + ".1");
  expect_shown("");
  replace(events(4, 5));
  expect_shown("e4 e5");
  fs::rename(log(), log().string() + ".2");
  replace(events(6, 9));  // before anybody looked
  expect_shown("e6 e7 e8 e9");
  fs::rename(log().string() + ".1", log());
  expect_shown("e1 e2 e3");
}

TEST_F(LogChanges, ALogThatIsCopiedAwayAndTruncatedIsReadAnewHoweverLongItGrew) {
  replace(events(1, 4));
  expect_shown("e1 e2 e3 e4");
  for (const int last : {52, 54, 57}) {  // shorter than it was, as long, longer
    fs::copy_file(log(), log().string() + ".1", fs::copy_options::overwrite_existing);
    fs::resize_file(log(), 0);
    append(events(51, last));
    harness.scan();
    EXPECT_EQ(harness.select("SELECT count(*) FROM events"), std::to_string(last - 50));
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
}

TEST_F(LogChanges, ALogThatLosesItsLastLinesAndGrowsPastThemIsReadAnew) {
  replace(events(1, 4));
  expect_shown("e1 e2 e3 e4");
  fs::resize_file(log(), events(1, 2).size());
  append(events(6, 9));
  expect_shown("e1 e2 e6 e7 e8 e9");
}

TEST_F(LogChanges, ALineThatComesInPiecesIsARowWhenItIsWhole) {
  const std::string line = event_json("e2");
  replace(events(1, 1));
  for (const char c : line) {
    append({&c, 1});
    harness.sync(log());
    EXPECT_EQ(harness.select("SELECT count(*) FROM events WHERE id = 'e1'"), "1");
  }
  append("\n");
  expect_shown("e1 e2");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(LogChanges, WritersWhoCutEachOthersLinesCostOnlyThoseLines) {
  const std::string torn = event_json("torn");
  replace(events(1, 1) + torn.substr(0, 9));
  expect_shown("e1");
  append(events(2, 2));  // right behind the half
  append(torn.substr(9) + "\n");
  append(events(3, 3));
  expect_shown("e1 e3");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "2");
}

TEST_F(LogChanges, TwoWritersAtOnceLoseNoLine) {
  constexpr int kLines = 2000;
  replace("");
  std::atomic<int> left = 2;
  const auto write_lines = [&](const std::string& name) {
    const UniqueFd fd(FileSystem::real(), ::open(log().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    for (int i = 0; i < kLines; ++i) {
      const std::string line = event_json(name + std::to_string(i)) + "\n";
      EXPECT_EQ(::write(fd.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
    --left;
  };
  std::thread first(write_lines, "a");
  std::thread second(write_lines, "b");
  int looks = 0;
  for (; left > 0; ++looks) {
    harness.sync(log());
    EXPECT_EQ(harness.select("SELECT count(*) FROM events"),
              harness.select("SELECT count(DISTINCT id) FROM events"));
  }
  first.join();
  second.join();
  EXPECT_GT(looks, 0);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"), std::to_string(2 * kLines));
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
}

// What a writer leaves that seeks, or a disk that lost a block: bytes that were never written.
TEST_F(LogChanges, AHoleCostsOnlyTheLineThatItIsIn) {
  replace(events(1, 2));
  fs::resize_file(log(), events(1, 2).size() + 100'000);
  expect_shown("e1 e2");
  append("\n" + events(3, 3));
  expect_shown("e1 e2 e3");
  EXPECT_EQ(harness.select("SELECT byte_offset FROM sync_errors"),
            std::to_string(events(1, 2).size()));
  std::fstream(log(), std::ios::in | std::ios::out)
          .seekp(static_cast<std::streamoff>(events(1, 2).size()))
      << std::string(100'000, ' ');
  expect_shown("e1 e2 e3");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0") << "the hole was filled";
}

}  // namespace
}  // namespace tain::syncd
