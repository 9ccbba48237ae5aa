#include "query/reader/mirror_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ranges>
#include <sstream>
#include <thread>

#include "core/model/classification.h"
#include "tests/support/mirror_file.h"
#include "tests/support/mirror_fixture.h"
#include "tests/support/whole_domain.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

static_assert(std::ranges::input_range<Rows<Session>>);

const std::filesystem::path kNowhere;

// What a file says, but for the fields that have no column.
template <class E>
E without_tables_of_their_own(E entity) {
  const E fresh{};
  const auto clear = [&](const auto& field) {
    if (field.columns == Columns::none) entity.*field.member = fresh.*field.member;
  };
  std::apply([&](const auto&... field) { (clear(field), ...); }, Description<E>::fields);
  return entity;
}

std::vector<std::string> topics(Rows<Session> rows) {
  std::vector<std::string> topics;
  for (const auto& row : rows) topics.push_back(row.entity.topic);
  return topics;
}

class WholeDomainReader : public ::testing::Test {
 protected:
  // Every row is what core reads from the row's file.
  template <class E>
  void expect_as_in_the_files() {
    int rows = 0;
    for (const Mirrored<E>& row : reader_.list<E>()) {
      ++rows;
      SCOPED_TRACE(row.path);
      EXPECT_THAT(row.unread, IsEmpty());
      EXPECT_EQ(row.project, "Whole");
      EXPECT_EQ(row.project_root, (mirror_.root() / "p").string());
      const std::optional<Json> document = reader_.document(row.path);
      ASSERT_TRUE(document);
      EXPECT_EQ(Json::parse(testing::read(row.path)), *document);
      EXPECT_EQ(row.entity,
                without_tables_of_their_own(Codec<E>::decode(*document, Place(kNowhere))));
    }
    EXPECT_GT(rows, 0);
  }

  testing::MirrorFixture mirror_;
  testing::WholeDomain domain_{mirror_.root() / "p", mirror_.clock()};
  MirrorReader reader_ = [this] {
    mirror_.catch_up();
    return MirrorReader(mirror_.mirror());
  }();
};

TEST_F(WholeDomainReader, EveryFieldOfEveryEntityIsReadBackIntoCoresStruct) {
  expect_as_in_the_files<Project>();
  expect_as_in_the_files<Session>();
  expect_as_in_the_files<Task>();
  expect_as_in_the_files<AgentRun>();
  expect_as_in_the_files<Execution>();
  expect_as_in_the_files<Agent>();
  expect_as_in_the_files<SessionTask>();
  expect_as_in_the_files<RuntimeBinding>();
  expect_as_in_the_files<Bookmark>();
  expect_as_in_the_files<Evaluation>();
  expect_as_in_the_files<Worker>();
}

TEST_F(WholeDomainReader, LinesOfLogsAreReadBackToo) {
  int events = 0;
  for (const auto& row : reader_.list<Event>()) {
    ++events;
    std::istringstream lines(testing::read(row.path));
    for (std::string line; std::getline(lines, line);) {
      Event expected = Codec<Event>::decode(Json::parse(line), Place(kNowhere));
      if (expected.id != row.entity.id) continue;
      if (!expected.lane) expected.lane = default_lane(expected.type);
      EXPECT_EQ(row.entity, expected);
    }
    EXPECT_FALSE(reader_.document(row.path));
  }
  EXPECT_GT(events, 10);
  EXPECT_GT(std::ranges::distance(reader_.list<TaskMessage>()), 1);
}

