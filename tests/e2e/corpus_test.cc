// The real history of a real program's state files, replayed before the daemon's eyes.

#include "tests/support/corpus.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/daemon_fixture.h"

namespace tain {
namespace {

using testing::DaemonFixture;
namespace fs = std::filesystem;

// Applies one version of the history to `tree`; how many files it wrote or removed.
int apply(const Json& version, const fs::path& history, const fs::path& tree) {
  int applied = 0;
  for (const Json& change : version["changes"]) {
    const std::string path = change["path"];
    const fs::path source = history / version["dir"].get<std::string>() / path;
    if (change["status"] == "D") {
      fs::remove(tree / path);
    } else if (fs::is_regular_file(source)) {  // else it was a link, or too big to keep
      testing::write(tree / path, testing::read(source));
    } else {
      continue;
    }
    ++applied;
  }
  return applied;
}

TEST(CorpusReplay, AfterARealHistoryTheMirrorEqualsAFreshOne) {
  TAIN_CORPUS_OR_SKIP(program, "agent-session/Lascari-AI__claude-code-config");
  const fs::path history = program / "history";
  DaemonFixture daemon;
  daemon.start();
  std::ifstream manifest(history / "MANIFEST.jsonl");
  int versions = 0;
  int changes = 0;
  for (std::string line; std::getline(manifest, line); ++versions) {
    changes += apply(Json::parse(line), history, daemon.root());
    daemon.flush();
  }
  ASSERT_GE(versions, 31);
  ASSERT_GE(changes, 50);
  EXPECT_NE(daemon.select("SELECT count(*) FROM sessions"), "0");
  const std::string replayed = daemon.dump();
  EXPECT_EQ(replayed, daemon.fresh_dump());
  daemon.stop();
  daemon.start();
  daemon.flush();
  EXPECT_EQ(daemon.dump(), replayed) << "after a restart";
}

}  // namespace
}  // namespace tain
