#include "core/fs/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "core/error.h"
#include "core/fs/paths.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/session_test.h"
#include "tests/support/temp_dir.h"

namespace tain {
namespace {

using testing::Call;
using ::testing::ElementsAre;
using testing::FaultFileSystem;
using testing::names_in;
using testing::read;
using testing::TempDir;
using ::testing::UnorderedElementsAre;
using testing::write;

class AtomicFileTest : public ::testing::Test {
 protected:
  void replace(std::string_view bytes, Durability durability = Durability::none) {
    replace_file(fs_, DirectoryLock(fs_, dir_.path()), "state.json", bytes, durability);
  }
  mode_t mode_of(const std::filesystem::path& path) {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  std::ptrdiff_t count(Call call) const {
    return std::count(fs_.calls().begin(), fs_.calls().end(), call);
  }

  TempDir dir_;
  FaultFileSystem fs_;
  const std::filesystem::path file_ = dir_ / "state.json";
};

TEST_F(AtomicFileTest, ReplacesTheContentAndLeavesNothingElse) {
  write(file_, "old");
  replace("new");
  EXPECT_EQ(read(file_), "new");
  EXPECT_THAT(names_in(dir_.path()), ElementsAre("state.json"));
}

TEST_F(AtomicFileTest, TheFileIsClosedBeforeItHasItsName) {
  const UniqueFd events(FileSystem::real(), ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(events.get(), dir_.path().c_str(), IN_CLOSE_WRITE | IN_MOVED_TO),
            0);
  replace("new");
  std::vector<std::string> told;
  alignas(inotify_event) std::array<char, 4096> buffer{};
  const ssize_t size = ::read(events.get(), buffer.data(), buffer.size());
  for (ssize_t at = 0; at < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    told.emplace_back(event->mask == IN_MOVED_TO ? "moved to " : "closed ");
    told.back() += event->len > 0 && event->name == std::string("state.json") ? "it" : "another";
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
  }
  EXPECT_THAT(told, ElementsAre("closed another", "moved to it"));
}

TEST_F(AtomicFileTest, CreatesAFileThatIsMissing) {
  replace("new");
  EXPECT_EQ(read(file_), "new");
}

TEST_F(AtomicFileTest, AReaderThatHasTheOldFileOpenGoesOnReadingIt) {
  write(file_, "old");
  std::ifstream reader(file_);
  replace("new");
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old");
}

TEST_F(AtomicFileTest, ReadersSeeTheOldContentOrTheNewAndNeverAPart) {
  const std::string a(100'000, 'a');
  const std::string b(200'000, 'b');
  write(file_, a);
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!done) {
      const auto seen = read_file(FileSystem::real(), file_);
      if (!seen || (*seen != a && *seen != b)) ++torn;
    }
  });
  for (int i = 0; i < 200; ++i) replace(i % 2 == 0 ? b : a);
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

TEST_F(AtomicFileTest, KeepsTheModeOfTheFile) {
  for (const mode_t mode : {0600U, 0640U, 0664U}) {
    write(file_, "old");
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    replace("new");
    EXPECT_EQ(mode_of(file_), mode);
  }
}

// Who opens the temporary while it is empty could read the secret that is written to it later.
TEST_F(AtomicFileTest, TheTemporaryIsNeverMoreReadableThanTheFile) {
  struct Spy : FaultFileSystem {
    int open(const char* path, int flags, mode_t mode) override {
      const int fd = FaultFileSystem::open(path, flags, mode);
      struct stat status = {};
      if ((flags & O_CREAT) != 0 && ::fstat(fd, &status) == 0) created = status.st_mode & 0777;
      return fd;
    }
    mode_t created = 0;
  } spy;
  write(file_, "old");
  ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
  replace_file(spy, DirectoryLock(spy, dir_.path()), "state.json", "secret", Durability::none);
  EXPECT_EQ(spy.created, 0600U);
}

TEST_F(AtomicFileTest, SweepsTheTemporariesThatACrashLeftAndNothingElse) {
  const std::string left = temporary_name("state.json");
  write(dir_ / left, "half");
  write(dir_ / temporary_name("other.json"), "of another file");
  write(dir_ / ".state.json.tmp", "another program's");
  write(dir_ / ".state.json.backup.tmp", "somebody's");
  replace("new");
  EXPECT_FALSE(std::filesystem::exists(dir_ / left));
  EXPECT_EQ(names_in(dir_.path()).size(), 4U);
}

TEST_F(AtomicFileTest, RefusesASymbolicLinkAndLeavesItsTarget) {
  write(dir_ / "target", "old");
  std::filesystem::create_symlink(dir_ / "target", file_);
  EXPECT_THROW(read_file(fs_, file_), IoError);
  EXPECT_THROW(replace("new"), IoError);
  EXPECT_TRUE(std::filesystem::is_symlink(file_));
  EXPECT_EQ(read(dir_ / "target"), "old");
  EXPECT_THAT(names_in(dir_.path()), UnorderedElementsAre("target", "state.json"));
}

TEST_F(AtomicFileTest, RefusesAPipeWithoutWaitingForItsWriter) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THROW(read_file(fs_, file_), Error);
}

TEST_F(AtomicFileTest, ReadsNothingWhereThereIsNoFile) {
  EXPECT_EQ(read_file(fs_, file_), std::nullopt);
  EXPECT_FALSE(file_exists(fs_, file_));
}

TEST_F(AtomicFileTest, FullDurabilitySyncsTheFileBeforeTheRenameAndTheDirectoryAfterIt) {
  replace("new", Durability::full);
  std::vector<Call> order;
  for (const Call call : fs_.calls()) {
    if (call == Call::write || call == Call::fsync || call == Call::rename) order.push_back(call);
  }
  EXPECT_THAT(order, ElementsAre(Call::write, Call::fsync, Call::rename, Call::fsync));
}

TEST_F(AtomicFileTest, FileDurabilityLeavesOutTheDirectoryAndNoneBoth) {
  replace("new", Durability::file);
  EXPECT_EQ(count(Call::fsync), 1);
  replace("newer", Durability::none);
  EXPECT_EQ(count(Call::fsync), 1);
}

TEST_F(AtomicFileTest, AWriteThatMakesNoProgressFailsInsteadOfWaitingForever) {
  struct Stuck : FaultFileSystem {
    ssize_t write(int, const void*, std::size_t) override { return 0; }
  } stuck;
  const DirectoryLock lock(stuck, dir_.path());
  EXPECT_THROW(replace_file(stuck, lock, "state.json", "new", Durability::none), IoError);
  EXPECT_TRUE(names_in(dir_.path()).empty());
}

// On NFS a full disk may show there, and without a sync nowhere else.
TEST_F(AtomicFileTest, ATemporaryThatCannotBeClosedIsNotSaved) {
  write(file_, "old");
  for (const Durability durability : {Durability::none, Durability::full}) {
    fs_.inject(
        {.call = Call::close, .nth = 2, .error_number = ENOSPC});  // the old one is the first
    try {
      replace("new", durability);
      ADD_FAILURE() << "saved";
    } catch (const IoError& error) {
      EXPECT_EQ(error.error_number(), ENOSPC);
    }
    EXPECT_EQ(read(file_), "old");
    EXPECT_THAT(names_in(dir_.path()), ElementsAre("state.json"));
  }
  fs_.heal();
  replace("new");
  EXPECT_EQ(read(file_), "new");
}

TEST_F(AtomicFileTest, AnErrorNamesThePathAndWhatToDo) {
  write(file_, "old");
  fs_.inject({.call = Call::write, .error_number = ENOSPC});
  try {
    replace("new");
    FAIL() << "no error";
  } catch (const IoError& error) {
    EXPECT_EQ(error.error_number(), ENOSPC);
    EXPECT_EQ(error.path(), file_);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("free some space"));
  }
}

TEST_F(AtomicFileTest, ALockOnADirectoryThatIsMissingIsNotFound) {
  EXPECT_THROW(DirectoryLock(fs_, dir_ / "missing"), NotFoundError);
}

TEST_F(AtomicFileTest, MakesTheDirectoriesThatAreMissingAndSyncsEachName) {
  make_directories(fs_, dir_ / "a" / "b" / "c", true);
  EXPECT_TRUE(std::filesystem::is_directory(dir_ / "a/b/c"));
  EXPECT_EQ(count(Call::fsync), 3);
  make_directories(fs_, dir_ / "a" / "b" / "c", true);
  EXPECT_EQ(count(Call::fsync), 3);
}

}  // namespace
}  // namespace tain
