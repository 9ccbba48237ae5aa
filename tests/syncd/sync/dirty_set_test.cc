#include "syncd/sync/dirty_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> paths(const std::vector<Mark>& marks) {
  std::vector<std::string> names;
  for (const Mark& mark : marks) names.push_back(mark.path);
  return names;
}

TEST(DirtySet, HoldsAPathOncePerScopeHoweverOftenItIsMarked) {
  DirtySet dirty;
  for (int i = 0; i < 1000; ++i) dirty.mark("/a", Scope::file);
  EXPECT_EQ(dirty.size(), 1);
  dirty.mark("/a", Scope::tree);
  EXPECT_EQ(dirty.size(), 2);
}

TEST(DirtySet, GivesMarksInTheOrderInWhichTheyWereMade) {
  DirtySet dirty;
  for (const char* path : {"/c", "/a", "/b", "/a"}) dirty.mark(path, Scope::file);
  EXPECT_THAT(paths(dirty.take(10)), ElementsAre("/c", "/a", "/b"));
}

TEST(DirtySet, TakesNoMoreThanTheLimitAndKeepsTheRest) {
  DirtySet dirty;
  for (const char* path : {"/a", "/b", "/c"}) dirty.mark(path, Scope::file);
  EXPECT_THAT(paths(dirty.take(2)), ElementsAre("/a", "/b"));
  dirty.done();
  EXPECT_THAT(paths(dirty.take(2)), ElementsAre("/c"));
}

TEST(DirtySet, WhatAScanFoundIsAsOldAsTheScan) {
  DirtySet dirty;
  dirty.mark("/tree", Scope::tree);
  const Mark scan = dirty.take(1).front();
  dirty.mark("/later", Scope::file);
  dirty.mark("/found", Scope::file, scan);
  dirty.done();
  EXPECT_THAT(paths(dirty.take(10)), ElementsAre("/found", "/later"));
}

TEST(DirtySet, WhatIsPutOffHasBeenWaitingSinceItWasMarked) {
  DirtySet dirty;
  dirty.mark("/tree", Scope::tree);
  const Mark scan = dirty.take(1).front();
  dirty.mark("/tree/found", Scope::file, scan);
  dirty.done();
  const Mark found = dirty.take(1).front();
  EXPECT_EQ(found.since, scan.since);
  dirty.mark(found.path, found.scope, found);
  dirty.done();
  EXPECT_EQ(dirty.take(1).front().since, scan.since);
}

TEST(DirtySet, AnOlderMarkOfTheSamePathCounts) {
  DirtySet dirty;
  dirty.mark("/tree", Scope::tree);
  const Mark old = dirty.take(1).front();
  dirty.done();
  dirty.mark("/first", Scope::file);
  dirty.mark("/second", Scope::file);
  dirty.mark("/second", Scope::file, old);
  EXPECT_THAT(paths(dirty.take(10)), ElementsAre("/second", "/first"));
}

TEST(DirtySet, WhatIsPutBackIsAsOldAsItWas) {
  DirtySet dirty;
  dirty.mark("/a", Scope::file);
  dirty.take(10);
  dirty.mark("/b", Scope::file);
  dirty.mark("/a", Scope::file);
  dirty.put_back();
  EXPECT_THAT(paths(dirty.take(10)), ElementsAre("/a", "/b"));
}

TEST(DirtySet, WhatIsTakenCountsUntilItIsDone) {
  DirtySet dirty;
  dirty.mark("/a", Scope::file);
  dirty.take(10);
  EXPECT_EQ(dirty.size(), 1);
  dirty.done();
  EXPECT_EQ(dirty.size(), 0);
}

TEST(DirtySet, ABarrierIsReachedWhenEverythingMarkedBeforeItIsDone) {
  DirtySet dirty;
  dirty.mark("/a", Scope::file);
  const Generation barrier = dirty.barrier();
  EXPECT_FALSE(dirty.reached(barrier));
  dirty.take(10);
  EXPECT_FALSE(dirty.reached(barrier)) << "taken is not done";
  dirty.done();
  EXPECT_TRUE(dirty.reached(barrier));
}

