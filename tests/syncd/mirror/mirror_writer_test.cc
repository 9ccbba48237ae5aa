#include "syncd/mirror/mirror_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <utility>

#include "tests/support/dying_file_system.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mirror_dump.h"
#include "tests/support/temp_dir.h"

namespace tain::mirror {
namespace {

using testing::FakeClock;
using testing::select;
using testing::TempDir;
namespace fs = std::filesystem;

class MirrorWriterTest : public ::testing::Test {
 protected:
  MirrorWriter open() { return {path, schema, clock.clock()}; }
  FileRecord add_file(MirrorWriter& writer, const std::string& name) {
    FileRecord record;
    record.path = name;
    record.project_key = writer.ledger().project("/p");
    record.layout = "native";
    record.kind = "document";
    writer.ledger().store(record);
    return record;
  }
  std::string files() const { return select(path, "SELECT path FROM files ORDER BY path"); }
  std::vector<std::string> beside() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path.parent_path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  TempDir directory;
  const fs::path path = directory / "data" / "mirror.db";
  const Schema schema;
  FakeClock clock;
};

TEST_F(MirrorWriterTest, ANewMirrorIsForItsOwnerOnly) {
  MirrorWriter writer = open();
  writer.transact([&] { add_file(writer, "/p/a"); });
  using enum fs::perms;
  EXPECT_EQ(fs::status(path).permissions(), owner_read | owner_write);
  EXPECT_EQ(fs::status(path.string() + "-wal").permissions(), owner_read | owner_write);
  EXPECT_EQ(fs::status(path.parent_path()).permissions(), owner_all);
}

TEST_F(MirrorWriterTest, ADirectoryThatTheLockHasToMakeIsForItsOwnerOnlyToo) {
  const WriterLock lock(path);
  EXPECT_EQ(fs::status(path.parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(MirrorWriterTest, AMirrorIsOpenedAgainWithWhatItHad) {
  {
    MirrorWriter writer = open();
    writer.transact([&] { add_file(writer, "/p/a"); });
  }
  MirrorWriter writer = open();
  EXPECT_FALSE(writer.notice());
  EXPECT_EQ(files(), "/p/a");
}

TEST_F(MirrorWriterTest, AForeignDatabaseIsRefusedAndLeftAsItIs) {
  fs::create_directories(path.parent_path());
  {
    sqlite::Database other(path, sqlite::Database::Mode::read_write);
    other.run("CREATE TABLE precious(x); INSERT INTO precious VALUES(42)");
  }
  const std::string before = testing::read(path);
  EXPECT_THROW(open(), Error);
  EXPECT_EQ(testing::read(path), before);
  EXPECT_EQ(beside(), std::vector<std::string>{"mirror.db"});
}

TEST_F(MirrorWriterTest, WhatIsNoDatabaseIsSetAsideAndAMirrorIsBegun) {
  testing::write(path, std::string(5000, 'x'));
  MirrorWriter writer = open();
  ASSERT_TRUE(writer.notice());
  const fs::path aside = path.string() + ".corrupt-" + std::to_string(clock.now().ms);
  EXPECT_NE(writer.notice()->find(aside.string()), std::string::npos) << *writer.notice();
  EXPECT_EQ(testing::read(aside), std::string(5000, 'x'));
  EXPECT_EQ(files(), "");
}

// A name after --db by mistake.
TEST_F(MirrorWriterTest, WhatIsNoDatabaseAndNeverWasAMirrorIsRefusedAndLeftAsItIs) {
  for (const std::string& notes : {std::string("hi"), std::string(5000, 'x')}) {
    testing::write(path, notes);
    for (int times = 0; times < 2; ++times) {
      try {
        const WriterLock lock(path);
        ADD_FAILURE() << "it was taken for a mirror";
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("left alone; name another file with --db"));
      }
      EXPECT_EQ(testing::read(path), notes);
      EXPECT_EQ(beside(), std::vector<std::string>{"mirror.db"});
    }
  }
}

TEST_F(MirrorWriterTest, AMirrorThatWasOverwrittenWhileNobodyHadItIsSetAside) {
  {
    const WriterLock lock(path);
    open();
  }
  testing::write(path, std::string(5000, 'x'));
  const WriterLock lock(path);
  EXPECT_TRUE(open().notice());
  EXPECT_EQ(files(), "");
}

TEST_F(MirrorWriterTest, AnEmptyFileBecomesAMirror) {
  testing::write(path, "");
  const WriterLock lock(path);
  EXPECT_FALSE(open().notice());
  EXPECT_EQ(files(), "");
}

TEST_F(MirrorWriterTest, AReaderOfWhatIsNoDatabaseIsNotToldToDeleteItUnseen) {
  testing::write(path, std::string(5000, 'x'));
  try {
    open_for_reading(path);
    ADD_FAILURE() << "it was taken for a mirror";
  } catch (const sqlite::DatabaseError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("if it was the mirror, delete it"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("else name another with --db"));
  }
}

TEST_F(MirrorWriterTest, AMirrorOfAnotherVersionServesItsReadersUntilTheNewOneIsComplete) {
  {
    MirrorWriter writer = open();
    writer.transact([&] { add_file(writer, "/p/old"); });
    writer.database().run("PRAGMA user_version = 9999");
  }
  const sqlite::Database reader(path, sqlite::Database::Mode::read_only);
  EXPECT_EQ(select(reader, "SELECT path FROM files"), "/p/old");
  MirrorWriter writer = open();
  EXPECT_TRUE(writer.is_rebuilding());
  EXPECT_TRUE(writer.is_in_place());
  EXPECT_TRUE(writer.notice());
  writer.transact([&] { add_file(writer, "/p/new"); });
  EXPECT_EQ(select(reader, "SELECT path FROM files"), "/p/old");
  EXPECT_THROW(open_for_reading(path), Error) << "a reader of this version waits for it";
  writer.finish_rebuild();
  EXPECT_FALSE(writer.is_rebuilding());
  EXPECT_TRUE(writer.is_in_place());
  EXPECT_EQ(files(), "/p/new");
  EXPECT_EQ(select(reader, "SELECT path FROM files"), "/p/old") << "the old one, still open";
  writer.transact([&] { add_file(writer, "/p/newer"); });
  EXPECT_EQ(files(), "/p/new\n/p/newer");
  EXPECT_FALSE(fs::exists(path.string() + ".new"));
}

// Before any call on files by which the new one takes the old one's place.
TEST_F(MirrorWriterTest, AKillWhileTheNewMirrorIsPutInPlaceLeavesOneOfThem) {
  std::map<std::string, int> found;
  int without_a_mirror = 0;
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(::testing::Message() << "killed at call " << nth);
    fs::remove_all(path.parent_path());
    {
      MirrorWriter writer = open();
      writer.transact([&] { add_file(writer, "/p/old"); });
    }
    const bool died = testing::dies_at(nth, [&](FileSystem& dying) {
      MirrorWriter writer(path, schema, clock.clock(), nullptr, dying);
      writer.begin_rebuild("is old");
      writer.transact([&] { add_file(writer, "/p/new"); });
      writer.finish_rebuild();
    });
    without_a_mirror += fs::exists(path) ? 0 : 1;
    const MirrorWriter next = open();
    EXPECT_FALSE(next.notice());
    ++found[files()];
    EXPECT_EQ(select(path, "PRAGMA integrity_check"), "ok");
    EXPECT_THAT(beside(),
                ::testing::Each(::testing::AnyOf("mirror.db", "mirror.db-wal", "mirror.db-shm")));
    if (!died || HasFailure()) break;
  }
  EXPECT_GE(without_a_mirror, 4) << "else the moment between the two is not looked at";
  EXPECT_GE(found["/p/old"], 2);
  EXPECT_GE(found["/p/new"], 10);
  EXPECT_EQ(found.size(), 2U);
}

// Once, where it would give a file that name.
class FailingRename final : public FileSystem {
 public:
  explicit FailingRename(fs::path target) : target_(std::move(target)) {}
  int rename(const char* from, const char* to) override {
    if (to != target_) return FileSystem::rename(from, to);
    target_.clear();
    errno = EIO;
    return -1;
  }

 private:
  fs::path target_;
};

TEST_F(MirrorWriterTest, WhereTheNewMirrorCannotBePutInPlaceOneOfThemIsOpenedAgain) {
  for (const auto& [suffix, left] :
       {std::pair(".whole", "/p/old"), std::pair(".replaced", "/p/old"), std::pair("", "/p/new")}) {
    SCOPED_TRACE(suffix);
    fs::remove_all(path.parent_path());
    FailingRename failing(path.string() + suffix);
    MirrorWriter writer(path, schema, clock.clock(), nullptr, failing);
    writer.transact([&] { add_file(writer, "/p/old"); });
    writer.begin_rebuild("is old");
    writer.transact([&] { add_file(writer, "/p/new"); });
    EXPECT_THROW(writer.finish_rebuild(), IoError);
    EXPECT_EQ(writer.condition(), Condition::closed);
    writer.reopen(false);
    EXPECT_TRUE(writer.is_in_place());
    EXPECT_EQ(files(), left);
  }
}

TEST_F(MirrorWriterTest, ANewMirrorThatIsReadWhileItGrowsIsNotPutInPlaceWithoutItsJournal) {
  { open().database().run("PRAGMA user_version = 9999"); }
  MirrorWriter writer = open();
  writer.transact([&] { add_file(writer, "/p/new"); });
  {
    const sqlite::Database reader(path.string() + ".new", sqlite::Database::Mode::read_only);
    sqlite::Statement reading = reader.prepare("SELECT path FROM files");
    ASSERT_TRUE(reading.step());
    writer.transact([&] { add_file(writer, "/p/newer"); });
    EXPECT_THROW(writer.finish_rebuild(), sqlite::DatabaseError);
  }
  EXPECT_TRUE(writer.is_rebuilding());
  writer.finish_rebuild();
  EXPECT_EQ(files(), "/p/new\n/p/newer");
}

TEST_F(MirrorWriterTest, WhenANewMirrorIsDamagedWhileItGrowsTheOldOneGoesOnServingItsReaders) {
  {
    MirrorWriter writer = open();
    writer.transact([&] { add_file(writer, "/p/old"); });
    writer.database().run("PRAGMA user_version = 9999");
  }
  MirrorWriter writer = open();
  writer.reopen(true);
  EXPECT_TRUE(writer.is_rebuilding());
  const sqlite::Database reader(path, sqlite::Database::Mode::read_only);
  EXPECT_EQ(select(reader, "SELECT path FROM files"), "/p/old");
}

TEST_F(MirrorWriterTest, WhatWasSetAsideIsToldAlsoWhenTheMirrorCanOnlyBeOpenedLater) {
  MirrorWriter writer = open();
  const fs::path away = path.parent_path().string() + ".away";
  fs::rename(path.parent_path(), away);
  EXPECT_THROW(writer.reopen(true), sqlite::DatabaseError);
  EXPECT_EQ(writer.condition(), Condition::closed);
  fs::rename(away, path.parent_path());
  writer.reopen(false);
  ASSERT_TRUE(writer.notice());
  EXPECT_NE(writer.notice()->find("is damaged"), std::string::npos) << *writer.notice();
  writer.reopen(false);
  EXPECT_FALSE(writer.notice()) << "once";
}

TEST_F(MirrorWriterTest, SeqGoesOnFromWhatAnotherWriterHasLeft) {
  MirrorWriter writer = open();
  MirrorWriter other = open();
  other.transact([&] { add_file(other, "/p/a"); });
  writer.transact([&] { add_file(writer, "/p/b"); });
  EXPECT_EQ(select(path, "SELECT count(DISTINCT seq) FROM files"), "2");
}

TEST_F(MirrorWriterTest, ADeletedOrReplacedMirrorIsNoticed) {
  MirrorWriter writer = open();
  writer.transact([&] { add_file(writer, "/p/a"); });
  EXPECT_TRUE(writer.is_in_place());
  fs::remove(path);
  EXPECT_FALSE(writer.is_in_place());
  testing::write(path, "");
  EXPECT_FALSE(writer.is_in_place());
  writer.reopen(false);
  EXPECT_TRUE(writer.is_in_place());
  EXPECT_EQ(files(), "");
}

TEST_F(MirrorWriterTest, AReopenedCorruptMirrorIsSetAsideWhateverItLooksLike) {
  MirrorWriter writer = open();
  writer.transact([&] { add_file(writer, "/p/a"); });
  writer.reopen(true);
  EXPECT_EQ(files(), "");
  EXPECT_TRUE(fs::exists(path.string() + ".corrupt-" + std::to_string(clock.now().ms)));
}

TEST_F(MirrorWriterTest, SeqGoesOnGrowingWhenTheMirrorIsBuiltAnew) {
  std::int64_t last = 0;
  {
    MirrorWriter writer = open();
    writer.transact([&] { add_file(writer, "/p/a"); });
    last = writer.ledger().seq();
  }
  fs::remove(path);
  clock.advance(1);
  MirrorWriter writer = open();
  EXPECT_GT(writer.ledger().seq(), last);
}

TEST_F(MirrorWriterTest, ATransactionThatThrowsLeavesNothingAndTakesNoSeq) {
  MirrorWriter writer = open();
  const std::int64_t seq = writer.ledger().seq();
  EXPECT_THROW(writer.transact([&] {
    add_file(writer, "/p/a");
    throw std::runtime_error("stop");
  }),
               std::runtime_error);
  EXPECT_EQ(files(), "");
  EXPECT_EQ(writer.ledger().seq(), seq);
}

TEST_F(MirrorWriterTest, AnAttemptThatThrowsTakesBackOneFileOnly) {
  MirrorWriter writer = open();
  int runs = 0;
  int failures = 0;
  const auto try_bad_file = [&] {
    try {
      writer.attempt([&] {
        add_file(writer, "/p/bad");
        throw std::runtime_error("stop");
      });
    } catch (const std::runtime_error&) {
      ++failures;
    }
  };
  writer.transact([&] {
    ++runs;
    failures = 0;
    add_file(writer, "/p/a");
    try_bad_file();
    add_file(writer, "/p/c");
    try_bad_file();
  });
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(runs, 2) << "begun anew with savepoints, once";
  EXPECT_EQ(files(), "/p/a\n/p/c");
  EXPECT_EQ(select(path, "SELECT count(DISTINCT seq), max(seq) FROM files"),
            "2|" + std::to_string(writer.ledger().seq()));
}

TEST_F(MirrorWriterTest, ReadersAreNotBlockedByAnOpenTransaction) {
  MirrorWriter writer = open();
  writer.transact([&] {
    add_file(writer, "/p/a");
    EXPECT_EQ(files(), "");
  });
  EXPECT_EQ(files(), "/p/a");
}

TEST_F(MirrorWriterTest, AReaderCannotWrite) {
  const MirrorWriter writer = open();
  sqlite::Database reader = open_for_reading(path);
  EXPECT_THROW(reader.run("DELETE FROM files"), sqlite::DatabaseError);
}

TEST_F(MirrorWriterTest, TheLockExcludesASecondWriterInAnotherProcess) {
  std::optional<WriterLock> lock(path);
  const auto is_refused_elsewhere = [&] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      try {
        const WriterLock second(path);
      } catch (const Error&) {
        ::_exit(7);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status) == 7;
  };
  EXPECT_TRUE(is_refused_elsewhere());
  EXPECT_THROW(WriterLock{path}, Error);
  lock.reset();
  EXPECT_FALSE(is_refused_elsewhere());
}

}  // namespace
}  // namespace tain::mirror
