// A save loses nothing that it does not understand, or refuses and leaves the file as it is.

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/corpus.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::read;
using testing::SessionTest;
using testing::snapshot;
using testing::write;

constexpr const char* kForeign = R"({
  "$schema": "x",
  "zeta": {"b": 1.0, "a": [1e5, -0.0, 18446744073709551615, null]},
  "session_id": "s1",
  "created_at": "2026-01-12T00:00:00Z",
  "session_type": "full",
  "status": "running",
  "current_phase": "build",
  "git": {"remote": "origin", "branch": "main", "ahead": 3},
  "commits": [
    {"author": "x", "sha": "a", "message": "m", "created_at": "2026-01-12T01:00:00.123456+02:00"},
    {"sha": "b", "message": "n", "stats": {"z": 1, "a": 2}}
  ],
  "build_progress": {"velocity": 0.1, "checkpoints_total": 3, "checkpoints_completed": [1]},
  "metadata": {"skills": [], "theirs": true},
  "summary": null,
  "alpha": "last"
})";

class LosslessTest : public SessionTest {
 protected:
  // The file's text with what every save stamps taken out.
  static Json without_stamps(Json json) {
    json.erase("updated_at");
    json.erase("last_activity_at");
    return json;
  }
};

TEST_F(LosslessTest, UnknownFieldsTheirOrderAndUntouchedSpellingsSurvive) {
  auto manager = open_holding(kForeign);
  manager.update([](Session& session) { session.git.branch = "other"; });
  Json expected = Json::parse(kForeign);
  expected["git"]["branch"] = "other";
  EXPECT_EQ(without_stamps(on_disk()).dump(), expected.dump());
}

TEST_F(LosslessTest, EveryFunctionOfTheManagerLeavesTheRestAlone) {
  auto manager = open_holding(kForeign);
  manager.add_commit("c", "third");
  manager.complete_checkpoint(2);
  manager.set_git({.branch = "main", .worktree = "/w", .base_branch = {}});
  manager.set_status(SessionStatus::paused);
  manager.transition_to_phase(Phase::docs);
  Json expected = Json::parse(kForeign);
  const std::string now = format_time(clock_.now());
  expected["commits"].push_back({{"sha", "c"}, {"message", "third"}, {"created_at", now}});
  expected["build_progress"]["checkpoints_completed"] = {1, 2};
  expected["build_progress"]["current_checkpoint"] = 3;
  expected["git"]["worktree"] = "/w";
  expected["status"] = "paused";
  expected["current_phase"] = "docs";
  expected["phase_history"] = {{"build_completed_at", now}, {"docs_started_at", now}};
  Json found = without_stamps(on_disk());
  EXPECT_EQ(found["commits"].dump(), expected["commits"].dump());
  EXPECT_EQ(found.dump(), expected.dump());
}

TEST_F(LosslessTest, TheByteOrderMarkIsKept) {
  auto manager = open_holding(std::string("\xEF\xBB\xBF") + kForeign);
  manager.set_status(SessionStatus::paused);
  EXPECT_TRUE(read(state()).starts_with("\xEF\xBB\xBF{"));
  EXPECT_EQ(open().state().status, SessionStatus::paused);
}

TEST_F(LosslessTest, ASecondSaveKeepsWhatTheFirstKept) {
  auto manager = open_holding(kForeign);
  manager.update([](Session& session) { session.git.branch = "other"; });
  manager.update([](Session& session) { session.git.branch = "main"; });
  EXPECT_EQ(without_stamps(on_disk()).dump(), Json::parse(kForeign).dump());
}

struct Refused {
  std::string bytes;
  bool lossy;  // else not JSON
};

std::vector<Refused> refused() {
  const std::string head =
      R"({"session_id":"s1","session_type":"full","status":"running","created_at":"2026-01-12",)";
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  return {{head + R"("a":1,"a":2})", true},
          {head + R"("x":[{"n":0.1234567890123456789012}]})", true},
          {head + R"("n":12345678901234567890123})", true},
          {head + R"("n":1e400})", true},
          {"", false},
          {head.substr(0, 40), false},
          {"[" + head + R"("a":1}])", false},
          {head + "\"a\":\"\xFF\"}", false},
          {head + "\"a\":" + deep + "}", false},
          {head + "\"a\":1}" + std::string(100, '\0'), false}};
}

TEST_F(LosslessTest, WhatCannotBeRewrittenIsRefusedWhenItIsOpenedAndStaysAsItIs) {
  for (const auto& [bytes, lossy] : refused()) {
    write(state(), bytes);
    const auto before = snapshot(state());
    if (lossy) {
      EXPECT_THROW(open(), LossyRewriteError) << bytes;
    } else {
      EXPECT_THROW(open(), ParseError) << bytes.substr(0, 100);
    }
    EXPECT_EQ(snapshot(state()), before);
  }
}

TEST_F(LosslessTest, WhatSomebodyElseBrokeIsRefusedByAnUpdateAndStaysAsItIs) {
  for (const auto& [bytes, lossy] : refused()) {
    std::filesystem::remove_all(session());
    auto manager = create();
    write(state(), bytes);
    const auto before = snapshot(state());
    const auto update = [&] { manager.set_status(SessionStatus::paused); };
    if (lossy) {
      EXPECT_THROW(update(), LossyRewriteError) << bytes;
    } else {
      EXPECT_THROW(update(), ParseError) << bytes.substr(0, 100);
    }
    manager.state().topic = "mine";
    EXPECT_THROW(manager.save(), ConflictError);
    EXPECT_EQ(snapshot(state()), before);
  }
}

TEST_F(LosslessTest, AFieldOfTheWrongTypeIsRefusedAndStaysAsItIs) {
  write(state(), R"({"session_id":"s1","session_type":"full","status":7})");
  const auto before = snapshot(state());
  EXPECT_THROW(open(), SchemaError);
  EXPECT_EQ(snapshot(state()), before);
}

// Written before sessions had a type and a status, which core demands: they are put in front.
Json with_type_and_status(const Json& old) {
  Json json = {{"session_type", "full"}, {"status", "running"}};
  for (const auto& [key, value] : old.items()) json[key] = value;
  return json;
}

TEST_F(LosslessTest, RealSessionsSurviveAnUpdateInValueAndOrder) {
  TAIN_CORPUS_OR_SKIP(folder, "agent-session/Lascari-AI__claude-code-config");
  int updated = 0;
  for (const auto& file : testing::files_below(
           folder, [](const auto& path) { return path.filename() == "state.json"; })) {
    const Json old = Json::parse(read(file), nullptr, false);
    if (!old.is_object()) continue;  // broken: document_test looks at those
    Json expected = with_type_and_status(old);
    write(state(), expected.dump());
    try {
      auto manager = open();
      manager.add_commit("abc", "message");
    } catch (const SchemaError&) {  // of a generation whose words differ
      continue;
    }
    expected["commits"].push_back(on_disk()["commits"].back());
    EXPECT_EQ(without_stamps(on_disk()).dump(), without_stamps(expected).dump()) << file;
    ++updated;
  }
  EXPECT_GE(updated, 20);
}

}  // namespace
}  // namespace tain
