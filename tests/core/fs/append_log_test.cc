#include "core/fs/append_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/temp_dir.h"

namespace tain {
namespace {

using testing::Call;
using testing::Fault;
using testing::FaultFileSystem;
using testing::read;
using testing::TempDir;
using testing::write;

class AppendLogTest : public ::testing::Test {
 protected:
  void append(std::string_view line, Durability durability = Durability::none) {
    append_line(fs_, file_, line, durability);
  }

  TempDir dir_;
  FaultFileSystem fs_;
  const std::filesystem::path file_ = dir_ / "events.jsonl";
};

TEST_F(AppendLogTest, CreatesTheFileAndAppendsLines) {
  append("one");
  append("two");
  EXPECT_EQ(read(file_), "one\ntwo\n");
}

TEST_F(AppendLogTest, ATornLastLineIsSealedAndDamagesOnlyItself) {
  write(file_, "one\n{\"half\":");
  append("two");
  EXPECT_EQ(read(file_), "one\n{\"half\":\ntwo\n");
}

TEST_F(AppendLogTest, ALineThatHoldsANewlineIsRefusedAndNothingIsWritten) {
  EXPECT_THROW(append("one\ntwo"), InvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(AppendLogTest, ALineGoesOutInOneWrite) {
  write(file_, "torn");
  append(std::string(1'000'000, 'x'));
  EXPECT_EQ(std::count(fs_.calls().begin(), fs_.calls().end(), Call::write), 1);
}

TEST_F(AppendLogTest, FullDurabilitySyncsTheDirectoryOnlyForANewFile) {
  append("one", Durability::full);
  EXPECT_EQ(std::count(fs_.calls().begin(), fs_.calls().end(), Call::fsync), 2);
  append("two", Durability::full);
  EXPECT_EQ(std::count(fs_.calls().begin(), fs_.calls().end(), Call::fsync), 3);
}

TEST_F(AppendLogTest, RefusesASymbolicLinkAndAPipe) {
  std::filesystem::create_symlink(dir_ / "target", file_);
  EXPECT_THROW(append("one"), IoError);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "target"));
  std::filesystem::remove(file_);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THROW(append("one"), Error);
}

TEST_F(AppendLogTest, ManyProcessesNeverMixTheirLines) {
  constexpr int kProcesses = 4;
  constexpr int kLines = 500;
  // Longer than a page, so that lines that are not kept apart would show it.
  const auto line = [](int process) {
    return std::string(5'000, static_cast<char>('a' + process));
  };
  ASSERT_TRUE(testing::run_in_processes(kProcesses, [&](int process) {
    for (int i = 0; i < kLines; ++i) {
      append_line(FileSystem::real(), file_, line(process), Durability::none);
    }
  }));
  std::map<std::string, int> seen;
  std::istringstream lines(read(file_));
  for (std::string text; std::getline(lines, text);) ++seen[text];
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kProcesses));
  for (int i = 0; i < kProcesses; ++i) EXPECT_EQ(seen[line(i)], kLines);
}

// After any fault: what stood there stands, the line is there whole, in part or not at all as the
// error said, and the next line is readable.
void check_append(const Fault& fault, FaultFileSystem& fs, const std::filesystem::path& file) {
  std::string expected = "one\ntwo\n";
  fs.inject(fault);
  try {
    append_line(fs, file, "two", Durability::full);
  } catch (const NotDurableError&) {
  } catch (const IoError&) {
    expected = "one\n";
  }
  fs.heal();
  append_line(fs, file, "three", Durability::full);
  std::string found = read(file);
  if (expected == "one\n" && found == "one\nt\nthree\n") found = "one\nthree\n";  // torn
  EXPECT_EQ(found, expected + "three\n") << "call " << fault.nth;
}

TEST_F(AppendLogTest, EveryFailingCallLeavesTheFileReadable) {
  int injected = 0;
  for (const bool persistent : {false, true}) {
    for (const int error_number : {ENOSPC, EIO, EACCES, EINTR}) {
      // Everlasting signals would be waited for, as they should.
      if (persistent && error_number == EINTR) continue;
      for (int nth = 1;; ++nth) {
        write(file_, "one\n");
        check_append({.nth = nth, .error_number = error_number, .persistent = persistent}, fs_,
                     file_);
        if (fs_.failed().empty()) break;
        ++injected;
      }
    }
  }
  EXPECT_GE(injected, 7 * 7);  // open flock fstat pread write fsync close
}

TEST_F(AppendLogTest, AShortWriteIsContinued) {
  for (const bool persistent : {false, true}) {
    write(file_, "one\n");
    fs_.inject({.call = Call::write, .error_number = 0, .persistent = persistent});
    append("a longer line");
    EXPECT_FALSE(fs_.failed().empty());
    EXPECT_EQ(read(file_), "one\na longer line\n");
  }
}

TEST_F(AppendLogTest, ALineTornByAFullDiskIsSealedByTheNext) {
  struct Filling : FaultFileSystem {
    ssize_t write(int fd, const void* data, std::size_t size) override {
      errno = ENOSPC;
      return std::exchange(full, true) ? -1 : FaultFileSystem::write(fd, data, size / 2);
    }
    bool full = false;
  } filling;
  write(file_, "one\n");
  EXPECT_THROW(append_line(filling, file_, "two", Durability::none), IoError);
  append("three");
  EXPECT_EQ(read(file_), "one\ntw\nthree\n");
}

TEST_F(AppendLogTest, AFailingSyncSaysThatTheLineIsThereSoThatNobodyRepeatsIt) {
  for (int nth : {1, 2}) {
    std::filesystem::remove(file_);
    fs_.inject({.call = Call::fsync, .nth = nth});
    EXPECT_THROW(append("one", Durability::full), NotDurableError);
    EXPECT_EQ(read(file_), "one\n");
  }
}

}  // namespace
}  // namespace tain
