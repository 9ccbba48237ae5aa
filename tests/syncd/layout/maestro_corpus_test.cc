// Maestro's entities as its own documents show them, counted by jq as well.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/corpus.h"
#include "tests/support/jq.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::MirrorFixture;
namespace fs = std::filesystem;

class MaestroCorpus : public ::testing::Test {
 protected:
  std::vector<fs::path> files(const std::string& directory) const {
    return testing::files_below(tree.root() / directory,
                                [](const fs::path& file) { return file.extension() == ".json"; });
  }

  MirrorFixture tree;
};

TEST_F(MaestroCorpus, EveryFileIsMirroredAndEveryCountIsThatOfJq) {
  TAIN_CORPUS_OR_SKIP(corpus, "maestro/raghavared__agent-maestro/assembled-data");
  TAIN_JQ_OR_SKIP();
  fs::copy(corpus, tree.root(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT path, reason FROM sync_errors"), ::testing::IsEmpty());
  EXPECT_EQ(tree.cell("SELECT count(*) FROM documents"), std::to_string(files("").size()));
  const auto count = [](const std::string& filter, const std::vector<fs::path>& of) {
    return testing::jq(filter, of);
  };
  const auto tasks = files("tasks");
  const auto sessions = files("sessions");
  EXPECT_EQ(tree.cell("SELECT count(*) FROM tasks"), count("length", tasks));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM sessions"), count("length", sessions));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM projects WHERE id IS NOT NULL"),
            count("length", files("projects")));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM events WHERE task_id IS NOT NULL AND file_id IN "
                      "(SELECT file_id FROM tasks)"),
            count("map(.timeline // [] | length) | add", tasks));
  EXPECT_EQ(
      tree.cell("SELECT count(*) FROM events WHERE file_id IN (SELECT file_id FROM sessions)"),
      count("map((.timeline // []) + (.events // []) | length) | add", sessions));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM task_sessions"),
            count("map(.sessionIds // [] | length) | add", tasks));
  EXPECT_EQ(tree.cell("SELECT count(*) FROM session_task_ids"),
            count("map(.taskIds // [] | length) | add", sessions));
  EXPECT_EQ(
      tree.cell("SELECT group_concat(id || ' ' || coalesce(created_at, 0), char(10)) FROM "
                "(SELECT id, created_at FROM tasks WHERE typeof(created_at) = 'integer' "
                " ORDER BY id)"),
      count("map(select(.createdAt)) | sort_by(.id)[] | \"\\(.id) \\(if .createdAt | type == "
            "\"string\" then .createdAt[:19] + \"Z\" | fromdate * 1000 else .createdAt end)\"",
            tasks));
  EXPECT_EQ(tree.cell("SELECT group_concat(n) FROM (SELECT count(DISTINCT project_key) AS n "
                      "FROM tasks)"),
            count("map(.projectId) | unique | length", tasks));
}

}  // namespace
}  // namespace tain
