// Everything that libtain can write, read back through SQL.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/list/listed_entity.h"
#include "tests/support/json_schema_check.h"
#include "tests/support/mirror_fixture.h"
#include "tests/support/whole_domain.h"

namespace tain {
namespace {

using query::Cell;
using query::Cells;
using query::ListedEntity;
using testing::MirrorFixture;
using testing::WholeDomain;

class WholeDomainTest : public ::testing::Test {
 protected:
  std::filesystem::path root() const { return mirror_.root() / "p"; }
  std::vector<Cells> from_mirror(const ListedEntity& entity) {
    return list_from_mirror(mirror::open_for_reading(mirror_.mirror()), entity, {}, {});
  }
  std::vector<Cells> from_files(const ListedEntity& entity) {
    const auto listing = list_from_files(root(), entity, {}, {}, domain_.options());
    EXPECT_TRUE(listing.skipped.empty());
    return listing.entities;
  }

  MirrorFixture mirror_;
  WholeDomain domain_{mirror_.root() / "p", mirror_.clock()};
};

TEST_F(WholeDomainTest, TakesEveryStepOfEveryLifecycle) {
  EXPECT_EQ(domain_.steps(),
            static_cast<int>(Lifecycle<TaskStatus>::transitions.size() +
                             Lifecycle<SessionStatus>::transitions.size() + kPhaseSteps.size() +
                             Lifecycle<AgentRunStatus>::transitions.size() +
                             Lifecycle<ExecutionStatus>::transitions.size() +
                             Lifecycle<SessionTaskState>::transitions.size()));
}

TEST_F(WholeDomainTest, EveryFieldOfEveryEntityIsReadBackThroughSql) {
  mirror_.catch_up();
  for (const ListedEntity& entity : query::listed_entities()) {
    SCOPED_TRACE(entity.word);
    const std::vector<Cells> files = from_files(entity);
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(from_mirror(entity), files);
    for (std::size_t i = 0; i < entity.columns.size(); ++i) {
      const bool is_used = std::any_of(files.begin(), files.end(), [&](const Cells& row) {
        return !std::holds_alternative<std::monostate>(row[i + 1]);
      });
      EXPECT_TRUE(is_used) << entity.columns[i].name << " is never set, so nothing tests it";
    }
  }
}

TEST_F(WholeDomainTest, EveryFileIsAsItsJsonSchemaSays) {
  EXPECT_THAT(testing::schema_violations(root()), ::testing::IsEmpty());
}

TEST_F(WholeDomainTest, HasNothingOddInIt) {
  mirror_.catch_up();
  EXPECT_EQ(mirror_.rows("SELECT kind, path, place, detail FROM anomalies"),
            std::vector<testing::Cells>{});
  EXPECT_EQ(mirror_.rows("SELECT path, reason FROM sync_errors"), std::vector<testing::Cells>{});
}

}  // namespace
}  // namespace tain
