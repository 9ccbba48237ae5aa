// Every system call of a save fails in turn: the state is the old one or the new one, as the error
// says, and the next save works.

#include <gtest/gtest.h>

#include <future>

#include "core/error.h"
#include "core/state/project_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::Call;
using testing::Fault;
using testing::FaultFileSystem;
using testing::names_in;
using testing::read;
using testing::SessionTest;

enum class Outcome { saved, not_durable, failed };

using Operation = std::function<void(SessionStateManager&)>;

class SaveFaultsTest : public SessionTest {
 protected:
  SessionOptions faulty() {
    SessionOptions with = options();
    with.durability = Durability::full;
    with.file_system = &fs_;
    return with;
  }

  std::vector<std::string> temporaries() const {
    std::vector<std::string> found;
    for (const std::string& name : names_in(session())) {
      if (is_temporary_of(name, kStateFile)) found.push_back(name);
    }
    return found;
  }

  Outcome attempt(const Fault& fault, const std::function<void()>& operation) {
    fs_.inject(fault);
    error_number_ = fault.error_number;
    try {
      operation();
      return Outcome::saved;
    } catch (const NotDurableError&) {
      return Outcome::not_durable;
    } catch (const IoError& error) {  // any other exception fails the test
      EXPECT_TRUE(error.path().string().starts_with(root_.path().string())) << error.what();
      EXPECT_THAT(error.what(), ::testing::HasSubstr(error.path().string()));
      EXPECT_EQ(error.error_number(), error_number_);
      return Outcome::failed;
    }
  }

  // One save with one fault; false when the save ended before the fault's turn.
  bool injected(const Fault& fault, const Operation& operation) {
    std::filesystem::remove_all(session());
    create();
    const std::string old_bytes = read(state());
    const std::string stale = temporary_name(kStateFile);
    testing::write(session() / stale, "left by a crash");
    auto manager = SessionStateManager::open(session(), faulty());

    const Outcome outcome = attempt(fault, [&] { operation(manager); });
    const auto failed = fs_.failed();
    fs_.heal();

    if (outcome == Outcome::failed) {
      EXPECT_EQ(read(state()), old_bytes);
    } else {
      EXPECT_EQ(open().state().topic, "new");
    }
    EXPECT_NO_THROW(open());
    if (failed.count(Call::unlink) == 0) {
      const bool swept = outcome != Outcome::failed && failed.count(Call::list) == 0;
      EXPECT_THAT(temporaries(), ::testing::Each(stale)) << "its own temporary is left";
      EXPECT_TRUE(!swept || temporaries().empty());
    }
    check_next_save(manager, operation);
    outcomes_.insert(outcome);
    return !failed.empty();
  }

  void check_next_save(SessionStateManager& manager, const Operation& operation) {
    operation(manager);
    EXPECT_EQ(open().state().topic, "new");
    manager.update([](Session& session) { session.summary = "later"; });
    EXPECT_EQ(open().state().summary, "later");
    EXPECT_EQ(open().state().topic, "new");
    EXPECT_TRUE(temporaries().empty());
  }

  // Every call in turn, until a save makes fewer. Answers how many faults there were.
  int sweep(Fault fault, const Operation& operation) {
    int count = 0;
    for (fault.nth = 1;; ++fault.nth) {
      SCOPED_TRACE(::testing::Message() << std::strerror(fault.error_number) << " at call "
                                        << fault.nth << (fault.persistent ? " and after" : ""));
      if (!injected(fault, operation)) return count;
      ++count;
    }
  }

  // The same for what creates something; `whole` says whether it is there.
  int sweep_creation(const std::function<void()>& make, const std::function<bool()>& whole) {
    int faults = 0;
    for (const int error_number : {ENOSPC, EIO, EACCES, EINTR}) {
      for (const bool persistent : {false, true}) {
        if (persistent && error_number == EINTR) continue;  // waited for, as it should
        for (int nth = 1;; ++nth, ++faults) {
          SCOPED_TRACE(::testing::Message() << std::strerror(error_number) << " at call " << nth
                                            << (persistent ? " and after" : ""));
          std::filesystem::remove_all(root_ / ".tain");
          const Outcome outcome =
              attempt({.nth = nth, .error_number = error_number, .persistent = persistent}, make);
          const bool hit = !fs_.failed().empty();
          fs_.heal();
          EXPECT_EQ(whole(), outcome != Outcome::failed);
          if (outcome == Outcome::failed) make();
          EXPECT_TRUE(whole());
          if (!hit) break;
        }
      }
    }
    return faults;
  }

  FaultFileSystem fs_;
  int error_number_ = 0;  // of the fault that was injected last
  std::set<Outcome> outcomes_;
};

// lock: open flock; compare: open fstat read read close; replace: open fstat close list unlink open
// fstat fchmod write fsync rename fsync close; close
constexpr int kFewest = 20;

void by_save(SessionStateManager& manager) {
  manager.state().topic = "new";
  manager.save();
}
void by_update(SessionStateManager& manager) {
  manager.update([](Session& session) { session.topic = "new"; });
}

TEST_F(SaveFaultsTest, EveryCallThatFailsLeavesTheOldStateOrTheNew) {
  for (const auto operation : {by_save, by_update}) {
    for (const int error_number : {ENOSPC, EIO, EACCES}) {
      for (const bool persistent : {false, true}) {
        outcomes_.clear();
        EXPECT_GE(sweep({.error_number = error_number, .persistent = persistent}, operation),
                  kFewest);
        EXPECT_EQ(outcomes_.size(), 3U) << "a sweep meets every outcome";
      }
    }
  }
}