TEST_F(WholeDomainReader, EveryFilterHoldsBackOtherRows) {
  const auto expect_rows = [&](auto rows, const std::string& from) {
    const auto wanted = std::stoll(mirror_.cell("SELECT count(*) FROM " + from));
    EXPECT_EQ(std::ranges::distance(rows), wanted) << from;
    EXPECT_GT(wanted, 0) << from;
  };
  const Timestamp some{std::stoll(mirror_.cell("SELECT avg(created_at) FROM sessions"))};
  const std::string ms = std::to_string(some.ms);
  expect_rows(reader_.list<Session>({.project = "whole"}), "sessions");
  expect_rows(reader_.list<Session>({.project = "Whole", .status = SessionStatus::failed}),
              "sessions WHERE status = 'failed'");
  expect_rows(reader_.list<Session>({.phase = Phase::plan, .created_since = some}),
              "sessions WHERE current_phase = 'plan' AND created_at >= " + ms);
  expect_rows(reader_.list<Session>({.task = "full", .updated_since = Timestamp{1}}),
              "session_task_ids WHERE task_id = 'full'");
  expect_rows(reader_.list<Task>({.status = TaskStatus::completed}),
              "tasks WHERE status = 'completed'");
  expect_rows(reader_.list<Session>({.active = true}),
              "sessions WHERE status NOT IN ('completed', 'failed', 'cancelled')");
  expect_rows(reader_.list<Session>({.active = false}),
              "sessions WHERE status IN ('completed', 'failed', 'cancelled')");
  expect_rows(reader_.list<Task>({.has_parent = true}), "tasks WHERE parent_id IS NOT NULL");
  expect_rows(reader_.list<Task>({.has_parent = false}), "tasks WHERE parent_id IS NULL");
  expect_rows(reader_.list<Task>({.kind = TaskKind::background}),
              "tasks WHERE kind = 'background'");
  expect_rows(reader_.list<Task>({.session = "full"}), "task_sessions WHERE session_id = 'full'");
  expect_rows(reader_.list<AgentRun>({.status = AgentRunStatus::failed}),
              "agent_runs WHERE status = 'failed'");
  const std::string late = mirror_.cell("SELECT max(at) FROM events WHERE session_id = 'full'");
  expect_rows(reader_.list<Event>({.session = "full", .since = Timestamp{std::stoll(late)}}),
              "events WHERE session_id = 'full' AND at >= " + late);
  expect_rows(reader_.list<Event>({.before = some}), "events WHERE at < " + ms);
  expect_rows(reader_.list<Execution>({.status = ExecutionStatus::timed_out}),
              "executions WHERE status = 'timed_out'");
  expect_rows(reader_.list<Agent>({.kind = AgentKind::builtin, .is_active = true}),
              "agents WHERE kind = 'builtin' AND is_active");
  expect_rows(reader_.list<SessionTask>({.state = SessionTaskState::failed}),
              "session_tasks WHERE state = 'failed'");
  EXPECT_EQ(std::ranges::distance(reader_.list<Worker>({.project = "another"})), 0);
}

class SmallMirrorReader : public ::testing::Test {
 protected:
  static std::string session(int id, const std::string& topic, const char* status = "running") {
    const std::string n = std::to_string(id);
    return "INSERT INTO files VALUES (" + n + ", '/p/" + n +
           "', 1, 1, 'native', 'session', 'current', 1, 1, 1, 1, 1, 0, 1, 1, 1, 1);"
           "INSERT INTO sessions (file_id, project_key, session_id, topic, session_type, status, "
           "created_at) VALUES (" +
           n + ", 1, 's" + n + "', '" + topic + "', 'full', '" + status + "', " + n + ");";
  }
  static constexpr const char* kProject =
      "INSERT INTO projects (project_key, root) VALUES (1, '/p');";

  testing::TempDir directory_;
  std::filesystem::path db_ = directory_ / "mirror.db";
};

TEST_F(SmallMirrorReader, AListMayBeReadWhileTheSameListIsBeingRead) {
  testing::make_mirror(db_, kProject + session(1, "a") + session(2, "b"));
  MirrorReader reader(db_);
  std::string pairs;
  for (const auto& outer : reader.list<Session>()) {
    for (const auto& inner : reader.list<Session>()) {
      pairs += outer.entity.topic + inner.entity.topic + " ";
    }
  }
  EXPECT_EQ(pairs, "aa ab ba bb ");
}

TEST_F(SmallMirrorReader, RowsOutliveTheirReader) {
  testing::make_mirror(db_, kProject + session(1, "a") + session(2, "b"));
  std::optional<MirrorReader> reader(db_);
  Rows<Session> rows = reader->list<Session>();
  reader.reset();
  EXPECT_THAT(topics(std::move(rows)), ElementsAre("a", "b"));
}

