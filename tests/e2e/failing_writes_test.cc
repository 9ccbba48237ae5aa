// Writes that a process usually dies of.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/daemon_fixture.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::Process;
namespace fs = std::filesystem;

TEST(FailingWrites, ADaemonOutlivesWhoReadsItsLog) {
  DaemonFixture daemon;
  const fs::path log = daemon.directory() / "err";
  ASSERT_EQ(::mkfifo(log.c_str(), 0600), 0);
  {
    const UniqueFd reader(FileSystem::real(), ::open(log.c_str(), O_RDONLY | O_NONBLOCK));
    daemon.start();
  }
  daemon.ask({{"command", "rebuild"}});  // which it logs
  EXPECT_TRUE(daemon.process().is_running());
  testing::write(daemon.root() / testing::kStatePath, testing::state_json("s1", "t"));
  daemon.flush();
  EXPECT_EQ(daemon.select(testing::kAllTopics), "t");
  EXPECT_EQ(daemon.stop(), 0);
  fs::remove(log);
}

TEST(FailingWrites, AMirrorBeyondTheLargestFileThatMayBeWrittenIsAnError) {
  const testing::TempDir directory;
  fs::create_directory(directory / "tree");
  Process once({"/usr/bin/prlimit", "--fsize=100000", testing::tain_syncd(), "once", "--root",
                (directory / "tree").string(), "--db", (directory / "m.db").string()},
               directory / "out", directory / "err");
  EXPECT_EQ(once.wait(), 1);
  EXPECT_THAT(testing::read(directory / "err"),
              ::testing::HasSubstr((directory / "m.db").string()));
}

}  // namespace
}  // namespace tain
