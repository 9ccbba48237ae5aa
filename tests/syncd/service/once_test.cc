#include "syncd/service/once.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>

#include "core/error.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempDir;
namespace fs = std::filesystem;

class RunOnceTest : public ::testing::Test {
 protected:
  RunOnceTest() : log_before_(spdlog::default_logger()) {
    config.roots = {(directory / "tree").string()};
    config.db = directory / "m.db";
    testing::write(directory / "tree" / testing::kStatePath, testing::state_json("s1", "one"));
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_)));
  }
  ~RunOnceTest() override { spdlog::set_default_logger(log_before_); }

  // What is logged meanwhile.
  std::string log_of_a_run(bool complete) {
    log_.str("");
    std::ostringstream out;
    EXPECT_EQ(run_once(config, out), complete);
    EXPECT_THAT(out.str(), HasSubstr(" files of "));
    EXPECT_THAT(out.str(), Not(HasSubstr("unavailable")));
    return log_.str();
  }

  TempDir directory;
  Config config;

 private:
  std::shared_ptr<spdlog::logger> log_before_;
  std::ostringstream log_;
};

TEST_F(RunOnceTest, OfARootThatIsUnavailableItSaysWhyAndWhatIsKeptOfIt) {
  EXPECT_THAT(log_of_a_run(true), Not(HasSubstr("unavailable")));
  fs::rename(directory / "tree", directory / "away");
  const std::string why = " is unavailable: No such file or directory";
  EXPECT_THAT(log_of_a_run(false),
              HasSubstr(config.roots[0] + why + "; the 1 files that the mirror has of it stay\n"));
  config.roots.push_back((directory / "never").string());
  EXPECT_THAT(log_of_a_run(false), HasSubstr(config.roots[1] + why + "\n"));
}

TEST_F(RunOnceTest, AReportThatCannotBeWrittenIsAFailure) {
  std::ofstream full("/dev/full");
  EXPECT_THROW(run_once(config, full), Error);
  EXPECT_EQ(testing::select(config.db, testing::kAllTopics), "one") << "all else is done";
}

}  // namespace
}  // namespace tain::syncd
