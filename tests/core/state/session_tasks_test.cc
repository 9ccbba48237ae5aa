#include "core/state/session_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/session_task_test.h"

namespace tain {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read;
using testing::Seed004SessionTasks;
using testing::snapshot;
using ::testing::StartsWith;
using testing::text_part;

template <class Error, class Call>
std::string task_refusal_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "not refused";
  return {};
}

TEST_F(Seed004SessionTasks, ANewTaskIsQueuedAndHoldsWhatItWasGiven) {
  const SessionTask task = tasks_.create({.kind = "subagent",
                                          .display_name = "Test Runner",
                                          .spec = {{"instructions", "run them"}},
                                          .links = {.resource_ids = {"a", "a"}},
                                          .wake_policy = WakePolicy::on_activity});
  EXPECT_THAT(task.id, StartsWith("task_"));
  EXPECT_EQ(task.session_id, "s1");
  EXPECT_EQ(task.kind, kTaskKindSubagent);
  EXPECT_EQ(task.display_name, "Test Runner");
  EXPECT_EQ(task.spec["instructions"], "run them");
  EXPECT_EQ(task.state, queued);
  EXPECT_EQ(task.attempt, 1);
  EXPECT_THAT(task.links.resource_ids, ElementsAre("a"));
  EXPECT_EQ(task.wake_policy, WakePolicy::on_activity);
  EXPECT_EQ(task.created_at, clock_.now());
  EXPECT_EQ(task.updated_at, clock_.now());
  EXPECT_FALSE(task.started_at);
  EXPECT_EQ(tasks_.get(task.id), task);
}

TEST_F(Seed004SessionTasks, ATaskThatNobodyHasToStartIsCreatedRunning) {
  const SessionTask task = add("t1", running);
  EXPECT_EQ(task.state, running);
  EXPECT_EQ(task.started_at, clock_.now());
  EXPECT_EQ(add("t2", queued).wake_policy, WakePolicy::silent);
  EXPECT_EQ(tasks_.create({.kind = "k"}).wake_policy, WakePolicy::on_terminal);
}

TEST_F(Seed004SessionTasks, CreatingAnIdAgainReturnsTheTaskThatIsThere) {
  add("t1");
  const SessionTask changed = tasks_.update("t1", 1, {.summary = "half way"});
  const auto before = snapshot(task_json("t1"));
  clock_.advance(1000);
  EXPECT_EQ(tasks_.create({.kind = "other", .id = "t1", .display_name = "other"}), changed);
  EXPECT_EQ(snapshot(task_json("t1")), before);
  EXPECT_THAT(event_types(), ElementsAre("task.created", "task.updated"));
}

TEST_F(Seed004SessionTasks, WhatIsNoTaskIsRefusedAndNothingIsWritten) {
  EXPECT_THROW(tasks_.create({.kind = ""}), InvalidArgument);
  EXPECT_THROW(tasks_.create({.kind = "k", .id = "../t"}), InvalidArgument);
  EXPECT_THROW(tasks_.create({.kind = "k", .spec = Json::array()}), InvalidArgument);
  EXPECT_THROW(tasks_.create({.kind = "k", .display_name = "\xff"}), InvalidArgument);
  for (const SessionTaskState state : {awaiting_input, succeeded, failed, cancelled}) {
    EXPECT_THROW(tasks_.create({.kind = "k", .state = state}), InvalidArgument);
  }
  EXPECT_THAT(tasks_.list().entities, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(events_file(session())));
}

TEST_F(Seed004SessionTasks, WhatIsNotThereIsNotFound) {
  EXPECT_THROW(tasks_.get("missing"), NotFoundError);
  EXPECT_THROW(tasks_.update("missing", 1, {}), NotFoundError);
  EXPECT_THROW(tasks_.heartbeat("missing", 1), NotFoundError);
  EXPECT_THROW(tasks_.write_result("missing", 1, {}), NotFoundError);
  EXPECT_THROW(tasks_.begin_attempt("missing", "w"), NotFoundError);
  EXPECT_THROW(say("missing", "hi"), NotFoundError);
  EXPECT_THROW(tasks_.messages("missing"), NotFoundError);
  EXPECT_THROW(tasks_.request_cancel("missing"), NotFoundError);
  EXPECT_THROW(tasks_.start("missing"), NotFoundError);
  EXPECT_THROW(tasks_.get("../s1"), InvalidArgument);
  EXPECT_THROW(tasks_.update("../s1", 1, {}), InvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(directory("missing")));
  EXPECT_THROW(SessionTaskRegistry(root_ / "nowhere", options()), NotFoundError);
}

