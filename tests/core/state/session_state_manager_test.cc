#include "core/state/session_state_manager.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>

#include "core/error.h"
#include "core/state/project_store.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::names_in;
using testing::read;
using testing::SessionTest;
using testing::snapshot;
using testing::write;

class SessionStateManagerTest : public SessionTest {};

TEST_F(SessionStateManagerTest, ANewSessionIsInItsFirstPhaseAndStamped) {
  for (const auto& [type, phase] :
       std::vector<std::pair<SessionType, Phase>>{{SessionType::full, Phase::spec},
                                                  {SessionType::quick, Phase::plan},
                                                  {SessionType::research, Phase::spec}}) {
    const auto manager =
        SessionStateManager::create(root_.path(), {.topic = "t", .type = type}, options());
    EXPECT_EQ(manager.state().current_phase, phase);
    EXPECT_EQ(manager.state().created_at, clock_.now());
    EXPECT_EQ(manager.state().updated_at, clock_.now());
    EXPECT_EQ(manager.state().started_at, clock_.now());
    EXPECT_FALSE(manager.state().hostname.empty());
  }
}

TEST_F(SessionStateManagerTest, WhatIsCreatedIsWhatIsOpened) {
  NewSession fresh{.topic = "topic", .type = SessionType::quick, .description = "d"};
  fresh.env = {{"KEY", "value"}};
  fresh.metadata = {.skills = {"a"}, .spawn_source = SpawnSource::orchestrator};
  const auto created = SessionStateManager::create(root_.path(), fresh, options());
  const auto opened = SessionStateManager::open(created.directory(), options());
  EXPECT_EQ(opened.state(), created.state());
  EXPECT_THAT(created.state().session_id, ::testing::StartsWith("sess_"));
  EXPECT_EQ(created.directory(), session_directory(root_.path(), created.state().session_id));
  EXPECT_THAT(names_in(created.directory()), ElementsAre("state.json"));
}

TEST_F(SessionStateManagerTest, ASessionNamesItsProjectAndABrokenProjectFileIsNoObstacle) {
  EXPECT_EQ(create().state().project_id, std::nullopt);
  const Project project = create_project(root_.path(), {.name = "P"}, options());
  const auto named = SessionStateManager::create(root_.path(), {.topic = "t"}, options());
  EXPECT_EQ(named.state().project_id, project.id);
  write(project_file(root_.path()), "<<<<<<< ours");
  const auto unnamed = SessionStateManager::create(root_.path(), {.topic = "t"}, options());
  EXPECT_EQ(unnamed.state().project_id, std::nullopt);
}

TEST_F(SessionStateManagerTest, CreatingAnExistingSessionLeavesItAlone) {
  create().update([](Session& session) { session.topic = "precious"; });
  const auto before = snapshot(state());
  EXPECT_THROW(create(), AlreadyExistsError);
  EXPECT_EQ(snapshot(state()), before);
}

TEST_F(SessionStateManagerTest, CreatingRefusesWhatIsNoSessionAndMakesNoDirectory) {
  const auto refuses = [&](const NewSession& fresh) {
    EXPECT_THROW(SessionStateManager::create(root_.path(), fresh, options()), InvalidArgument);
  };
  refuses({.topic = ""});
  refuses({.topic = "t", .status = SessionStatus::completed});
  refuses({.topic = "t", .id = "../escape"});
  refuses({.topic = "t", .id = ""});
  EXPECT_TRUE(names_in(root_.path()).empty());
}

TEST_F(SessionStateManagerTest, OpeningWhatIsNotThereIsNotFound) {
  EXPECT_THROW(open(), NotFoundError);
}

TEST_F(SessionStateManagerTest, SaveWritesWhatChangedAndStampsIt) {
  auto manager = create();
  clock_.advance(5000);
  manager.state().topic = "renamed";
  manager.save();
  EXPECT_EQ(on_disk()["topic"], "renamed");
  EXPECT_EQ(on_disk()["updated_at"], format_time(clock_.now()));
  EXPECT_EQ(on_disk()["last_activity_at"], format_time(clock_.now()));
  EXPECT_EQ(open().state(), manager.state());
}

