// What `tain sql` prints of the example, in every format.

#include <gtest/gtest.h>

#include "tests/query/tain.h"
#include "tests/support/example_tree.h"
#include "tests/support/golden.h"

namespace tain::query {
namespace {

constexpr const char* kSessionsOfStatus =
    "SELECT name AS project, topic, current_phase AS phase, checkpoints_completed AS done,\n"
    "       sessions.updated_at\n"
    "FROM sessions JOIN projects USING (project_key)\n"
    "WHERE status = :status\n"
    "ORDER BY 1, 2\n";

TEST(SqlOfTheExample, IsPrintedInEveryFormat) {
  const testing::ExampleMirror example;
  for (const std::string format : {"table", "csv", "json", "jsonl", "markdown"}) {
    const Tain tain = {.input = kSessionsOfStatus,
                       .clock = [] { return Timestamp{testing::kExampleNow}; }};
    const Outcome outcome =
        tain({"sql", "--db", example.db(), "-p", "status=running", "--format", format});
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    testing::expect_golden("sql." + format, outcome.out);
  }
}

}  // namespace
}  // namespace tain::query
