#include "core/state/project_store.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::FakeClock;
using testing::names_in;
using testing::snapshot;
using testing::TempDir;

class ProjectStoreTest : public ::testing::Test {
 protected:
  StateOptions options() { return {.durability = Durability::none, .clock = clock_.clock()}; }

  TempDir root_;
  FakeClock clock_;
};

TEST_F(ProjectStoreTest, WhatIsCreatedIsWhatIsOpened) {
  const Project created =
      create_project(root_ / "new", {.name = "n", .description = "d"}, options());
  EXPECT_THAT(created.id, ::testing::StartsWith("proj_"));
  EXPECT_EQ(created.working_dir, (root_ / "new").string());
  EXPECT_EQ(created.created_at, clock_.now());
  EXPECT_EQ(open_project(root_ / "new", options()), created);
  EXPECT_THAT(names_in(root_ / "new/.tain"), ::testing::ElementsAre("project.json"));
}

TEST_F(ProjectStoreTest, CreatingAnExistingProjectLeavesItAlone) {
  create_project(root_.path(), {.name = "first", .id = "p1"}, options());
  const auto before = snapshot(project_file(root_.path()));
  EXPECT_THROW(create_project(root_.path(), {.name = "second"}, options()), AlreadyExistsError);
  EXPECT_EQ(snapshot(project_file(root_.path())), before);
}

TEST_F(ProjectStoreTest, WithoutANameOrWithABadIdNothingIsMade) {
  EXPECT_THROW(create_project(root_.path(), {.name = ""}, options()), InvalidArgument);
  EXPECT_THROW(create_project(root_.path(), {.name = "n", .id = "a/b"}, options()),
               InvalidArgument);
  EXPECT_TRUE(names_in(root_.path()).empty());
}

TEST_F(ProjectStoreTest, OpeningWhatIsNoProjectIsNotFound) {
  EXPECT_THROW(open_project(root_.path(), options()), NotFoundError);
}

}  // namespace
}  // namespace tain