TEST_F(SessionStateManagerTest, WithoutAChangeNothingIsWritten) {
  auto manager = create();
  const auto before = snapshot(state());
  clock_.advance(5000);
  manager.save();
  manager.update([](Session&) {});
  EXPECT_EQ(snapshot(state()), before);
}

TEST_F(SessionStateManagerTest, AStaleBaseIsAConflictAndNothingIsWritten) {
  auto mine = create();
  open().update([](Session& session) { session.topic = "theirs"; });
  const auto before = snapshot(state());
  mine.state().summary = "mine";
  EXPECT_THROW(mine.save(), ConflictError);
  EXPECT_EQ(snapshot(state()), before);
  EXPECT_EQ(mine.state().summary, "mine") << "the unsaved change is still there";
  mine.reload();
  mine.state().summary = "mine";
  mine.save();
  EXPECT_EQ(on_disk()["topic"], "theirs");
  EXPECT_EQ(on_disk()["summary"], "mine");
}

// Within one tick of the kernel's clock, in place, and of the same length: stat() cannot tell.
TEST_F(SessionStateManagerTest, AConflictIsSeenAlsoWhereInodeSizeAndTimesAreTheSame) {
  create();
  const std::string text = read(state());
  std::string other = text;
  other.replace(other.find("topic\": \"topic"), 14, "topic\": \"TOPIC");
  for (int i = 0; i < 50; ++i) {
    write(state(), text);
    auto mine = open();
    write(state(), other);
    mine.state().summary = "mine";
    ASSERT_THROW(mine.save(), ConflictError) << "round " << i;
  }
}

TEST_F(SessionStateManagerTest, ATouchedFileIsNoConflict) {
  auto mine = create();
  const std::string bytes = read(state());
  std::filesystem::remove(state());
  write(state(), bytes);
  mine.state().topic = "mine";
  EXPECT_NO_THROW(mine.save());
  EXPECT_EQ(on_disk()["topic"], "mine");
}

TEST_F(SessionStateManagerTest, UpdateAppliesItsChangeToWhatTheFileHoldsNow) {
  auto mine = create();
  open().update([](Session& session) { session.topic = "theirs"; });
  mine.update([](Session& session) {
    EXPECT_EQ(session.topic, "theirs");
    session.summary = "mine";
  });
  EXPECT_EQ(on_disk()["topic"], "theirs");
  EXPECT_EQ(on_disk()["summary"], "mine");
}

TEST_F(SessionStateManagerTest, UpdateWritesUnsavedChangesAlong) {
  auto manager = create();
  manager.state().summary = "unsaved";
  manager.update([](Session& session) { session.topic = "t"; });
  EXPECT_EQ(on_disk()["summary"], "unsaved");
  EXPECT_EQ(on_disk()["topic"], "t");
}

TEST_F(SessionStateManagerTest, UpdateOverUnsavedChangesAndAChangedFileIsAConflict) {
  auto mine = create();
  open().update([](Session& session) { session.topic = "theirs"; });
  const auto before = snapshot(state());
  mine.state().summary = "unsaved";
  EXPECT_THROW(mine.update([](Session& session) { session.topic = "t"; }), ConflictError);
  EXPECT_EQ(snapshot(state()), before);
}

TEST_F(SessionStateManagerTest, AnUpdateThatThrowsWritesNothingAndChangesNothing) {
  auto manager = create();
  const auto before = snapshot(state());
  EXPECT_THROW(manager.update([](Session& session) {
    session.topic = "half";
    throw std::runtime_error("changed my mind");
  }),
               std::runtime_error);
  EXPECT_EQ(snapshot(state()), before);
  EXPECT_EQ(manager.state().topic, "topic");
}

