// The process that writes dies at every moment of its work: a reader sees the old state or the new,
// and the next writer, another process, heals what was left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "core/error.h"
#include "core/state/project_store.h"
#include "core/state/task_store.h"
#include "tests/support/children.h"
#include "tests/support/dying_file_system.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::dies_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::names_in;
using testing::read;
using testing::run_in_processes;
using testing::SessionTest;

enum class Found { old_content, new_content };

class WriterKilledTest : public SessionTest {
 protected:
  SessionOptions on(FileSystem& file_system) {
    SessionOptions with = options();
    with.durability = Durability::full;
    with.file_system = &file_system;
    return with;
  }

  // Kills `work` at every moment in turn, until it ends before it is killed. After each death
  // `check` looks at what is there, and heals it. Answers how many deaths there were.
  static int kill_at_every_moment(const std::function<void()>& prepare,
                                  const std::function<void(FileSystem&)>& work,
                                  const std::function<void()>& check) {
    for (int nth = 1;; ++nth) {
      SCOPED_TRACE(::testing::Message() << "killed at moment " << nth);
      prepare();
      const bool died = dies_at(nth, work);
      check();
      if (!died || HasFatalFailure()) return nth - 1;
    }
  }

  // Another process changes the session, which takes the lock; nothing but its files is left.
  void expect_that_the_next_save_heals() {
    ASSERT_TRUE(run_in_processes(1, [this](int) {
      auto manager = SessionStateManager::open(session(), options());
      manager.update([](Session& state) { state.summary = "later"; });
    }));
    EXPECT_EQ(open().state().summary, "later");
    for (const std::string& name : names_in(session())) {
      EXPECT_FALSE(is_temporary_of(name, kStateFile)) << name;
    }
  }

  void rewrite(FileSystem& file_system) {
    auto manager = SessionStateManager::open(session(), on(file_system));
    manager.state().topic = "new";
    for (int i = 0; i < 100; ++i) manager.state().env[std::to_string(i)] = "new";
    manager.save();
  }
  // Leftovers of earlier deaths make the sweep a part of the work.
  void leave_temporaries() const {
    testing::write(session() / temporary_name(kStateFile), "left by a crash");
    testing::write(session() / temporary_name(kStateFile), "");
  }
};

TEST_F(WriterKilledTest, ASaveLeavesTheOldStateOrTheNewAndTheNextSaveHealsTheRest) {
  create();
  const std::string old_bytes = read(state());
  rewrite(FileSystem::real());
  const std::string new_bytes = read(state());
  std::set<Found> found;
  const int deaths = kill_at_every_moment(
      [&] {
        testing::write(state(), old_bytes);
        leave_temporaries();
      },
      [&](FileSystem& file_system) { rewrite(file_system); },
      [&] {
        const std::string bytes = read(state());
        ASSERT_TRUE(bytes == old_bytes || bytes == new_bytes) << bytes;
        const bool is_new = bytes == new_bytes;
        EXPECT_TRUE(is_new || !found.contains(Found::new_content)) << "an old one after a new one";
        found.insert(is_new ? Found::new_content : Found::old_content);
        EXPECT_EQ(open().state().topic, is_new ? "new" : "topic");
        expect_that_the_next_save_heals();
        EXPECT_EQ(open().state().topic, is_new ? "new" : "topic");
      });
  EXPECT_GE(deaths, 28);
  EXPECT_EQ(found.size(), 2U);
}

TEST_F(WriterKilledTest, AnUpdateLeavesTheOldStateOrTheNew) {
  create();
  const std::string old_bytes = read(state());
  std::set<Found> found;
  const int deaths = kill_at_every_moment(
      [&] { testing::write(state(), old_bytes); },
      [&](FileSystem& file_system) {
        SessionStateManager::open(session(), on(file_system)).set_status(SessionStatus::paused);
      },
      [&] {
        const bool is_old = read(state()) == old_bytes;
        EXPECT_EQ(open().state().status, is_old ? SessionStatus::running : SessionStatus::paused);
        found.insert(is_old ? Found::old_content : Found::new_content);
        expect_that_the_next_save_heals();
      });
  EXPECT_GE(deaths, 25);
  EXPECT_EQ(found.size(), 2U);
}

TEST_F(WriterKilledTest, ANewSessionIsThereWholeOrNotAtAllAndCanBeCreatedThen) {
  create();
  const std::string whole = read(state());
  int missing = 0;
  const auto create_on = [this](FileSystem& file_system) {
    SessionStateManager::create(root_.path(), {.topic = "topic", .id = "s1"}, on(file_system));
  };
  const int deaths = kill_at_every_moment(
      [&] { std::filesystem::remove_all(root_ / ".tain"); }, create_on,
      [&] {
        const Listing<Session> listed = list_sessions(root_.path(), {}, options());
        EXPECT_THAT(listed.skipped, IsEmpty()) << "half a session is no session";
        if (listed.entities.empty()) {
          ++missing;
          EXPECT_THROW(open(), NotFoundError);
          ASSERT_TRUE(run_in_processes(1, [&](int) { create(); }));
        } else {
          EXPECT_THROW(create(), AlreadyExistsError);
        }
        EXPECT_EQ(read(state()), whole);
        expect_that_the_next_save_heals();
      });
  EXPECT_GE(deaths, 20);
  EXPECT_GT(missing, 10);
  EXPECT_LT(missing, deaths);
}

