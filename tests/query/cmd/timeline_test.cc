#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/asking.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using TimelineTest = Asking;

TEST_F(TimelineTest, ATasksHistoryGoesAcrossItsSessions) {
  expect_answers("timeline-task", {"timeline", "t_routes"});
}

TEST_F(TimelineTest, ASessionARunAndAProjectHaveOneToo) {
  expect_answers("timeline-session", {"timeline", "s_siren"}, {"table"});
  expect_answers("timeline-run", {"timeline", "run_r2"}, {"table"});
  expect_answers("timeline-project", {"timeline", "beacon"}, {"table"});
}

TEST_F(TimelineTest, AnEventThatNamesAnotherTaskIsNotOfThisOne) {
  testing::ExampleMirror example;
  example.run("UPDATE events SET task_id = 't_graph' WHERE id = 'evt_0005'");
  const auto timeline = [&](const std::string& task) {
    return Tain()({"timeline", task, "--format", "csv", "--db", example.db().string()}).out;
  };
  EXPECT_THAT(timeline("t_graph"), HasSubstr("evt_0005"));
  EXPECT_THAT(timeline("t_routes"), Not(HasSubstr("evt_0005")));
}

TEST_F(TimelineTest, TimesAndALimitNarrowIt) {
  const auto ids = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"timeline", "s_routes", "--format", "csv"});
    const std::string out = ask(flags).out;
    std::string found;
    for (std::size_t at = 0; (at = out.find("evt_", at)) != std::string::npos; at += 8) {
      found += out.substr(at + 7, 1);
    }
    return found;
  };
  EXPECT_EQ(ids({}), "123456");
  EXPECT_EQ(ids({"--since", "2026-10-18T10:20:00Z"}), "3456");
  EXPECT_EQ(ids({"--until", "2026-10-18T10:20:00Z"}), "12");
  EXPECT_EQ(ids({"--limit", "2"}), "56");
  EXPECT_EQ(ids({"--limit", "2", "--until", "2026-10-19"}), "23");
}

TEST_F(TimelineTest, WhatHasNoHistoryIsRefused) {
  EXPECT_EQ(ask({"timeline", "exe_1"}).status, kFailed);
  EXPECT_EQ(ask({"timeline", "t_map", "--limit", "0"}).status, kMisused);
  EXPECT_EQ(ask({"timeline", "t_map", "--since", "yesterday"}).status, kMisused);
}

}  // namespace
}  // namespace tain::query
