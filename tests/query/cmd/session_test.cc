#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "core/fs/file_system.h"
#include "session_fixture.h"

namespace tain::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST_F(SessionCommand, NewCreatesTheSessionAndPrintsItsId) {
  const std::string id = ok({"new", "--topic", "Docs", "--type", "quick", "--status", "spawning",
                             "--description", "All of them", "--parent", "s", "--agent", "a-1"});
  EXPECT_THAT(id, MatchesRegex("sess_[0-9]+_[a-z0-9]{9}\n"));
  const Session made =
      SessionStateManager::open(session_directory(root_, id.substr(0, id.size() - 1))).state();
  EXPECT_EQ(made.topic, "Docs");
  EXPECT_EQ(made.session_type, SessionType::quick);
  EXPECT_EQ(made.current_phase, Phase::plan);
  EXPECT_EQ(made.status, SessionStatus::spawning);
  EXPECT_EQ(made.description, "All of them");
  EXPECT_EQ(made.parent_session_id, "s");
  EXPECT_EQ(made.agent_id, "a-1");
  EXPECT_EQ(made.metadata.spawn_source, SpawnSource::cli);
  EXPECT_EQ(made.created_at, clock_.now());
}

TEST_F(SessionCommand, NewRefusesWhatIsNoSession) {
  EXPECT_THAT(refused({"new", "--topic", "x", "--id", "s"}, kFailed), HasSubstr("exists already"));
  refused({"new"}, kMisused);
  refused({"new", "--topic", ""}, kMisused);
  refused({"new", "--topic", "x", "--id", "../y"}, kMisused);
  refused({"new", "--topic", "x", "--id", ""}, kMisused);
  refused({"new", "--topic", "x", "--type", "long"}, kMisused);
  refused({"new", "--topic", "x", "--status", "completed"}, kMisused);
  refused({"new", "--topic", "x", "extra"}, kMisused);
}

TEST_F(SessionCommand, PhaseLeavesOneAndEntersAnother) {
  EXPECT_EQ(ok({"phase", "s", "plan"}), "");
  EXPECT_EQ(state().current_phase, Phase::plan);
  EXPECT_EQ(state().phase_history.spec_completed_at, clock_.now());
  EXPECT_EQ(ok_json({"phase", "s", "build"})["current_phase"], "build");
}

TEST_F(SessionCommand, PhaseRefusesStepsThatTheTypeDoesNotHave) {
  EXPECT_THAT(refused({"phase", "s", "docs"}, kFailed), HasSubstr("from spec: plan"));
  EXPECT_THAT(refused({"phase", "s", "bild"}, kMisused), HasSubstr("spec, plan, build"));
  refused({"phase", "s"}, kMisused);
}

TEST_F(SessionCommand, BuildAndCheckpointKeepTheProgress) {
  ok({"build", "s", "3"});
  ok({"checkpoint", "s", "complete", "1"});
  ok({"checkpoint", "s", "start", "3"});
  EXPECT_EQ(state().build_progress, (BuildProgress{3, {1}, 3}));
  EXPECT_EQ(ok_json({"checkpoint", "s", "complete", "3"})["build_progress"]["current_checkpoint"],
            2);
}

TEST_F(SessionCommand, BuildAndCheckpointRefuseOtherNumbers) {
  refused({"checkpoint", "s", "start", "1"}, kMisused);  // nothing is planned
  for (const char* total :
       {"0", "-1", "x", "", "1.5", "0x10", "99999999999999999999", " 1", "+1"}) {
    refused({"build", "--", "s", total}, kMisused);
  }
  ok({"build", "s", "010"});  // decimal, not octal
  EXPECT_EQ(state().build_progress.checkpoints_total, 10);
  ok({"checkpoint", "s", "complete", "1"});
  refused({"checkpoint", "s", "complete", "1"}, kMisused);
  refused({"checkpoint", "s", "complete", "11"}, kMisused);
  refused({"checkpoint", "s", "finish", "2"}, kMisused);
  refused({"build", "s", "5"}, kMisused);  // it would forget the completed checkpoint
}

TEST_F(SessionCommand, CommitIsRecorded) {
  ok({"commit", "s", "abc123", "Parse \"dates\"\nand times", "--checkpoint", "2"});
  EXPECT_THAT(state().commits,
              ElementsAre(Commit{"abc123", "Parse \"dates\"\nand times", 2, clock_.now()}));
  ok({"commit", "--", "s", "def", "-m"});
  EXPECT_EQ(state().commits.back().message, "-m");
}

