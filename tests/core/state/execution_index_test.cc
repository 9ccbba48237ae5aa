#include "core/state/execution_index.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/execution_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::read;

// Real files whose times, as lstat tells them, are the test's own.
class TimedFileSystem : public FileSystem {
 public:
  int lstat(const char* path, struct stat* out) override {
    const int result = FileSystem::lstat(path, out);
    out->st_mtim.tv_sec -= age_;
    out->st_ctim.tv_sec -= age_;
    if (stopped_) {
      out->st_ino = 1;
      out->st_mtim = out->st_ctim = *stopped_;
    }
    return result;
  }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    ++reads_;
    return FileSystem::read(fd, buffer, size);
  }
  void make_all_old() { age_ = 3600; }
  // From now on nothing but the size tells two contents apart.
  void stop_the_clock() {
    timespec time = {};
    ::clock_gettime(CLOCK_REALTIME, &time);
    stopped_ = time;
  }
  // Reads since the last call.
  int reads() { return std::exchange(reads_, 0); }

 private:
  time_t age_ = 0;
  std::optional<timespec> stopped_;
  int reads_ = 0;
};

class ExecutionIndexTest : public testing::ExecutionTest {
 protected:
  ExecutionIndexTest() : index_(root_.path(), timed()) {}
  StateOptions timed() {
    StateOptions with = options();
    with.file_system = &fs_;
    return with;
  }
  std::vector<std::string> look() {
    std::vector<std::string> found;
    for (const Execution* execution : index_.unfinished()) {
      found.push_back(execution->id + " " + std::string(to_text(execution->status)));
    }
    return found;
  }

  TimedFileSystem fs_;
  ExecutionIndex index_;
};

TEST_F(ExecutionIndexTest, WhatHasNotChangedIsNotReadAgain) {
  fs_.make_all_old();
  enqueue("e1");
  enqueue("e2");
  queue().request_cancel("e1");
  testing::write(file_of("bad"), "{");
  EXPECT_THAT(look(), ElementsAre("e2 queued"));
  EXPECT_GT(fs_.reads(), 0);
  EXPECT_THAT(look(), ElementsAre("e2 queued"));
  EXPECT_EQ(fs_.reads(), 0);
}

TEST_F(ExecutionIndexTest, WhatHasChangedIsReadAgain) {
  fs_.make_all_old();
  enqueue("e1", "codex", 1);
  claim();
  queue().finish("e1", "w1", ExecutionStatus::failed);
  EXPECT_THAT(look(), IsEmpty());
  queue().retry("e1");
  EXPECT_THAT(look(), ElementsAre("e1 queued"));
  claim();
  EXPECT_THAT(look(), ElementsAre("e1 running"));
  std::filesystem::remove(file_of("e1"));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(ExecutionIndexTest, WithinATickOfTheClockTwoContentsMayLookTheSame) {
  enqueue("e1");
  fs_.stop_the_clock();
  std::string bytes = read(file_of("e1"));
  EXPECT_THAT(look(), ElementsAre("e1 queued"));
  bytes.replace(bytes.find("\"ask\""), 5, "\"ASK\"");  // as long as before
  testing::write(file_of("e1"), bytes);
  look();
  EXPECT_EQ(index_.last_seen().at(0)->capability_key, "ASK");
}

TEST_F(ExecutionIndexTest, TheOldestStandsFirst) {
  for (const char* id : {"e2", "e3", "e1"}) enqueue(id);
  EXPECT_THAT(look(), ElementsAre("e2 queued", "e3 queued", "e1 queued"));
}

}  // namespace
}  // namespace tain