TEST_F(WriterKilledTest, ANewProjectIsThereWholeOrNotAtAllAndCanBeCreatedThen) {
  const auto create_on = [this](FileSystem& file_system) {
    create_project(root_.path(), {.name = "P", .id = "p1"}, on(file_system));
  };
  create_on(FileSystem::real());
  const std::string whole = read(project_file(root_.path()));
  int missing = 0;
  const int deaths = kill_at_every_moment(
      [&] { std::filesystem::remove_all(root_ / ".tain"); }, create_on,
      [&] {
        if (!std::filesystem::exists(project_file(root_.path()))) {
          ++missing;
          ASSERT_TRUE(run_in_processes(1, [&](int) { create_on(FileSystem::real()); }));
        }
        EXPECT_EQ(read(project_file(root_.path())), whole);
        update_project(
            root_.path(), [](Project& project) { project.name = "Q"; }, options());
        EXPECT_THAT(names_in(project_directory(root_.path())), ElementsAre(kProjectFile));
      });
  EXPECT_GE(deaths, 17);
  EXPECT_GT(missing, 10);
  EXPECT_LT(missing, deaths);
}

// What stands in the log after its first line, before another process appends "three".
std::string second_line_of(const std::filesystem::path& log) {
  const std::string bytes = read(log);
  return bytes.substr(bytes.find('\n') + 1);
}

TEST_F(WriterKilledTest, AnAppendLeavesItsLineWholeOrTornOrNotAtAllAndATornOneDamagesOnlyItself) {
  const std::filesystem::path log = events_file(session());
  const auto append_on = [this](FileSystem& file_system, const std::string& id) {
    SessionStateManager::open(session(), on(file_system))
        .append_event({.id = id, .at = {1}, .type = "log"});
  };
  create();
  append_on(FileSystem::real(), "one");
  const std::string one = read(log);
  append_on(FileSystem::real(), "two");
  const std::string two = second_line_of(log);
  std::set<std::string> found;
  const int deaths = kill_at_every_moment(
      [&] { testing::write(log, one); },
      [&](FileSystem& file_system) { append_on(file_system, "two"); },
      [&] {
        const std::string second = second_line_of(log);
        ASSERT_TRUE(read(log).starts_with(one));
        ASSERT_TRUE(two.starts_with(second)) << second;
        found.insert(second);
        ASSERT_TRUE(run_in_processes(1, [&](int) { append_on(FileSystem::real(), "three"); }));
        std::istringstream lines(second_line_of(log));
        std::string line;
        std::string last;
        int bad = 0;
        while (std::getline(lines, line)) {
          last = line;
          bad += Json::accept(line) ? 0 : 1;
        }
        EXPECT_EQ(Json::parse(last)["id"], "three");
        EXPECT_EQ(bad, second.empty() || second == two ? 0 : 1);
      });
  EXPECT_GE(deaths, 12);
  EXPECT_EQ(found.size(), 3U) << "none, a half and a whole line";
}

TEST_F(WriterKilledTest, TheFirstAppendLeavesALogThatCanBeAppendedTo) {
  const std::filesystem::path log = events_file(session());
  create();
  const int deaths = kill_at_every_moment(
      [&] { std::filesystem::remove(log); },
      [&](FileSystem& file_system) {
        SessionStateManager::open(session(), on(file_system)).append_event({.type = "log"});
      },
      [&] {
        ASSERT_TRUE(run_in_processes(1, [&](int) { open().append_event({.type = "last"}); }));
        const std::string bytes = read(log);
        const std::size_t begin = bytes.rfind('\n', bytes.size() - 2);
        EXPECT_EQ(Json::parse(bytes.substr(begin == std::string::npos ? 0 : begin))["type"],
                  "last");
      });
  EXPECT_GE(deaths, 14);
}

// Whoever waits for the lock of a writer that dies gets it, and does not find half of its work.
TEST_F(WriterKilledTest, AWriterThatWaitsForTheOneThatDiesGoesOn) {
  create();
  for (int nth = 1;; ++nth) {
    const pid_t waiting = ::fork();
    if (waiting == 0) {
      open().update([&](Session& state) { state.env["turn"] = nth; });
      ::_exit(0);
    }
    const bool died = dies_at(nth, [&](FileSystem& file_system) {
      SessionStateManager::open(session(), on(file_system)).update([&](Session& state) {
        state.env["died"] = nth;
      });
    });
    int status = 0;
    ::waitpid(waiting, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(on_disk()["env"]["turn"], nth);
    if (died) continue;
    EXPECT_EQ(on_disk()["env"]["died"], nth);
    EXPECT_GE(nth, 25);
    break;
  }
}

}  // namespace
}  // namespace tain