TEST_F(Seed004SessionTasks, TheListIsByAgeAndFiltered) {
  EXPECT_THAT(tasks_.list().entities, IsEmpty());
  add("b", queued);
  clock_.advance(1);
  add("a");
  tasks_.create({.kind = "monitor", .id = "c", .state = running});
  tasks_.update("c", 1, {.state = failed});
  testing::write(task_json("torn"), "{");
  std::filesystem::create_directories(directory("being_made"));
  const auto ids = [&](const SessionTaskFilter& filter) {
    std::vector<std::string> found;
    for (const SessionTask& task : tasks_.list(filter).entities) found.push_back(task.id);
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("b", "a", "c"));
  EXPECT_THAT(ids({.state = queued}), ElementsAre("b"));
  EXPECT_THAT(ids({.kind = "monitor"}), ElementsAre("c"));
  EXPECT_THAT(ids({.active = true}), ElementsAre("b", "a"));
  EXPECT_THAT(ids({.active = false}), ElementsAre("c"));
  ASSERT_EQ(tasks_.list().skipped.size(), 1U);
  EXPECT_EQ(tasks_.list().skipped[0].path, task_json("torn"));
}

// From every state, what the domain's table lists.
TEST_F(Seed004SessionTasks, EveryStepOfTheTableIsTakenAndNoOther) {
  const std::map<SessionTaskState, std::set<SessionTaskState>> steps = {
      {queued, {running, failed, cancelled}},
      {running, {awaiting_input, succeeded, failed, cancelled}},
      {awaiting_input, {running, failed, cancelled}},
  };
  int pairs = 0;
  for (const auto& [from, from_word] : Vocabulary<SessionTaskState>::words) {
    for (const auto& [to, to_word] : Vocabulary<SessionTaskState>::words) {
      SCOPED_TRACE(::testing::Message() << from_word << " to " << to_word);
      const std::string id = std::string(from_word) + "-" + std::string(to_word);
      add(id);
      Json json = Json::parse(read(task_json(id)));
      json["state"] = from_word;
      testing::write(task_json(id), json.dump());
      const auto before = snapshot(task_json(id));
      const auto step = steps.find(from);
      if (step == steps.end() || from == to) {
        EXPECT_EQ(tasks_.update(id, 1, {.state = to}).state, from);
      } else if (step->second.count(to) > 0) {
        EXPECT_EQ(tasks_.update(id, 1, {.state = to}).state, to);
        EXPECT_EQ(state_of(id), to);
      } else {
        EXPECT_THROW(tasks_.update(id, 1, {.state = to, .summary = "s"}), InvalidTransition);
        EXPECT_EQ(snapshot(task_json(id)), before);
      }
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 6 * 6);
}

TEST_F(Seed004SessionTasks, ATaskThatEndedStaysEndedWhileContentStillArrives) {
  add("t1");
  tasks_.update("t1", 1, {.state = failed, .error = TaskError{.kind = "timeout"}});
  const SessionTask after =
      tasks_.update("t1", 1, {.state = succeeded, .summary = "it did work, late"});
  EXPECT_EQ(after.state, failed);
  EXPECT_EQ(after.summary, "it did work, late");
  EXPECT_EQ(tasks_.get("t1"), after);
  const auto before = snapshot(task_json("t1"));
  clock_.advance(1000);
  EXPECT_EQ(tasks_.heartbeat("t1", 1), after);
  EXPECT_EQ(tasks_.request_cancel("t1"), after);
  EXPECT_EQ(snapshot(task_json("t1")), before);
}

TEST_F(Seed004SessionTasks, ASupersededAttemptWritesNothing) {
  add("t1");
  EXPECT_EQ(tasks_.begin_attempt("t1", "w2").attempt, 2);
  EXPECT_EQ(tasks_.get("t1").worker_id, "w2");
  EXPECT_EQ(tasks_.get("t1").heartbeat_at, clock_.now());
  EXPECT_EQ(state_of("t1"), running);
  const auto before = snapshot(task_json("t1"));
  const auto names = testing::names_in(directory("t1"));
  const auto told = events();
  const std::string reason = task_refusal_of<SupersededError>(
      [&] { tasks_.update("t1", 1, {.state = succeeded, .summary = "late"}); });
  EXPECT_THAT(reason, AllOf(HasSubstr("attempt 1"), HasSubstr("attempt 2"), HasSubstr("t1")));
  EXPECT_THROW(tasks_.update("t1", 3, {.summary = "early"}), SupersededError);
  EXPECT_THROW(tasks_.heartbeat("t1", 1), SupersededError);
  EXPECT_THROW(tasks_.write_result("t1", 1, 1), SupersededError);
  EXPECT_THROW(tasks_.post_message("t1", {.direction = MessageDirection::outbound,
                                          .content = {text_part("late")},
                                          .attempt = 1}),
               SupersededError);
  EXPECT_EQ(snapshot(task_json("t1")), before);
  EXPECT_EQ(testing::names_in(directory("t1")), names);
  EXPECT_EQ(events(), told);
  EXPECT_EQ(tasks_.update("t1", 2, {.state = succeeded}).state, succeeded);
  EXPECT_THROW(tasks_.begin_attempt("t1", "w3"), InvalidTransition);
  EXPECT_EQ(tasks_.get("t1").attempt, 2);
}

TEST_F(Seed004SessionTasks, ANewAttemptKeepsTheQuestionThatIsOpen) {
  add("t1");
  ask("t1", "r1");
  tasks_.begin_attempt("t1", "w2");
  EXPECT_EQ(state_of("t1"), awaiting_input);
  reply("t1", "r1");
  EXPECT_EQ(state_of("t1"), running);
}

TEST_F(Seed004SessionTasks, AHeartbeatIsKeptButTellsNobody) {
  add("t1");
  clock_.advance(5000);
  EXPECT_EQ(tasks_.heartbeat("t1", 1).heartbeat_at, clock_.now());
  EXPECT_EQ(tasks_.get("t1").heartbeat_at, clock_.now());
  EXPECT_THAT(event_types(), ElementsAre("task.created"));
}

TEST_F(Seed004SessionTasks, AQuestionWaitsForTheReplyThatNamesIt) {
  add("t1");
  const SessionTask asked = tasks_.update(
      "t1", 1,
      {.input_request = TaskInputRequest{.prompt = "which?", .expected = Json{{"type", "int"}}}});
  EXPECT_EQ(asked.state, awaiting_input);
  ASSERT_TRUE(asked.input_request.id) << "a question without an id is given one";
  const TaskMessage answer = reply("t1", *asked.input_request.id);
  EXPECT_EQ(answer.in_reply_to, asked.input_request.id);
  EXPECT_EQ(state_of("t1"), running);
  EXPECT_EQ(tasks_.get("t1").input_request, TaskInputRequest{});
  EXPECT_THAT(tasks_.messages("t1"), ElementsAre(answer));
}

TEST_F(Seed004SessionTasks, AReplyToAnotherQuestionIsRefusedAndNothingIsWritten) {
  add("t1");
  const auto refused = [&](const std::string& request) {
    return task_refusal_of<NotFoundError>([&] { reply("t1", request); });
  };
  EXPECT_THAT(refused("r1"), AllOf(HasSubstr("t1"), HasSubstr("r1")));
  ask("t1", "r1");
  const auto before = snapshot(task_json("t1"));
  EXPECT_THAT(refused("r2"), AllOf(HasSubstr("t1"), HasSubstr("r2"), HasSubstr("r1")));
  EXPECT_EQ(snapshot(task_json("t1")), before);
  EXPECT_THAT(tasks_.messages("t1"), IsEmpty());
  reply("t1", "r1");
  refused("r1");
  EXPECT_EQ(tasks_.messages("t1").size(), 1U);
}

TEST_F(Seed004SessionTasks, AMessageThatIsNoReplyLeavesTheQuestionOpen) {
  add("t1");
  ask("t1", "r1");
  say("t1", "by the way");
  EXPECT_EQ(state_of("t1"), awaiting_input);
  EXPECT_EQ(tasks_.get("t1").input_request.id, "r1");
}

TEST_F(Seed004SessionTasks, MessagesOfEveryTypeOfPartAreReadBackAsTheyWereWritten) {
  add("t1");
  const std::vector<MessagePart> content = {
      text_part("first\nlines"),
      {.type = PartType::data, .data = Json{{"n", 1}, {"list", {1, 2}}}},
      {.type = PartType::file, .path = "tasks/t1/report.md"},
      text_part("last")};
  const TaskMessage in = tasks_.post_message("t1", {.content = content});
  const TaskMessage out = tasks_.post_message(
      "t1", {.direction = MessageDirection::outbound, .content = content, .in_reply_to = in.id});
  EXPECT_THAT(in.id, StartsWith("tmsg_"));
  EXPECT_EQ(in.task_id, "t1");
  EXPECT_EQ(in.created_at, clock_.now());
  EXPECT_EQ(in.content, content);
  EXPECT_THAT(tasks_.messages("t1"), ElementsAre(in, out));
  EXPECT_EQ(task_message_text(in), "first\nlines\ntasks/t1/report.md\nlast");
}

TEST_F(Seed004SessionTasks, APartHasWhatItsTypeSaysAndNothingElse) {
  add("t1");
  const std::vector<std::vector<MessagePart>> bad = {
      {},
      {{.type = PartType::text}},
      {{.type = PartType::text, .data = Json(1)}},
      {{.type = PartType::text, .text = "t", .path = "p"}},
      {{.type = PartType::data, .text = "t"}},
      {{.type = PartType::data, .data = Json()}},
      {{.type = PartType::file}},
      {text_part("good"), {.type = PartType::file, .text = "t", .path = "p"}},
      {text_part("\xff")},
  };
  for (const std::vector<MessagePart>& content : bad) {
    EXPECT_THROW(tasks_.post_message("t1", {.content = content}), InvalidArgument);
  }
  EXPECT_THAT(tasks_.messages("t1"), IsEmpty());
  EXPECT_THAT(event_types(), ElementsAre("task.created"));
}

TEST_F(Seed004SessionTasks, ALineThatACrashToreIsSkippedNowAndBetweenOthers) {
  add("t1");
  const TaskMessage first = say("t1", "first");
  const std::string line = read(directory("t1") / kMessagesFile);
  testing::write(directory("t1") / kMessagesFile, line + line.substr(0, line.size() / 2));
  EXPECT_THAT(tasks_.messages("t1"), ElementsAre(first));
  const TaskMessage second = say("t1", "second");
  EXPECT_THAT(tasks_.messages("t1"), ElementsAre(first, second));
}

TEST_F(Seed004SessionTasks, AResultIsAFileThatTheTaskNames) {
  add("t1");
  const Json result = {{"passed", 12}, {"names", {"a", "b"}}};
  EXPECT_EQ(tasks_.write_result("t1", 1, result).result_path, "tasks/t1/result.json");
  EXPECT_EQ(Json::parse(read(session() / *tasks_.get("t1").result_path)), result);
  tasks_.update("t1", 1, {.state = succeeded});
  tasks_.write_result("t1", 1, "plain");
  EXPECT_EQ(read(directory("t1") / kResultFile), "\"plain\"\n");
  EXPECT_THROW(tasks_.write_result("t1", 1, "\xff"), InvalidArgument);
  EXPECT_EQ(read(directory("t1") / kResultFile), "\"plain\"\n");
}

TEST_F(Seed004SessionTasks, UnknownFieldsOfATaskSurvive) {
  add("t1");
  Json json = Json::parse(read(task_json("t1")));
  json["theirs"] = {{"z", 1}};
  testing::write(task_json("t1"), json.dump());
  tasks_.update("t1", 1, {.progress = TaskProgress{.current = 1}});
  EXPECT_EQ(Json::parse(read(task_json("t1")))["theirs"], json["theirs"]);
}

TEST_F(Seed004SessionTasks, EveryChangeIsASnapshotOnTheSessionsEvents) {
  add("t1", running);
  ask("t1", "r1");
  const TaskMessage answer = reply("t1", "r1");
  const TaskMessage said = say("t1", "done", MessageDirection::outbound);
  tasks_.update("t1", 1, {.state = succeeded, .summary = "all of it"});
  tasks_.update("t1", 1, {.summary = "all of it"});  // as before, at the same moment
  const std::vector<Json> told = events();
  EXPECT_THAT(event_types(), ElementsAre("task.created", "task.updated", "task.message.inbound",
                                         "task.updated", "task.message.outbound", "task.updated"));
  for (const Json& event : told) {
    EXPECT_EQ(event["session_id"], "s1");
    EXPECT_EQ(event["metadata"]["session_task_id"], "t1");
    EXPECT_FALSE(event.contains("task_id")) << "that is a work item of the project";
    EXPECT_EQ(event["lane"], "background");
  }
  EXPECT_EQ(told[0]["data"]["state"], "running");
  EXPECT_EQ(told[1]["data"]["input_request"]["id"], "r1");
  EXPECT_EQ(told[2]["data"]["id"], answer.id);
  EXPECT_EQ(told[3]["data"]["state"], "running");
  EXPECT_EQ(told[4]["data"]["id"], said.id);
  EXPECT_EQ(Codec<SessionTask>::decode(told[5]["data"], Place(task_json("t1"))), tasks_.get("t1"));
}

TEST_F(Seed004SessionTasks, TheWakePolicyDecidesWhatTheOwnerHearsOf) {
  for (const auto& [policy, word] : Vocabulary<WakePolicy>::words) {
    const std::string id(word);
    add(id, running, policy);
    tasks_.update(id, 1, {.progress = TaskProgress{.current = 1}});
    ask(id, "r1");
    tasks_.update(id, 1, {.state_detail = "still waiting"});
    reply(id, "r1");
    say(id, "more", MessageDirection::inbound);
    say(id, "result", MessageDirection::outbound);
    tasks_.update(id, 1, {.state = succeeded});
    tasks_.update(id, 1, {.state = failed, .summary = "afterwards"});
  }
  EXPECT_THAT(woken(), ElementsAre("on_terminal succeeded", "on_activity awaiting_input",
                                   "on_activity running", "on_activity succeeded"));
}

TEST_F(Seed004SessionTasks, TheCallbackSeesWhatIsWrittenAndMayWriteItself) {
  std::vector<std::string> seen;
  SessionTaskRegistry* self = nullptr;
  SessionTaskRegistry tasks(session(), options(), [&](const SessionTask& task) {
    EXPECT_EQ(self->get(task.id), task);
    EXPECT_EQ(events().back()["data"]["state"], to_text(task.state));
    seen.push_back(task.id);
    if (task.id == "t1") self->request_cancel("t2");
  });
  self = &tasks;
  tasks.create({.kind = "work", .id = "t1", .state = running});
  tasks.create({.kind = "work", .id = "t2"});
  tasks.update("t1", 1, {.state = succeeded});
  EXPECT_THAT(seen, ElementsAre("t1", "t2"));
}

TEST_F(Seed004SessionTasks, ACallbackThatThrowsBreaksNoWriteAndIsAnEventOfTheSession) {
  for (const bool standard : {true, false}) {
    SessionTaskRegistry tasks(session(), options(), [&](const SessionTask&) {
      if (standard) throw std::runtime_error("no such owner \xff");
      throw 7;
    });
    const std::string id = standard ? "t1" : "t2";
    tasks.create({.kind = "work", .id = id, .state = running});
    EXPECT_EQ(tasks.update(id, 1, {.state = succeeded}).state, succeeded);
    EXPECT_EQ(state_of(id), succeeded);
    const Json last = events().back();
    EXPECT_EQ(last["type"], "error");
    EXPECT_EQ(last["metadata"]["session_task_id"], id);
    EXPECT_THAT(last["message"].get<std::string>(), HasSubstr("wake callback"));
    EXPECT_THAT(last["message"].get<std::string>(),
                HasSubstr(standard ? "no such owner" : "unknown type"));
  }
}

}  // namespace
}  // namespace tain
