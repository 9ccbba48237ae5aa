#include "syncd/sync/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/error.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::SyncHarness;

class ReadAheadTest : public ::testing::Test {
 protected:
  ReadAheadTest() {
    for (int i = 0; i < 3; ++i) {
      readers_.push_back(std::make_unique<FileReader>(tree_.layouts(), schema_, SyncLimits{}));
    }
  }
  // A file of this topic for each session from 0 on.
  std::vector<ReadAhead::Job> write_sessions(int count, const std::string& topic) {
    std::vector<ReadAhead::Job> jobs;
    for (int i = 0; i < count; ++i) {
      const std::string id = "s" + std::to_string(i);
      const std::string path = "p/.tain/sessions/" + id + "/state.json";
      tree_.write(path, testing::state_json(id, topic));
      jobs.push_back(job(path));
    }
    return jobs;
  }
  ReadAhead::Job job(const std::string& relative) {
    const std::string path = (tree_.root() / relative).string();
    const FileRole role = tree_.layouts().classify(path).value();
    return {root_, new_record({1, root_, std::nullopt, true}, path, role), role};
  }
  static std::string id_of(FileReading& reading) {
    auto& row = std::get<DocumentReading>(reading).found.rows.front();
    return std::get<std::string>(row["session_id"]);
  }

  SyncHarness tree_;
  const std::string root_ = tree_.root().string();
  const mirror::Schema schema_;
  std::vector<std::unique_ptr<FileReader>> readers_;
  const Stop never_ = [] { return false; };
};

TEST_F(ReadAheadTest, FilesComeInTheOrderInWhichTheyWereAskedFor) {
  ReadAhead ahead(readers_, write_sessions(200, "t"), never_);
  for (int i = 0; i < 200; ++i) {
    ASSERT_FALSE(ahead.is_done());
    EXPECT_EQ(ahead.next(), root_ + "/p/.tain/sessions/s" + std::to_string(i) + "/state.json");
    EXPECT_EQ(id_of(ahead.take()), "s" + std::to_string(i));
  }
  EXPECT_TRUE(ahead.is_done());
}

TEST_F(ReadAheadTest, WhatIsBeingReadIsStillTakenWhenNoMoreIsRead) {
  ReadAhead ahead(readers_, write_sessions(40, std::string(1024UL * 1024, 'x')), never_);
  EXPECT_EQ(id_of(ahead.take()), "s0");
  ahead.read_no_more();
  int taken = 1;
  for (; !ahead.is_done(); ++taken) EXPECT_EQ(id_of(ahead.take()), "s" + std::to_string(taken));
  EXPECT_LT(taken, 40);
}

TEST_F(ReadAheadTest, AFileThatIsNotThereIsMissingInItsTurn) {
  std::vector<ReadAhead::Job> jobs = write_sessions(2, "t");
  std::filesystem::remove(jobs[0].record.path);
  ReadAhead ahead(readers_, jobs, never_);
  EXPECT_TRUE(std::holds_alternative<Missing>(ahead.take()));
  EXPECT_EQ(id_of(ahead.take()), "s1");
}

TEST_F(ReadAheadTest, FilesThatNobodyTakesAreNotReadForEver) {
  std::vector<ReadAhead::Job> jobs = write_sessions(40, std::string(1024UL * 1024, 'x'));
  tree_.write("p/.tain/sessions/s39/events.jsonl", testing::event_json("e1") + "\n");
  jobs.push_back(job("p/.tain/sessions/s39/events.jsonl"));
  std::atomic<bool> came_to_the_last = false;
  {
    ReadAhead ahead(readers_, jobs, [&] {
      came_to_the_last = true;  // asked by who reads a log
      return false;
    });
    for (int i = 0; i < 20; ++i) ahead.take();
  }
  EXPECT_FALSE(came_to_the_last);
}

TEST_F(ReadAheadTest, WhatStopsAReadingIsThrownInItsTurn) {
  tree_.write("p/.tain/sessions/a/state.json", testing::state_json("a", "t"));
  tree_.write("p/.tain/sessions/a/events.jsonl", testing::event_json("e1") + "\n");
  ReadAhead ahead(readers_,
                  {job("p/.tain/sessions/a/state.json"), job("p/.tain/sessions/a/events.jsonl")},
                  [] { return true; });
  EXPECT_EQ(id_of(ahead.take()), "a");
  EXPECT_THROW(ahead.take(), ReadingStopped);
}

}  // namespace
}  // namespace tain::syncd