TEST_F(SessionCommand, CommitRefusesAnEmptyShaAndTextThatIsNotUtf8) {
  refused({"commit", "s", "", "m"}, kMisused);
  refused({"commit", "s", "abc"}, kMisused);
  refused({"commit", "s", "abc", "m", "--checkpoint", "one"}, kMisused);
  refused({"commit", "s", "abc", "\xFF"}, kMisused);
}

TEST_F(SessionCommand, StatusFollowsTheLifecycle) {
  ok({"status", "s", "paused"});
  EXPECT_EQ(state().status, SessionStatus::paused);
  EXPECT_THAT(refused({"status", "s", "waiting"}, kFailed), HasSubstr("from paused"));
  refused({"status", "s", "asleep"}, kMisused);
  ok({"status", "s", "completed"});
  EXPECT_EQ(state().completed_at, clock_.now());
}

TEST_F(SessionCommand, GitChangesOnlyWhatIsGiven) {
  ok({"git", "s", "--branch", "parser", "--base-branch", "main"});
  ok({"git", "s", "--worktree", "/w", "--branch", ""});
  EXPECT_EQ(state().git, (Git{"", "/w", "main"}));
  refused({"git", "s"}, kMisused);
}

TEST_F(SessionCommand, DecisionIsDatedTodayUnlessToldOtherwise) {
  ok({"decision", "s", "Use SQLite", "--rationale", "One file"});
  ok({"decision", "s", "Use C++", "--date", "2026-01-02"});
  EXPECT_THAT(state().key_decisions, ElementsAre(Decision{"Use SQLite", "One file", "2026-02-16"},
                                                 Decision{"Use C++", "", "2026-01-02"}));
  refused({"decision", "s", ""}, kMisused);
  refused({"decision", "s", "x", "--date", "tomorrow"}, kMisused);
}

TEST_F(SessionCommand, GoalsReplaceTheLevelsThatAreGiven) {
  ok({"goals", "s", "--high", "a", "--high", "[b,c]", "--mid", "m"});
  ok({"goals", "s", "--mid", "n", "--detailed", "d"});
  EXPECT_THAT(state().goals.high_level, ElementsAre("a", "[b,c]"));
  EXPECT_THAT(state().goals.mid_level, ElementsAre("n"));
  EXPECT_THAT(state().goals.detailed, ElementsAre("d"));
  refused({"goals", "s"}, kMisused);
  refused({"goals", "s", "--high"}, kMisused);
}

TEST_F(SessionCommand, EventIsAppendedWithEverythingItWasGiven) {
  const std::string id = ok({"event",
                             "s",
                             "tool.used",
                             "--message",
                             "m",
                             "--title",
                             "t",
                             "--body",
                             "b",
                             "--task",
                             "task_1",
                             "--run",
                             "run_1",
                             "--lane",
                             "planning",
                             "--actor-type",
                             "agent",
                             "--actor-id",
                             "a",
                             "--data",
                             "[1,{\"x\":null}]",
                             "--metadata",
                             "{\"k\":0.5}",
                             "--model",
                             "opus",
                             "--input",
                             "5",
                             "--cost",
                             "0.25"});
  const Event event = last_event();
  EXPECT_EQ(id, event.id + "\n");
  EXPECT_EQ(event.at, clock_.now());
  EXPECT_EQ(event.type, "tool.used");
  EXPECT_EQ(event.session_id, "s");
  EXPECT_EQ(event.task_id, "task_1");
  EXPECT_EQ(event.agent_run_id, "run_1");
  EXPECT_EQ(event.message, "m");
  EXPECT_EQ(event.title, "t");
  EXPECT_EQ(event.body, "b");
  EXPECT_EQ(event.lane, Lane::planning);
  EXPECT_EQ(event.actor, (Actor{ActorType::agent, "a"}));
  EXPECT_EQ(event.data, Json::parse("[1,{\"x\":null}]"));
  EXPECT_EQ(event.metadata, Json::parse("{\"k\":0.5}"));
  EXPECT_EQ(event.usage.model, "opus");
  EXPECT_EQ(event.usage.input_tokens, 5);
  EXPECT_EQ(event.usage.cost_usd, 0.25);
  EXPECT_EQ(ok_json({"event", "s", "log", "--data", "\"x\""})["data"], "x");
  EXPECT_EQ(last_event().data, "x");
}

