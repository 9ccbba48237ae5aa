#include "core/state/worker_store.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/project_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

class Seed003Workers : public testing::ProjectTest {
 protected:
  WorkerStore workers() { return WorkerStore(root_.path(), options()); }
  std::filesystem::path file(const std::string& id) const {
    return workers_directory(root_.path()) / entity_file_name(id);
  }
};

TEST_F(Seed003Workers, ABeatSaysThatItIsAliveAndLeavesTheRest) {
  EXPECT_FALSE(workers().find("w1"));
  workers().beat("w1", {.current_executions = 2, .metadata = Json{{"host", "h"}}});
  clock_.advance(30'000);
  const Worker worker = workers().beat("w1");
  EXPECT_EQ(worker, (Worker{"w1", clock_.now(), 2, {{"host", "h"}}}));
  EXPECT_EQ(workers().find("w1"), worker);
}

TEST_F(Seed003Workers, AListLeavesOutABadRecordAndSaysSo) {
  workers().beat("w2");
  workers().beat("w1");
  testing::write(file("w3"), "{}");
  const Listing<Worker> listing = workers().list();
  ASSERT_EQ(listing.entities.size(), 2u);
  EXPECT_EQ(listing.entities[0].worker_id, "w1");
  ASSERT_EQ(listing.skipped.size(), 1u);
  EXPECT_EQ(listing.skipped[0].path, file("w3"));
}

TEST_F(Seed003Workers, WhatIsNotKnownSurvivesABeat) {
  testing::write(file("w1"), R"({"x": [1], "worker_id": "w1", "last_seen_at": "2026-01-01"})");
  workers().beat("w1");
  EXPECT_EQ(testing::read(file("w1")),
            "{\n  \"x\": [\n    1\n  ],\n  \"worker_id\": \"w1\",\n"
            "  \"last_seen_at\": \"2026-02-16T12:00:00.000Z\"\n}\n");
}

TEST_F(Seed003Workers, WhatIsWrongIsRefusedAndNothingIsWritten) {
  EXPECT_THROW(workers().beat("../w1"), InvalidArgument);
  EXPECT_THROW(workers().beat("w1", {.current_executions = -1}), InvalidArgument);
  EXPECT_THROW(workers().beat("w1", {.metadata = Json(5)}), InvalidArgument);
  EXPECT_FALSE(workers().find("w1"));
}

}  // namespace
}  // namespace tain