// Only once: a signal that never stops coming is waited for, as it should.
TEST_F(SaveFaultsTest, ASignalAtAnyCallLeavesTheOldStateOrTheNew) {
  for (const auto operation : {by_save, by_update}) {
    EXPECT_GE(sweep({.error_number = EINTR}, operation), kFewest);
  }
}

TEST_F(SaveFaultsTest, ASignalDuringACallThatMayWaitIsNoFailure) {
  for (const Call call : {Call::open, Call::flock, Call::read, Call::write, Call::fsync}) {
    EXPECT_GE(sweep({.call = call, .error_number = EINTR}, by_save), 1);
  }
  EXPECT_EQ(outcomes_, std::set{Outcome::saved});
}

TEST_F(SaveFaultsTest, AShortWriteIsContinued) {
  for (const bool persistent : {false, true}) {
    EXPECT_GE(sweep({.call = Call::write, .error_number = 0, .persistent = persistent}, by_save),
              1);
  }
  EXPECT_EQ(outcomes_, std::set{Outcome::saved});
}

TEST_F(SaveFaultsTest, AFailedSaveRemovesItsTemporaryUnlessThatFailsToo) {
  create();
  auto manager = SessionStateManager::open(session(), faulty());
  for (const Call call : {Call::fchmod, Call::write, Call::fsync, Call::rename}) {
    fs_.inject({.call = call, .error_number = ENOSPC});
    EXPECT_THROW(by_save(manager), IoError);
    EXPECT_EQ(fs_.failed().count(call), 1U);
    EXPECT_TRUE(temporaries().empty());
  }
}

TEST_F(SaveFaultsTest, WhenOnlyTheDirectorysSyncFailsTheNewStateIsThereAndEveryoneIsTold) {
  create();
  std::promise<std::filesystem::path> told;
  SessionOptions with = faulty();
  with.on_save = [&](const auto& directory) { told.set_value(directory); };
  auto manager = SessionStateManager::open(session(), with);
  fs_.inject({.call = Call::fsync, .nth = 2});
  EXPECT_THROW(by_save(manager), NotDurableError);
  EXPECT_EQ(told.get_future().get(), session());
  EXPECT_EQ(open().state().topic, "new");
  fs_.heal();

  told = {};
  manager.state().summary = "later";
  EXPECT_NO_THROW(manager.save());
  EXPECT_EQ(told.get_future().get(), session());
  EXPECT_EQ(open().state().summary, "later");
}

TEST_F(SaveFaultsTest, ANewSessionThatIsNotDurableIsThereAndEveryoneIsTold) {
  std::filesystem::create_directories(session());
  int calls = 0;
  SessionOptions with = faulty();
  with.on_save = [&](const auto&) { ++calls; };
  fs_.inject({.call = Call::fsync, .nth = 2});
  EXPECT_THROW(SessionStateManager::create(root_.path(), {.topic = "t", .id = "s1"}, with),
               NotDurableError);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(open().state().topic, "t");
}

TEST_F(SaveFaultsTest, EveryCallOfCreatingASessionMayFail) {
  const auto make = [&] {
    SessionStateManager::create(root_.path(), {.topic = "t", .id = "s1"}, faulty());
  };
  const auto whole = [&] {
    if (!std::filesystem::exists(state())) return false;
    EXPECT_EQ(open().state().topic, "t");
    return true;
  };
  EXPECT_GE(sweep_creation(make, whole), 7 * kFewest);
}

TEST_F(SaveFaultsTest, EveryCallOfCreatingAProjectMayFail) {
  const auto make = [&] { create_project(root_.path(), {.name = "P"}, faulty()); };
  const auto whole = [&] {
    if (!std::filesystem::exists(project_file(root_.path()))) return false;
    EXPECT_EQ(open_project(root_.path(), options()).name, "P");
    return true;
  };
  EXPECT_GE(sweep_creation(make, whole), 7 * 14);
}

// What append_line does about each is tested beside it; here, what the manager makes of it.
TEST_F(SaveFaultsTest, EveryCallOfAppendingAnEventMayFailAndTheStateIsUntouched) {
  int faults = 0;
  for (const int error_number : {ENOSPC, EIO, EACCES}) {
    for (const bool persistent : {false, true}) {
      for (int nth = 1;; ++nth, ++faults) {
        SCOPED_TRACE(::testing::Message() << std::strerror(error_number) << " at call " << nth);
        std::filesystem::remove_all(session());
        create();
        const std::string old_bytes = read(state());
        auto manager = SessionStateManager::open(session(), faulty());
        const Outcome outcome =
            attempt({.nth = nth, .error_number = error_number, .persistent = persistent},
                    [&] { manager.append_event({.id = "one", .type = "log"}); });
        const bool hit = !fs_.failed().empty();
        fs_.heal();
        manager.append_event({.id = "two", .type = "log"});
        const std::string log = read(events_file(session()));
        EXPECT_EQ(log.find("\"one\"") != std::string::npos, outcome != Outcome::failed) << log;
        EXPECT_NE(log.find("\"two\""), std::string::npos) << log;
        EXPECT_EQ(read(state()), old_bytes);
        if (!hit) break;
      }
    }
  }
  EXPECT_GE(faults, 6 * 6);
}

}  // namespace
}  // namespace tain
