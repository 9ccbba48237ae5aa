// `tain verify` against the real daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "query/cmd/run.h"
#include "tests/support/daemon_fixture.h"
#include "tests/support/sync_harness.h"
#include "tests/support/verification.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::event_json;
using testing::state_json;
namespace fs = std::filesystem;

std::string verify_session(int i) {
  return "p" + std::to_string(i % 3) + "/.tain/sessions/s" + std::to_string(i);
}

int verify_status(const DaemonFixture& daemon, std::string& out) {
  std::istringstream in;
  std::ostringstream output;
  std::ostringstream messages;
  const int status = query::run({"verify", "--db", daemon.db(), "--socket", daemon.socket()},
                                {.in = in, .out = output, .err = messages});
  out = output.str() + messages.str();
  return status;
}

TEST(VerifyDaemon, ABusyWriterIsNoDifference) {
  DaemonFixture daemon;
  for (int i = 0; i < 100; ++i) {
    testing::write(daemon.root() / verify_session(i) / "state.json", state_json("s", "first"));
  }
  daemon.start();
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::jthread writer([&] {
    for (int i = 0; !stop; ++i) {
      const fs::path session = daemon.root() / verify_session(i % 150);
      testing::write(session / ".new", state_json("s", std::to_string(i)));
      fs::rename(session / ".new", session / "state.json");
      std::ofstream(session / "events.jsonl", std::ios::app) << event_json("e") << "\n";
      if (i % 7 == 0) fs::remove_all(daemon.root() / verify_session((i + 70) % 150));
      ++written;
    }
  });
  for (int round = 0; round < 3; ++round) {
    const int before = written;
    std::string out;
    EXPECT_EQ(verify_status(daemon, out), query::kDone) << out;
    EXPECT_GT(written, before);
  }
  stop = true;
  writer.join();
  std::string out;
  EXPECT_EQ(verify_status(daemon, out), query::kDone) << out;
  EXPECT_THAT(out, ::testing::HasSubstr(" 0 differences, 0 not compared"));
}

TEST(VerifyDaemon, AMirrorThatHasMissedAChangeIsFoundOut) {
  DaemonFixture daemon;
  testing::write(daemon.root() / verify_session(0) / "state.json", state_json("s", "first"));
  daemon.start();
  daemon.flush();
  daemon.kill();
  testing::write(daemon.root() / verify_session(0) / "state.json", state_json("s", "second"));
  std::string out;
  EXPECT_EQ(verify_status(daemon, out), query::kFailed);
  EXPECT_THAT(out, ::testing::HasSubstr("not caught up"));
  daemon.start();
  EXPECT_EQ(verify_status(daemon, out), query::kDone) << out;
}

TEST(VerifyDaemon, AfterAChangeOfTheLimitsAFlushIsAnsweredFromTheNewMirror) {
  DaemonFixture daemon(R"({"max_body": 100})");
  for (int i = 0; i < 1000; ++i) {
    testing::write(daemon.root() / verify_session(i) / "events.jsonl",
                   R"({"id": "e", "body": ")" + std::string(80, 'x') + "\"}\n");
  }
  daemon.start();
  daemon.flush();
  constexpr const char* kLeft = "SELECT count(left_in_file), count(*) FROM events";
  EXPECT_EQ(daemon.select(kLeft), "0|1000");
  EXPECT_EQ(daemon.stop(), 0);
  testing::write(daemon.directory() / "config.json", R"({"max_body": 10})");
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select(kLeft), "1000|1000");
}

TEST(VerifyDaemon, ADescriptionThatChangedAndARuleThatCameAreAppliedToFilesThatDidNotChange) {
  const auto config = [](const std::string& title, const std::string& more) {
    return R"({"layouts": [{"name": "x", "markers": [".x"], "files": [{"path": "*.json", "is": "task",
               "fields": {"title": ")" +
           title + "\"}}]}]" + more + "}";
  };
  DaemonFixture daemon(config("a", ""));
  testing::write(daemon.root() / ".x/t.json", R"({"id": "t", "a": "one", "b": "two"})");
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT title FROM tasks"), "one");
  EXPECT_EQ(daemon.stop(), 0);
  testing::write(daemon.directory() / "config.json", config("b", R"(, "redact": {"drop": ["a"]})"));
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.select("SELECT title FROM tasks"), "two");
  EXPECT_EQ(daemon.select("SELECT body ->> '$.a' IS NULL FROM documents"), "1");
  std::string out;
  EXPECT_EQ(verify_status(daemon, out), query::kDone) << out;
}

}  // namespace
}  // namespace tain
