#include <gtest/gtest.h>

#include "core/fs/paths.h"
#include "core/json/document.h"
#include "core/state/project_store.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

TEST(ProjectCommand, NewMakesADirectoryAProject) {
  const testing::TempDir directory;
  const std::string root = directory / "fresh";
  const Outcome outcome = Tain()({"project", "new", root, "--name", "Rocket", "--id", "proj_1",
                                  "--description", "To the moon"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, "proj_1\n");
  const Project project = open_project(root);
  EXPECT_EQ(project.name, "Rocket");
  EXPECT_EQ(project.description, "To the moon");
  EXPECT_EQ(project.working_dir, root);
}

TEST(ProjectCommand, NewAnswersInJson) {
  const testing::TempDir directory;
  const Outcome outcome =
      Tain()({"project", "new", directory.path(), "--name", "Rocket", "--format", "json"});
  const Json json = Json::parse(outcome.out);
  ASSERT_EQ(json.size(), 1);
  EXPECT_EQ(json[0], Json::parse(testing::read(project_file(directory.path()))));
}

TEST(ProjectCommand, NewRefusesWhatIsNoProjectAndWritesNothing) {
  const testing::TempDir directory;
  const std::string root = directory.path();
  EXPECT_EQ(Tain()({"project", "new", root}).status, kMisused);
  EXPECT_EQ(Tain()({"project", "new", root, "--name", ""}).status, kMisused);
  EXPECT_EQ(Tain()({"project", "new", root, "--name", "x", "--id", "a b"}).status, kMisused);
  EXPECT_EQ(Tain()({"project", "new", root, "--name", "\xFF"}).status, kMisused);
  EXPECT_FALSE(std::filesystem::exists(project_file(root)));
  EXPECT_EQ(Tain()({"project", "new", root, "--name", "x"}).status, kDone);
  const std::string before = testing::read(project_file(root));
  EXPECT_EQ(Tain()({"project", "new", root, "--name", "y"}).status, kFailed);
  EXPECT_EQ(testing::read(project_file(root)), before);
}

}  // namespace
}  // namespace tain::query