TEST(DirtySet, ABarrierDoesNotWaitForWhatIsMarkedLater) {
  DirtySet dirty;
  const Generation barrier = dirty.barrier();
  dirty.mark("/later", Scope::file);
  dirty.take(1);
  dirty.done();
  EXPECT_TRUE(dirty.reached(barrier));
}

TEST(DirtySet, ABarrierOverNothingWaitsForOneBatch) {
  DirtySet dirty;
  const Generation barrier = dirty.barrier();
  EXPECT_FALSE(dirty.reached(barrier));
  dirty.take(1);
  dirty.done();
  EXPECT_TRUE(dirty.reached(barrier));
}

TEST(DirtySet, ABarrierWaitsForWhatAScanBeforeItFinds) {
  DirtySet dirty;
  dirty.mark("/tree", Scope::tree);
  const Generation barrier = dirty.barrier();
  const Mark scan = dirty.take(1).front();
  dirty.mark("/tree/found", Scope::file, scan);
  dirty.done();
  dirty.take(1);
  EXPECT_FALSE(dirty.reached(barrier));
  dirty.done();
  dirty.take(1);
  dirty.done();
  EXPECT_TRUE(dirty.reached(barrier));
}

TEST(DirtySet, ABarrierIsNotReachedByABatchThatFailed) {
  DirtySet dirty;
  dirty.mark("/a", Scope::file);
  const Generation barrier = dirty.barrier();
  dirty.take(10);
  dirty.put_back();
  EXPECT_FALSE(dirty.reached(barrier));
}

TEST(DirtySet, EachOfTwoBarriersIsReached) {
  DirtySet dirty;
  const Generation first = dirty.barrier();
  const Generation second = dirty.barrier();
  dirty.take(10);
  dirty.done();
  EXPECT_TRUE(dirty.reached(first));
  EXPECT_TRUE(dirty.reached(second));
}

TEST(DirtySet, LagIsNothingWhenNothingIsDirtyAndDoesNotRestartWhenPutBack) {
  DirtySet dirty;
  EXPECT_EQ(dirty.lag().count(), 0);
  dirty.mark("/a", Scope::file);
  while (dirty.lag().count() == 0) std::this_thread::yield();
  const auto before = dirty.lag();
  dirty.take(1);
  dirty.put_back();
  EXPECT_GE(dirty.lag(), before);
}

TEST(DirtySet, AMarkEndsAWait) {
  DirtySet dirty;
  std::future<void> waiting = std::async(std::launch::async, [&] { dirty.wait(std::nullopt); });
  dirty.mark("/a", Scope::file);
  waiting.get();
}

TEST(DirtySet, AWakeEndsAWaitAlsoWhenItCameFirst) {
  DirtySet dirty;
  dirty.wake();
  dirty.wait(std::nullopt);
  std::future<void> waiting = std::async(std::launch::async, [&] { dirty.wait(std::nullopt); });
  dirty.wake();
  waiting.get();
}

TEST(DirtySet, AMarkDoesNotEndAPauseButABarrierDoes) {
  DirtySet dirty;
  dirty.mark("/a", Scope::file);
  const auto begin = std::chrono::steady_clock::now();
  dirty.wait(std::chrono::milliseconds(5));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(5));
  dirty.barrier();
  dirty.wait(std::chrono::hours(1));
}

TEST(DirtySet, CloseEndsAllWaitsNowAndLater) {
  DirtySet dirty;
  std::future<void> waiting = std::async(std::launch::async, [&] { dirty.wait(std::nullopt); });
  dirty.close();
  waiting.get();
  dirty.wait(std::nullopt);
  dirty.wait(std::chrono::hours(1));
  EXPECT_TRUE(dirty.closed());
}

}  // namespace
}  // namespace tain::syncd
