// The syncing process dies at every moment at which it changes a file of the mirror, and at every
// commit: the next one finds a sound mirror, and makes of it what a fresh one would be.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/fault_vfs.h"
#include "tests/support/loop_fixture.h"

namespace tain::syncd {
namespace {

using testing::dump_mirror;
using testing::FaultVfs;
using testing::LoopFixture;
using testing::select;
namespace fs = std::filesystem;

int commits_to_live = 0;  // of this process; 0: for ever

// Of every connection that is opened in this process.
int die_at_the_last_commit(sqlite3* database, char** /*message*/,
                           const sqlite3_api_routines* /*api*/) {
  const auto on_commit = [](void*) -> int {
    if (--commits_to_live == 0) ::_exit(FaultVfs::kDied);
    return 0;
  };
  sqlite3_commit_hook(database, on_commit, nullptr);
  return SQLITE_OK;
}

class DaemonKilledTest : public LoopFixture {
 protected:
  // A loop over the tree and its changes, in a process that `doom` lets die. False when it lived.
  bool dies(const std::function<void()>& doom) {
    const pid_t child = ::fork();
    if (child == 0) {
      doom();
      const bool started = start();
      if (started) settle(1);
      for (const auto& change : changes()) {
        change();
        if (started) settle(1);
      }
      stop();
      ::_exit(started && failures == 0 ? 0 : 1);
    }
    int status_of_child = 0;
    ::waitpid(child, &status_of_child, 0);
    EXPECT_TRUE(WIFEXITED(status_of_child));
    const int code = WEXITSTATUS(status_of_child);
    EXPECT_TRUE(code == 0 || code == FaultVfs::kDied) << code;
    return code != 0;
  }

  // The next process, over what the last one left, with the changes that it had not come to.
  void expect_that_the_next_one_converges() {
    ASSERT_TRUE(start()) << start_error;
    ASSERT_TRUE(settle(1)) << status.get().last_error;
    EXPECT_EQ(set_aside(), 0U) << log();
    for (const auto& change : changes()) change();
    ASSERT_TRUE(settle(1)) << status.get().last_error;
    {
      const sqlite::Database mirror = tain::mirror::open_for_reading(config.db);
      EXPECT_EQ(select(mirror, "PRAGMA integrity_check"), "ok");
      const std::string found = dump_mirror(mirror);
      EXPECT_TRUE(found == expected()) << found;
    }
    stop();
  }

  // Begins over and over with the mirror at `image` (none where there is none), and kills at
  // moments that are `step` apart. Answers how many deaths there were.
  int kill_at_every_moment(const fs::path& image, int step) {
    for (int deaths = 0;; ++deaths) {
      const int nth = 1 + deaths * step;
      SCOPED_TRACE(::testing::Message() << "killed at moment " << nth);
      restore(image);
      const bool died = dies([&] { vfs.die_at(nth); });
      expect_that_the_next_one_converges();
      if (!died || HasFailure()) return deaths;
    }
  }

  void restore(const fs::path& image) {
    begin_run();
    write_tree();
    fs::remove_all(config.db.parent_path());
    fs::create_directory(config.db.parent_path());
    if (fs::exists(image)) fs::copy_file(image, config.db);
  }
  // A mirror of the tree as it is before the changes, of this schema version or another.
  fs::path make_image(int version = tain::mirror::kSchemaVersion) {
    restore({});
    EXPECT_TRUE(start() && settle(1));
    stop();
    const fs::path image = directory / "image.db";
    fs::copy_file(config.db, image);
    sqlite::Database(image, sqlite::Database::Mode::read_write)
        .run("PRAGMA user_version = " + std::to_string(version));
    return image;
  }

  // Of the tree after the changes; made once.
  const std::string& expected() {
    if (expected_.empty()) expected_ = fresh_dump();
    return expected_;
  }

  FaultVfs vfs;
  std::string expected_;
};

TEST_F(DaemonKilledTest, AKillAtAnyMomentOfItsWorkLosesNothing) {
  EXPECT_GE(kill_at_every_moment(make_image(), 1), 80);
}

TEST_F(DaemonKilledTest, AKillWhileTheMirrorIsMadeLosesNothing) {
  EXPECT_GE(kill_at_every_moment({}, 10), 50);
}

TEST_F(DaemonKilledTest, AKillWhileTheMirrorIsRebuiltLosesNothing) {
  EXPECT_GE(kill_at_every_moment(make_image(9999), 20), 35);
}

TEST_F(DaemonKilledTest, AKillAtAnyCommitLosesNothing) {
  int deaths = 0;
  for (;; ++deaths) {
    SCOPED_TRACE(::testing::Message() << "killed at commit " << deaths + 1);
    restore({});
    const bool died = dies([&] {
      commits_to_live = deaths + 1;
      sqlite3_auto_extension(reinterpret_cast<void (*)()>(die_at_the_last_commit));
    });
    expect_that_the_next_one_converges();
    if (!died || HasFailure()) break;
  }
  EXPECT_GE(deaths, 6);
}

}  // namespace
}  // namespace tain::syncd
