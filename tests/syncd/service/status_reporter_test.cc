#include "syncd/service/status_reporter.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <optional>
#include <semaphore>
#include <thread>

#include "core/error.h"
#include "syncd/service/status_report.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::kStatePath;
using testing::state_json;
using testing::SyncHarness;
using testing::TempDir;
namespace fs = std::filesystem;
namespace asio = boost::asio;

constexpr const char* kOtherStatePath = "p/.tain/sessions/s2/state.json";

Config config_of(const SyncHarness& harness, std::vector<std::string> roots = {}) {
  Config config;
  config.roots = roots.empty() ? std::vector{harness.root().string()} : std::move(roots);
  config.db = harness.mirror();
  return config;
}

// A reporter over a real tree and mirror; the test turns the loop, and says what the system tells
// when it is asked. It waits for a count however long that takes.
class StatusReporterTest : public ::testing::Test {
 protected:
  explicit StatusReporterTest(std::chrono::milliseconds patience = std::chrono::minutes(5))
      : scanner_(harness.layouts(), nobody_, Scanner::default_pruned()),
        config_(config_of(harness)),
        reporter(io,
                 {.status = status_,
                  .dirty = harness.dirty(),
                  .watcher = nobody_,
                  .watch_limit = [] { return std::nullopt; },
                  .drain =
                      [this] {
                        ++drained;
                        on_drain();
                      },
                  .distrust = [] {}},
                 patience) {
    harness.write(kStatePath, state_json("s1", "t"));
    harness.scan();
    reporter.configure(config_, [this](const auto& stop) {
      on_walk(stop);
      return count_on_disk(config_.db, config_.roots, scanner_, stop);
    });
  }
  // Turns the loop until the answer is there, and returns what it says of the root.
  Json report() {
    std::optional<Json> answer;
    reporter.report({[&](const Json& told) { answer = told; }});
    while (!answer) io.run_one();
    return (*answer)["roots"][0];
  }

  SyncHarness harness;
  std::function<void()> on_drain = [] {};
  std::function<void(const std::function<bool()>& stop)> on_walk = [](const auto&) {};
  int drained = 0;
  asio::io_context io{1};
  const asio::executor_work_guard<asio::io_context::executor_type> open{io.get_executor()};

 private:
  NoWatcher nobody_;
  Scanner scanner_;
  Config config_;
  SharedStatus status_;

 protected:
  StatusReporter reporter;
};

TEST_F(StatusReporterTest, WhatIsOnDiskAndInTheMirrorIsCounted) {
  const Json root = report();
  EXPECT_EQ(root["files_on_disk"], 1);
  EXPECT_EQ(root["files_mirrored"], 1);
  EXPECT_EQ(root["settled"], true);
  EXPECT_GT(root["counted_at"], 0);
}

TEST_F(StatusReporterTest, AFileThatNobodyToldOfIsADifferenceThatCounts) {
  harness.write(kOtherStatePath, state_json("s2", "t"));
  const Json root = report();
  EXPECT_EQ(root["files_on_disk"], 2);
  EXPECT_EQ(root["files_mirrored"], 1);
  EXPECT_EQ(root["settled"], true);
}

TEST_F(StatusReporterTest, AFileThatTheSystemTellsOfAfterTheWalkIsADifferenceThatSaysNothing) {
  harness.write(kOtherStatePath, state_json("s2", "t"));
  on_drain = [this] { harness.dirty().mark(harness.root() / kOtherStatePath, Scope::file); };
  const Json root = report();
  EXPECT_EQ(root["files_on_disk"], 2);
  EXPECT_EQ(root["files_mirrored"], 1);
  EXPECT_EQ(root["settled"], false);
}

TEST_F(StatusReporterTest, AFileThatComesBetweenTheTwoCountsIsCountedAgain) {
  on_drain = [this] {
    if (drained > 1) return;
    harness.write(kOtherStatePath, state_json("s2", "t"));
    harness.sync(harness.root() / kOtherStatePath);
  };
  const Json root = report();
  EXPECT_EQ(root["files_on_disk"], 2);
  EXPECT_EQ(root["files_mirrored"], 2);
  EXPECT_EQ(root["settled"], true);
}

TEST_F(StatusReporterTest, ATreeThatNeverRestsIsAnsweredForAllTheSame) {
  on_drain = [this] {
    const std::string path = "p/.tain/sessions/n" + std::to_string(drained) + "/state.json";
    harness.write(path, state_json("n", "t"));
    harness.sync(harness.root() / path);
  };
  const Json root = report();
  EXPECT_NE(root["files_on_disk"], root["files_mirrored"]);
  EXPECT_EQ(root["settled"], false);
  EXPECT_EQ(drained, 3);
}

TEST_F(StatusReporterTest, WhereTheSystemIsShortOfSomethingAllButTheNumbersIsTold) {
  on_walk = [](const auto&) { throw IoError("list", "/x", ENOMEM); };
  EXPECT_EQ(report()["files_on_disk"], nullptr);
  on_walk = [](const auto&) {};
  EXPECT_EQ(report()["files_on_disk"], 1);
}

class ImpatientStatusReporterTest : public StatusReporterTest {
 protected:
  ImpatientStatusReporterTest() : StatusReporterTest(std::chrono::milliseconds(50)) {}
};

TEST_F(ImpatientStatusReporterTest, AWalkThatTakesLongIsNotWaitedForAndItsNumbersAreToldLater) {
  std::binary_semaphore goes_on(0);
  on_walk = [&](const auto&) { goes_on.acquire(); };
  EXPECT_EQ(report()["files_on_disk"], nullptr);
  EXPECT_EQ(report()["files_mirrored"], 1) << "the mirror is asked all the same";
  goes_on.release();
  Json root;
  while (root["files_on_disk"].is_null()) root = report();  // the next walk takes long, too
  EXPECT_EQ(root["files_on_disk"], 1);
  EXPECT_EQ(root["settled"], true);
  goes_on.release();
  reporter.stop();
}

TEST_F(StatusReporterTest, AStopLeavesAWalkThatIsUnderWay) {
  std::binary_semaphore begun(0);
  on_walk = [&](const std::function<bool()>& stop) {
    begun.release();
    while (!stop()) std::this_thread::yield();
  };
  bool answered = false;
  reporter.report({[&](const Json&) { answered = true; }});
  begun.acquire();
  reporter.stop();
  EXPECT_FALSE(answered);
}

// Such a name is a BLOB in the mirror, which no text equals.
TEST(StatusReportTest, RootsAndFilesWhoseNamesAreNotUtf8AreFoundInTheMirror) {
  const TempDir directory;
  const std::vector<std::string> roots = {(directory / "plain").string(),
                                          (directory / "r\xff").string()};
  for (const std::string& root : roots) fs::create_directory(root);
  SyncHarness harness({.roots = roots});
  for (const std::string& root : roots) {
    testing::write(root + "/p/.tain/sessions/s1/state.json", "bad");
    testing::write(root + "/\xfe/.tain/sessions/s1/state.json", "bad");
  }
  harness.scan();
  NoWatcher nobody;
  const Config config = config_of(harness, roots);
  const StatusReport found = status_report(config, SharedStatus().get(), harness.dirty(), nobody,
                                           std::nullopt, FileCount());
  for (const Json& root : found.report["roots"]) {
    EXPECT_EQ(root["errors"], 2);
    EXPECT_EQ(root["files_mirrored"], 2);
    EXPECT_NE(root["last_full_scan_at"], nullptr);
  }
}

}  // namespace
}  // namespace tain::syncd
