// The links between tasks and sessions, on both sides, whatever crashes between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/dying_file_system.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/project_test.h"

namespace tain {
namespace {

using testing::DyingFileSystem;
using ::testing::ElementsAre;
using testing::FaultFileSystem;
using ::testing::IsEmpty;

class TaskLinksTest : public testing::ProjectTest {
 protected:
  TaskLinksTest() {
    create_task("t");
    create_session("s");
  }

  std::vector<std::string> sessions() { return store().get("t").session_ids; }
  std::vector<std::string> tasks() { return open_session("s").state().task_ids; }

  // Runs `act` in a process that dies at its nth change; false when it lived.
  bool dies_at(int nth, const std::function<void(TaskStore&)>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      DyingFileSystem dying(nth);
      ProjectOptions dying_options = options();
      dying_options.file_system = &dying;
      dying_options.durability = Durability::full;
      TaskStore tasks(root_.path(), dying_options);
      act(tasks);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status != 0;
  }
};

TEST_F(TaskLinksTest, ALinkStandsOnBothSidesAndOnce) {
  store().link("t", "s");
  EXPECT_THAT(store().link("t", "s").session_ids, ElementsAre("s"));
  EXPECT_THAT(tasks(), ElementsAre("t"));
  store().unlink("t", "s");
  EXPECT_THAT(sessions(), IsEmpty());
  EXPECT_THAT(tasks(), IsEmpty());
  std::vector<std::string> types;
  for (const Json& event : timeline("t")) types.push_back(event["type"]);
  EXPECT_THAT(types, ElementsAre("created", "session_started", "session_ended"));
  EXPECT_EQ(timeline("t")[1]["session_id"], "s");
}

TEST_F(TaskLinksTest, WhatIsNotThereCannotBeLinkedNorUnlinked) {
  EXPECT_THROW(store().link("gone", "s"), NotFoundError);
  EXPECT_THROW(store().link("t", "gone"), NotFoundError);
  EXPECT_THROW(store().unlink("t", "s"), NotFoundError);
  EXPECT_THROW(store().link("t", "../s"), InvalidArgument);
  EXPECT_THROW(store().unlink("t", "../s"), InvalidArgument);
  EXPECT_THAT(sessions(), IsEmpty());
}

TEST_F(TaskLinksTest, AfterACrashAnywhereInALinkBothSidesHaveItOrNeither) {
  int crashes = 0;
  int linked = 0;
  for (int nth = 1;; ++nth) {
    const bool died = dies_at(nth, [](TaskStore& tasks) { tasks.link("t", "s"); });
    const std::vector<std::string> of_task = sessions();  // repairs what the crash has left
    ASSERT_EQ(of_task.empty(), tasks().empty()) << "after call " << nth;
    linked += of_task.empty() ? 0 : 1;
    if (!died) break;
    ++crashes;
    if (!of_task.empty()) store().unlink("t", "s");
  }
  EXPECT_GE(crashes, 8);
  EXPECT_GE(linked, 2);  // also when only what comes after the second side was lost
  EXPECT_LT(linked, crashes);
}

TEST_F(TaskLinksTest, AfterACrashAnywhereInAnUnlinkBothSidesHaveItOrNeither) {
  int crashes = 0;
  for (int nth = 1;; ++nth) {
    store().link("t", "s");
    const bool died = dies_at(nth, [](TaskStore& tasks) { tasks.unlink("t", "s"); });
    ASSERT_EQ(sessions().empty(), tasks().empty()) << "after call " << nth;
    if (!died) break;
    ++crashes;
  }
  EXPECT_GE(crashes, 8);
  EXPECT_THAT(sessions(), IsEmpty());
}

TEST_F(TaskLinksTest, WhenTheSecondSideCannotBeWrittenTheFirstIsTakenBack) {
  int injected = 0;
  for (int nth = 1;; ++nth) {
    FaultFileSystem faulty;
    ProjectOptions failing = options();
    failing.file_system = &faulty;
    TaskStore broken(root_.path(), failing);
    faulty.inject({.call = testing::Call::rename, .nth = nth});
    try {
      broken.link("t", "s");
      break;
    } catch (const IoError&) {
      ++injected;
      EXPECT_EQ(Json::parse(testing::read(task_file("t")))["session_ids"], Json::array());
      EXPECT_THAT(tasks(), IsEmpty());
    }
  }
  EXPECT_EQ(injected, 2);
}

TEST_F(TaskLinksTest, ManyProcessesThatLinkLoseNoLink) {
  for (int i = 0; i < 4; ++i) {
    create_task("t" + std::to_string(i));
    create_session("s" + std::to_string(i));
  }
  EXPECT_TRUE(testing::run_in_processes(4, [&](int process) {
    for (int i = 0; i < 4; ++i) {
      store().link("t" + std::to_string((process + i) % 4), "s" + std::to_string(process));
      store().get("t" + std::to_string(i));  // repairs only what really is one-sided
    }
  }));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(store().get("t" + std::to_string(i)).session_ids.size(), 4u);
    EXPECT_EQ(open_session("s" + std::to_string(i)).state().task_ids.size(), 4u);
  }
}

TEST_F(TaskLinksTest, ASessionThatIsElsewhereStaysInTheTask) {
  store().link("t", "s");
  const auto directory = session_directory(root_.path(), "s");
  std::filesystem::rename(directory, root_ / "elsewhere");
  EXPECT_THAT(sessions(), ElementsAre("s"));
  std::filesystem::rename(root_ / "elsewhere", directory);
  testing::write(directory / kStateFile, "garbage");
  EXPECT_THAT(sessions(), ElementsAre("s"));
}

}  // namespace
}  // namespace tain