TEST_F(SessionStateManagerTest, AFileThatWasRemovedIsNotFoundAndNotBroughtBack) {
  auto manager = create();
  std::filesystem::remove(state());
  manager.state().topic = "t";
  EXPECT_THROW(manager.save(), NotFoundError);
  EXPECT_THROW(manager.update([](Session&) {}), NotFoundError);
  EXPECT_FALSE(std::filesystem::exists(state()));
}

TEST_F(SessionStateManagerTest, AMovedManagerGoesOnWithTheSameSession) {
  auto first = create();
  SessionStateManager second = std::move(first);
  second.set_status(SessionStatus::paused);
  EXPECT_EQ(on_disk()["status"], "paused");
}

TEST_F(SessionStateManagerTest, WhatJsonCannotSayIsRefusedAndNothingIsWritten) {
  auto manager = create();
  const auto before = snapshot(state());
  EXPECT_THROW(manager.update([](Session& session) { session.topic = "\xFF"; }), InvalidArgument);
  EXPECT_THROW(manager.update([](Session& session) { session.env["x"] = std::nan(""); }),
               InvalidArgument);
  EXPECT_EQ(snapshot(state()), before);
  EXPECT_EQ(manager.state().topic, "topic");
}

TEST_F(SessionStateManagerTest, CommitsDecisionsGoalsAndGitAreRecorded) {
  auto manager = create();
  manager.add_commit("abc", "message", 2);
  manager.add_decision("title", "why");
  manager.add_decision("earlier", "why", "2025-01-01");
  manager.set_goals({.high_level = {"g"}, .mid_level = {}, .detailed = {}});
  manager.set_git({.branch = "b", .worktree = {}, .base_branch = "main"});
  const Json json = on_disk();
  EXPECT_EQ(json["commits"][0].dump(),
            R"({"sha":"abc","message":"message","checkpoint":2,"created_at":")" +
                format_time(clock_.now()) + "\"}");
  EXPECT_EQ(json["key_decisions"][0]["date"], format_date(clock_.now()));
  EXPECT_EQ(json["key_decisions"][1]["date"], "2025-01-01");
  EXPECT_EQ(json["goals"]["high_level"][0], "g");
  EXPECT_EQ(json["git"].dump(), R"({"branch":"b","base_branch":"main"})");
  EXPECT_THROW(manager.add_commit("", "m"), InvalidArgument);
  EXPECT_THROW(manager.add_decision("", "r"), InvalidArgument);
}

TEST_F(SessionStateManagerTest, AnEventIsOneCompleteLine) {
  auto manager = create();
  const Event written = manager.append_event({.type = "log", .message = "two\nlines"});
  EXPECT_THAT(written.id, ::testing::StartsWith("evt_"));
  EXPECT_EQ(written.at, clock_.now());
  EXPECT_EQ(written.session_id, "s1");
  const Event given{.id = "e1", .at = {1000}, .type = "own.kind", .session_id = "other"};
  EXPECT_EQ(manager.append_event(given), given);

  std::istringstream lines(read(events_file(session())));
  std::vector<Event> events;
  for (std::string line; std::getline(lines, line);) {
    events.push_back(Codec<Event>::decode(Json::parse(line), Place(events_file(session()))));
  }
  EXPECT_THAT(events, ElementsAre(written, given));
}

TEST_F(SessionStateManagerTest, AnEventKeepsDataThatIsEmpty) {
  auto manager = create();
  manager.append_event({.type = "log", .data = Json::object()});
  EXPECT_EQ(Json::parse(read(events_file(session())))["data"], Json::object());
}

TEST_F(SessionStateManagerTest, AnEventWithoutATypeOrWithABadIdIsRefused) {
  auto manager = create();
  EXPECT_THROW(manager.append_event({}), InvalidArgument);
  EXPECT_THROW(manager.append_event({.id = "a b", .type = "log"}), InvalidArgument);
  EXPECT_THROW(manager.append_event({.type = "\xFF"}), InvalidArgument);
  Event event{.type = "log"};
  event.usage.cost_usd = std::nan("");
  EXPECT_THROW(manager.append_event(event), InvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(events_file(session())));
}

}  // namespace
}  // namespace tain