TEST_F(SessionCommand, EventRefusesWhatIsNoEvent) {
  refused({"event", "s"}, kMisused);
  refused({"event", "s", ""}, kMisused);
  refused({"event", "s", "log", "--lane", "fast"}, kMisused);
  refused({"event", "s", "log", "--message", "\xFF"}, kMisused);
  refused({"event", "s", "log", "--metadata", "[1]"}, kMisused);
  for (const char* json :
       {"", "{", "1,\"x\":2", "1}", "{\"a\":1,\"a\":2}", "1e999", "nope", "1 2"}) {
    refused({"event", "s", "log", "--data", json}, kMisused);
  }
  for (const char* number : {"-1", "x", "", "1e3"}) {
    refused({"event", "s", "log", "--input", number}, kMisused);
  }
  for (const char* cost : {"-0.1", "nan", "inf", "1e999", "0,5", ""}) {
    refused({"event", "s", "log", "--cost", cost}, kMisused);
  }
}

TEST_F(SessionCommand, ShowPrintsTheWholeFileAlsoWhatThisVersionDoesNotKnow) {
  const std::filesystem::path path = session_directory(root_, "s") / kStateFile;
  Json json = Json::parse(testing::read(path));
  json["from_the_future"] = {{"x", "\x1b[2J"}};
  testing::write(path, json.dump());
  EXPECT_EQ(ok_json({"show", "s"}), json);
  const std::string text = ok({"show", "s"});
  EXPECT_THAT(text, HasSubstr("topic            | Parser\n"));
  EXPECT_THAT(text, HasSubstr("from_the_future  | {\"x\":\"\\u001b[2J\"}\n"));
  EXPECT_EQ(ok_json({"phase", "s", "plan"})["from_the_future"], json["from_the_future"]);
}

TEST_F(SessionCommand, ASessionIsAlsoAPathToItsDirectory) {
  const Outcome outcome =
      Tain()({"session", "phase", session_directory(root_, "s"), "plan", "--socket", socket_});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(state().current_phase, Phase::plan);
}

TEST_F(SessionCommand, TheProjectIsFoundUpwards) {
  const std::filesystem::path below = directory_ / "src/deep";
  std::filesystem::create_directories(below);
  const Outcome outcome = Tain()({"session", "show", "s", "--project", below, "--format", "json"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
}

TEST_F(SessionCommand, WhereThereIsNoProjectOrNoSessionItSaysWhatToDo) {
  EXPECT_THAT(refused({"show", "none"}, kFailed), HasSubstr("no such session in this project"));
  refused({"show", ".hidden"}, kMisused);
  refused({"show", ""}, kMisused);
  refused({"show", "./none"}, kFailed);
  const testing::TempDir elsewhere;
  const Outcome no_project = Tain()({"session", "show", "s", "--project", elsewhere.path()});
  EXPECT_EQ(no_project.status, kFailed);
  EXPECT_THAT(no_project.err, HasSubstr("tain project new"));
  const Outcome no_directory =
      Tain()({"session", "show", "s", "--project", directory_ / "none/deeper"});
  EXPECT_EQ(no_directory.status, kFailed);
  EXPECT_THAT(no_directory.err, HasSubstr("there is no such directory"));
}

TEST_F(SessionCommand, AStateThatCannotBeRewrittenIsLeftAlone) {
  testing::write(session_directory(root_, "s") / kStateFile,
                 R"({"session_id":"s","session_id":"t"})");
  EXPECT_THAT(refused({"phase", "s", "plan"}, kFailed), HasSubstr("/session_id"));
  testing::write(session_directory(root_, "s") / kStateFile, "{");
  refused({"phase", "s", "plan"}, kFailed);
}

TEST_F(SessionCommand, EveryWriteNotifiesTheDaemon) {
  const std::string path = notification_socket(socket_);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const UniqueFd fd(FileSystem::real(), ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const auto received = [&] {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  };
  const std::string directory = session_directory(root_, "s");
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"phase", "s", "plan"},
                                             {"build", "s", "2"},
                                             {"checkpoint", "s", "start", "2"},
                                             {"commit", "s", "abc", "m"},
                                             {"status", "s", "paused"},
                                             {"git", "s", "--branch", "b"},
                                             {"decision", "s", "d"},
                                             {"goals", "s", "--high", "g"},
                                             {"event", "s", "log"},
                                             {"run", "s", "start", "build", "--id", "r"},
                                             {"run", "s", "usage", "r", "--input", "1"},
                                             {"run", "s", "finish", "r"}}) {
    ok(verb);
    EXPECT_EQ(received(), directory) << verb.front();
  }
  ok({"show", "s"});
  EXPECT_EQ(received(), "");
  ok({"new", "--topic", "x", "--id", "s2"});
  EXPECT_EQ(received(), session_directory(root_, "s2"));
}

}  // namespace
}  // namespace tain::query
