// Real trackers of three repositories, and how they grew.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/corpus.h"
#include "tests/support/jq.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::SyncHarness;
namespace fs = std::filesystem;

class BeadsCorpus : public ::testing::Test {
 protected:
  // Counts of one tracker, by us.
  static std::string count(const SyncHarness& harness, const fs::path& file) {
    const std::string path = "'" + file.string() + "'";
    return harness.select(
        "WITH f AS (SELECT file_id FROM files WHERE path = " + path +
        "), t AS (SELECT * FROM tasks JOIN f USING (file_id)), d AS (SELECT type FROM "
        "task_dependencies JOIN f USING (file_id)) SELECT (SELECT count(*) FROM t), "
        "(SELECT count(*) FROM t WHERE status = 'completed'), "
        "(SELECT count(*) FROM t WHERE status = 'cancelled'), "
        "(SELECT count(*) FROM t WHERE priority = 'urgent'), "
        "(SELECT coalesce(sum(json_array_length(labels)), 0) FROM t), "
        "(SELECT coalesce(sum(length(CAST(title AS BLOB))), 0) FROM t), "
        "(SELECT count(*) FROM d WHERE type = 'blocks'), "
        "(SELECT count(*) FROM d WHERE type = 'parent-child'), "
        "(SELECT count(*) FROM d WHERE type = 'discovered-from'), "
        "(SELECT count(*) FROM d WHERE type IS NULL), "
        "(SELECT count(*) FROM events JOIN f USING (file_id))");
  }
  // The same, by jq.
  static constexpr const char* kCount =
      R"([(map(select(.id)) | length),
          (map(select(.status == ("closed", "completed", "complete"))) | length),
          (map(select(.status == "tombstone")) | length),
          (map(select(.priority == 0)) | length),
          ([.[] | (.labels // .tags // [])[]] | length),
          (map(.title // "" | utf8bytelength) | add // 0),
          ([.[].dependencies // [] | .[] | select(.type == "blocks")] | length),
          ([.[].dependencies // [] | .[] | select(.type == "parent-child")] | length),
          ([.[].dependencies // [] | .[] | select(.type == "discovered-from")] | length),
          ([.[].depends_on // [] | .[]] | length),
          ([.[].comments // [] | .[]] | length) + (map(select(.id | not)) | length)]
         | map(tostring) | join("|"))";
  static std::vector<fs::path> trackers(const fs::path& tree) {
    return testing::files_below(tree, [](const fs::path& file) {
      return file.parent_path().filename() == ".beads" && file.extension() == ".jsonl";
    });
  }
};

TEST_F(BeadsCorpus, EveryFileIsMirroredAndEveryCountIsThatOfJq) {
  TAIN_CORPUS_OR_SKIP(corpus, "beads");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness;
  fs::copy(corpus, harness.root(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  const auto files = trackers(harness.root());
  ASSERT_GT(files.size(), 80U);
  EXPECT_EQ(harness.select("SELECT count(*) FROM files WHERE kind IN ('tasks', 'events')"),
            std::to_string(files.size()));
  for (const fs::path& file : files) {
    EXPECT_EQ(count(harness, file), testing::jq(kCount, {file})) << file;
  }
}

TEST_F(BeadsCorpus, AfterEachRealHistoryTheMirrorEqualsAFreshOne) {
  TAIN_CORPUS_OR_SKIP(corpus, "beads");
  int versions = 0;
  for (const char* program : {"AgentWorkforce__relay", "davidplumpton__icehouse"}) {
    SyncHarness harness;
    harness.settle();
    std::ifstream manifest(corpus / program / "history/MANIFEST.jsonl");
    for (std::string line; std::getline(manifest, line); ++versions) {
      const Json version = Json::parse(line);
      const std::string path = version["path"];
      const fs::path source =
          corpus / program / "history" / version["dir"].get<std::string>() / path;
      ASSERT_TRUE(fs::is_regular_file(source)) << source;
      // In place, as a program that does not rename would.
      fs::create_directories((harness.root() / path).parent_path());
      std::ofstream(harness.root() / path, std::ios::trunc) << testing::read(source);
      harness.sync(harness.root() / path);
    }
    EXPECT_EQ(harness.dump(), testing::dump_of_a_fresh_mirror({harness.root().string()}))
        << program;
  }
  EXPECT_GT(versions, 50);
}

}  // namespace
}  // namespace tain
