#include "core/fs/paths.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "core/error.h"
#include "tests/support/temp_dir.h"

namespace tain {
namespace {

using testing::TempDir;
namespace fs = std::filesystem;

// The environment that paths read, as the test wants it; the old one comes back.
class EnvironmentTest : public ::testing::Test {
 protected:
  EnvironmentTest() {
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
                             "TAIN_CONFIG", "TAIN_DB", "TAIN_SOCKET"}) {
      const char* value = ::getenv(name);
      old_[name] = value ? std::optional<std::string>(value) : std::nullopt;
      ::unsetenv(name);
    }
  }
  ~EnvironmentTest() override {
    for (const auto& [name, value] : old_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }

 private:
  std::map<std::string, std::optional<std::string>> old_;
};

TEST(Paths, EveryNameOfATreeIsAsTheFormatSays) {
  EXPECT_EQ(project_file("/p"), "/p/.tain/project.json");
  EXPECT_EQ(session_directory("/p", "s1"), "/p/.tain/sessions/s1");
  EXPECT_EQ(events_file("/p/.tain/sessions/s1"), "/p/.tain/sessions/s1/events.jsonl");
  EXPECT_EQ(agent_runs_directory("/s") / entity_file_name("run_1"), "/s/agents/run_1.json");
}

TEST(Paths, AProjectIsFoundFromAnywhereBelowIt) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "project/.tain");
  std::filesystem::create_directories(dir / "project/src/deep");
  EXPECT_EQ(find_project_root(dir / "project/src/deep"), dir / "project");
  EXPECT_EQ(find_project_root(dir / "project"), dir / "project");
  EXPECT_EQ(find_project_root(dir.path()), std::nullopt);
}

TEST(Paths, AFileNamedAsTheMarkerMakesNoProject) {
  const TempDir dir;
  testing::write(dir / ".tain", "a file");
  EXPECT_EQ(find_project_root(dir.path()), std::nullopt);
}

TEST(Paths, TemporariesAreHiddenUniqueAndOnlyTheirOwn) {
  const std::string name = temporary_name("state.json");
  EXPECT_NE(name, temporary_name("state.json"));
  EXPECT_EQ(name.front(), '.');
  EXPECT_TRUE(is_temporary_of(name, "state.json"));
  EXPECT_FALSE(is_temporary_of(name, "state"));
  EXPECT_FALSE(is_temporary_of(name, "other.json"));
}

TEST(Paths, WhatIsNotExactlyATemporaryIsNobodysToDelete) {
  for (const char* other :
       {"state.json", ".state.json", ".state.json.tmp", ".state.json..tmp", ".state.json.1.tmp",
        ".state.json.1.abc.tmp", ".state.json.x.abcdefghi.tmp", ".state.json.1.ABCDEFGHI.tmp",
        ".state.json..abcdefghi.tmp", ".state.json.1.abcdefghij.tmp", "state.json.1.abcdefghi.tmp",
        ".state.json.1.abcdefghi.tmp~", ".state.json.1.2.abcdefghi.tmp", ""}) {
    EXPECT_FALSE(is_temporary_of(other, "state.json")) << other;
  }
  EXPECT_TRUE(is_temporary_of(".state.json.1.abcdefg89.tmp", "state.json"));
}

TEST(Paths, AResolvedPathIsTheSameWhetherWhatItsLinksLeadToIsThereOrNot) {
  const TempDir directory;
  const fs::path real = fs::canonical(directory.path());
  fs::create_directories(real / "disk/work");
  fs::create_symlink("disk/work", real / "relative");
  fs::create_symlink(real / "relative", real / "absolute");
  fs::create_symlink("../nowhere/./at", real / "disk/nowhere");
  EXPECT_EQ(resolved_path(real / "relative/a//b/"), real / "disk/work/a/b");
  EXPECT_EQ(resolved_path(real / "absolute"), real / "disk/work");
  EXPECT_EQ(resolved_path(real / "absolute/../../x/."), real / "x");
  EXPECT_EQ(resolved_path(real / "disk/nowhere/all"), real / "nowhere/at/all");
  EXPECT_EQ(resolved_path("/.."), "/");
  fs::rename(real / "disk", real / "unmounted");
  EXPECT_EQ(resolved_path(real / "absolute/a"), real / "disk/work/a");
}

TEST(Paths, ACircleOfLinksIsLeftAsItIs) {
  const TempDir directory;
  const fs::path real = fs::canonical(directory.path());
  fs::create_symlink("b", real / "a");
  fs::create_symlink("a", real / "b");
  EXPECT_EQ(resolved_path(real / "a/x").parent_path().parent_path(), real);
}

TEST_F(EnvironmentTest, AUsersReportsAreInTheirConfigurationWhereverItsFileIs) {
  set("HOME", "/home/ann");
  set("TAIN_CONFIG", "/etc/tain.json");
  EXPECT_EQ(user_reports_directory(), "/home/ann/.config/tain/reports");
  set("XDG_CONFIG_HOME", "/config");
  EXPECT_EQ(user_reports_directory(), "/config/tain/reports");
}

TEST_F(EnvironmentTest, AUsersThingsAreWhereXdgSays) {
  set("HOME", "/home/u");
  EXPECT_EQ(default_config_file(), "/home/u/.config/tain/config.json");
  EXPECT_EQ(default_mirror_file(), "/home/u/.local/share/tain/mirror.db");
  EXPECT_EQ(default_socket(), "/home/u/.local/share/tain/tain.sock");
  set("XDG_CONFIG_HOME", "/c");
  set("XDG_DATA_HOME", "/d");
  set("XDG_RUNTIME_DIR", "/run/user/1");
  EXPECT_EQ(default_config_file(), "/c/tain/config.json");
  EXPECT_EQ(default_mirror_file(), "/d/tain/mirror.db");
  EXPECT_EQ(default_socket(), "/run/user/1/tain/tain.sock");
  EXPECT_EQ(notification_socket(default_socket()), "/run/user/1/tain/tain.sock.notify");
}

TEST_F(EnvironmentTest, TainsOwnVariablesWin) {
  set("TAIN_CONFIG", "/x/c");
  set("TAIN_DB", "/x/d");
  set("TAIN_SOCKET", "/x/s");
  EXPECT_EQ(default_config_file(), "/x/c");
  EXPECT_EQ(default_mirror_file(), "/x/d");
  EXPECT_EQ(default_socket(), "/x/s");
}

TEST_F(EnvironmentTest, ARelativePathInAnXdgVariableIsIgnored) {
  set("HOME", "/home/u");
  set("XDG_CONFIG_HOME", "relative");
  EXPECT_EQ(default_config_file(), "/home/u/.config/tain/config.json");
}

TEST_F(EnvironmentTest, WithoutAHomeTheErrorNamesTheVariables) {
  try {
    default_config_file();
    FAIL() << "no error";
  } catch (const NotFoundError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("XDG_CONFIG_HOME"));
  }
}

}  // namespace
}  // namespace tain