TEST_F(SmallMirrorReader, WhatAFieldCannotHoldIsNamedAndCostsOnlyItself) {
  testing::make_mirror(db_, kProject + session(1, "a", "pondering") +
                                "UPDATE sessions SET env = 'no JSON', created_at = NULL");
  MirrorReader reader(db_);
  for (const auto& row : reader.list<Session>()) {
    EXPECT_EQ(row.entity.topic, "a");
    EXPECT_EQ(row.entity.status, SessionStatus::running);
    EXPECT_THAT(row.unread, ElementsAre("status", "env", "created_at"));
    EXPECT_EQ(row.project, "");
  }
  // As a word it is still to be found.
  EXPECT_EQ(std::ranges::distance(reader.list<Session>({.status = SessionStatus::running})), 0);
}

TEST_F(SmallMirrorReader, ATextThatWasLeftInItsFileIsNamed) {
  testing::make_mirror(
      db_, std::string(kProject) +
               "INSERT INTO events (file_id, project_key, line_offset, id, at, type, left_in_file) "
               "VALUES (9, 1, 0, 'e', 1, 'log', '[\"body\"]')");
  MirrorReader reader(db_);
  for (const auto& row : reader.list<Event>()) EXPECT_THAT(row.unread, ElementsAre("body"));
  EXPECT_EQ(std::ranges::distance(reader.list<Event>()), 1);
}

TEST_F(SmallMirrorReader, WhatAskersGiveIsNeverSql) {
  testing::make_mirror(db_, kProject + session(1, "a"));
  MirrorReader reader(db_);
  EXPECT_EQ(std::ranges::distance(reader.list<Session>({.project = "' OR 1 --"})), 0);
  EXPECT_FALSE(reader.document("' OR 1 --"));
}

TEST_F(SmallMirrorReader, AMirrorThatIsNotThereIsAnErrorOfItsOwn) {
  EXPECT_THROW(MirrorReader{db_}, NotFoundError);
}

TEST_F(SmallMirrorReader, AMirrorOfAnotherVersionSaysWhichAndWhatToDo) {
  testing::make_mirror(db_, "PRAGMA user_version = 1");
  try {
    const MirrorReader reader(db_);
    FAIL();
  } catch (const VersionError& error) {
    EXPECT_EQ(error.found(), 1);
    EXPECT_EQ(error.expected(), mirror::kSchemaVersion);
    EXPECT_THAT(error.what(), HasSubstr("tain-syncd"));
  }
}

TEST_F(SmallMirrorReader, FollowsAMirrorThatIsReplacedAndEndsWhatItBegan) {
  testing::make_mirror(db_, kProject + session(1, "old 1") + session(2, "old 2"));
  MirrorReader reader(db_);
  Rows<Session> rows = reader.list<Session>();
  auto row = rows.begin();
  EXPECT_EQ(row->entity.topic, "old 1");
  testing::make_mirror(directory_ / "new.db", kProject + session(1, "new"));
  std::filesystem::rename(directory_ / "new.db", db_);
  EXPECT_THAT(topics(reader.list<Session>()), ElementsAre("new"));
  ++row;
  EXPECT_EQ(row->entity.topic, "old 2");
  std::filesystem::remove(db_);
  EXPECT_THROW(reader.list<Session>(), NotFoundError);
}

TEST_F(SmallMirrorReader, OneReaderAThreadReadsWhileAnotherProcessWrites) {
  testing::make_mirror(db_,
                       kProject + session(1, "a") + "UPDATE sessions SET current_checkpoint = 0");
  sqlite::Database writer(db_, sqlite::Database::Mode::read_write);
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      MirrorReader reader(db_);
      std::int64_t last = 0;
      while (!done) {
        int rows = 0;
        for (const auto& row : reader.list<Session>()) {
          ++rows;
          ASSERT_GE(row.entity.build_progress.current_checkpoint, last);
          last = *row.entity.build_progress.current_checkpoint;
        }
        ASSERT_EQ(rows, 1);
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    writer.run("UPDATE sessions SET current_checkpoint = " + std::to_string(i));
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace tain::query
