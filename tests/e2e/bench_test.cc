// tools/bench/run works from end to end. What it measured, nobody looks at here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/json/document.h"
#include "tests/support/temp_dir.h"

namespace tain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class BenchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(TAIN_BIN_DIR) / "bench_tree")) {
      GTEST_SKIP() << "a sanitized build has no benchmarks";
    }
  }

  // The exit status; what was said is in `out` and `err`.
  int run(const std::string& arguments) {
    const std::string command = "'" + std::string(TAIN_SOURCE_DIR) + "/tools/bench/run' --bin '" +
                                std::string(TAIN_BIN_DIR) + "' " + arguments + " >'" +
                                (directory_ / "out").string() + "' 2>'" +
                                (directory_ / "err").string() + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string out() const { return testing::read(directory_ / "out"); }
  std::string err() const { return testing::read(directory_ / "err"); }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  testing::TempDir directory_;
};

const std::string kSmall =
    "--no-peers --runs 1 --seconds 0.2 --changes 10 --history 100 --transcripts 20 "
    "--long-transcript 500 ";

// The targets of the table, each by the beginning of its row.
const std::vector<std::string> kRows = {
    "save() with full durability",
    "save() without fsync",
    "on-save notification, daemon up",
    "on-save notification, daemon dead",
    "on-save notification, daemon stopped",
    "on-save notification, daemon socket full",
    "save → visible in SQL, p50, 100 saves a second",
    "save → visible in SQL, p99, 100 saves a second",
    "cold catch-up, 20 sessions",
    "start of the daemon to ready",
    "a grouped join",
    "a question about one session",
    "a question about one task",
    "resident memory, peak of a cold catch-up",
    "resident memory, idle after a cold catch-up",
    "8 writers for 0.2 s: saves a second",
    "8 writers for 0.2 s: most that waited",
    "8 writers for 0.2 s: drained after",
    "8 writers for 0.2 s: updates lost",
    "event appended to 100",
    "idle with 400 projects",
    "catch-up of 20 transcripts",
    "cost by day and model",
    "line appended to a transcript of",
    "CPU of a line appended to a transcript of",
    "cold catch-up, 40 sessions to 20",
    "warm catch-up, 40 sessions to 20",
};

TEST_F(BenchTest, MeasuresEveryRowOfTheTable) {
  const int status = run(kSmall + "--sessions 20 --sessions 40 --json '" + path("found.json") +
                         "' --html '" + path("page.html") + "'");
  ASSERT_EQ(status, 0) << err();
  for (const std::string& row : kRows) EXPECT_THAT(out(), HasSubstr("\n" + row));
  const Json found = Json::parse(testing::read(directory_ / "found.json"));
  std::set<std::string> groups;
  for (const Json& row : found["rows"]) {
    groups.insert(row["group"]);
    EXPECT_FALSE(row["measured"].empty()) << row;
  }
  EXPECT_EQ(groups.size(), 13U);
  EXPECT_THAT(found["checks"], ::testing::Contains("clean after a cold catch-up of 20 sessions"));
  const std::string page = testing::read(directory_ / "page.html");
  EXPECT_THAT(page, HasSubstr("</table>"));
  for (const char* link : {"http", "//", "src=", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(link)));
  }
}

TEST_F(BenchTest, TheSameSeedMakesTheSameTree) {
  for (const std::string program : {"tree' --sessions 5", "transcripts' --transcripts 5"}) {
    const std::string tree = "'" + std::string(TAIN_BIN_DIR) + "/bench_" + program + " --seed ";
    const std::string directory = path(program.substr(0, 4) + "-");
    const auto make = [&](const std::string& seed, const std::string& name) {
      return std::system((tree + seed + " '" + directory + name + "' >/dev/null").c_str());
    };
    const auto differ = [&](const std::string& a, const std::string& b) {
      const std::string both = "'" + directory + a + "' '" + directory + b + "'";
      return std::system(("diff -rq " + both + " >/dev/null").c_str()) != 0;
    };
    ASSERT_EQ(make("3", "a") + make("3", "b") + make("4", "c"), 0) << program;
    EXPECT_FALSE(differ("a", "b")) << program;
    EXPECT_TRUE(differ("a", "c")) << program;
  }
}

TEST_F(BenchTest, WhatBreaksIsSaidAndNoTable) {
  EXPECT_EQ(run("--sessions none"), 2);
  EXPECT_EQ(run(kSmall + "--only save --bin '" + path("nowhere") + "'"), 1);
  EXPECT_THAT(err(), HasSubstr("bench_save"));
  EXPECT_EQ(out(), "");
}

}  // namespace
}  // namespace tain
