// Events that core appends, those of others, and messages, read back by SQL.

#include "syncd/layout/line_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::MirrorFixture;

using Row = std::map<std::string, std::string>;

SessionStateManager new_session(MirrorFixture& tree) {
  NewSession fresh;
  fresh.topic = "events";
  fresh.id = "sess_1";
  return SessionStateManager::create(tree.root(), fresh, tree.session_options());
}

class NativeEvents : public ::testing::Test {
 protected:
  MirrorFixture tree;
  SessionStateManager session = new_session(tree);
  const std::string folder = ".tain/sessions/sess_1/";
};

Event full_event() {
  Event event;
  event.id = "evt_1";
  event.at = {1'771'243'209'000};
  event.type = "tool.used";
  event.task_id = "task_1";
  event.agent_run_id = "run_1";
  event.actor = {ActorType::agent, "builder"};
  event.lane = Lane::implementation;
  event.title = "a title";
  event.body = "a body";
  event.message = "a message";
  event.classification = Classification{Lane::user, {"x"}, {"a rule"}};
  event.metadata = Json{{"relation_type", "child"}};
  event.usage.model = "model-x";
  event.usage.input_tokens = 1;
  event.usage.output_tokens = 2;
  event.usage.cache_read_tokens = 3;
  event.usage.cache_write_tokens = 4;
  event.usage.cost_usd = 0.5;
  event.data = Json{{"file", "a.cc"}};
  return event;
}

TEST_F(NativeEvents, AnEventFillsEveryColumn) {
  session.append_event(full_event());
  tree.catch_up();
  const std::string log = testing::read(tree.root() / folder / "events.jsonl");
  const Row expected{{"line_offset", "0"},
                     {"line_length", std::to_string(log.size() - 1)},
                     {"id", "evt_1"},
                     {"at", "1771243209000"},
                     {"type", "tool.used"},
                     {"task_id", "task_1"},
                     {"session_id", "sess_1"},
                     {"agent_run_id", "run_1"},
                     {"actor_type", "agent"},
                     {"actor_id", "builder"},
                     {"lane", "implementation"},
                     {"title", "a title"},
                     {"body", "a body"},
                     {"message", "a message"},
                     {"classification", R"({"lane":"user","tags":["x"],"matches":["a rule"]})"},
                     {"metadata", R"({"relation_type":"child"})"},
                     {"model", "model-x"},
                     {"input_tokens", "1"},
                     {"output_tokens", "2"},
                     {"cache_read_tokens", "3"},
                     {"cache_write_tokens", "4"},
                     {"cost_usd", "0.5"},
                     {"data", R"({"file":"a.cc"})"},
                     {"extra", "NULL"},
                     {"left_in_file", "NULL"}};
  EXPECT_EQ(tree.own_columns("events", folder + "events.jsonl"), expected);
}

TEST_F(NativeEvents, FieldsOfAnEventThatNoColumnHasStandInExtra) {
  tree.write(folder + "events.jsonl",
             R"({"id": "e1", "type": "log", "colour": "red", "nested": {"a": [1, null]}, )"
             R"("actor": "me", "usage": {"input_tokens": 1, "steps": 2}, "q\"uote": true})"
             "\n");
  tree.catch_up();
  EXPECT_EQ(tree.cell("SELECT extra FROM events"),
            R"({"colour":"red","nested":{"a":[1,null]},"actor":"me",)"
            R"("usage":{"input_tokens":1,"steps":2},"q\"uote":true})");
  EXPECT_EQ(tree.cell("SELECT json_extract(extra, '$.usage.steps') FROM events"), "2");
}

TEST(LongTexts, StayInTheFileAndTheRowLeadsThere) {
  syncd::SyncLimits limits;
  limits.max_body = 100;
  MirrorFixture tree(limits);
  SessionStateManager session = new_session(tree);
  Event event;
  event.type = "log";
  event.id = "e1";
  event.title = "short";
  session.append_event(event);
  event.id = "e2";
  event.title = std::string(100, 't');
  event.body = std::string(101, 'b');
  event.data = Json{{"long", std::string(200, 'd')}};
  session.append_event(event);
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT title, body, data, left_in_file FROM events WHERE id = 'e2'"),
              ElementsAre(Cells{std::string(100, 't'), "NULL", "NULL", R"(["body","data"])"}));
  const Cells place =
      tree.rows(
              "SELECT path, line_offset, line_length FROM events JOIN files USING (file_id) "
              "WHERE events.id = 'e2'")
          .at(0);
  const Json line =
      Json::parse(testing::read(place[0]).substr(std::stoul(place[1]), std::stoul(place[2])));
  EXPECT_EQ(line["body"], std::string(101, 'b'));
  EXPECT_EQ(tree.cell("SELECT left_in_file FROM events WHERE id = 'e1'"), "NULL");
}

TEST_F(NativeEvents, AnEventWithoutASessionsIdBelongsToTheSessionThatItLiesIn) {
  tree.write(folder + "events.jsonl", "{\"type\":\"a\"}\n{\"session_id\":\"other\"}\n");
  tree.write(".tain/tasks/t1/events.jsonl", "{\"type\":\"b\"}\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT session_id FROM events ORDER BY session_id"),
              ElementsAre(Cells{"NULL"}, Cells{"other"}, Cells{"sess_1"}));
}

TEST_F(NativeEvents, AnEventsFieldOfTheWrongTypeIsNullAndAnAnomalyWithItsLine) {
  tree.write(folder + "events.jsonl",
             "{\"type\":\"a\"}\n{\"type\": [1], \"at\": \"soon\", \"lane\": \"fast\"}\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT line_offset, type, at, lane FROM events"),
              ElementsAre(Cells{"0", "a", "NULL", "NULL"}, Cells{"13", "NULL", "NULL", "fast"}));
  EXPECT_THAT(
      tree.rows("SELECT line_offset, kind, place, detail FROM anomalies ORDER BY place"),
      ElementsAre(Cells{"13", "wrong type", "/at", "at: expected a time, found \"soon\""},
                  Cells{"13", "unknown word", "/lane", "lane: \"fast\""},
                  Cells{"13", "wrong type", "/type", "type: expected text, found an array"}));
}

TEST_F(NativeEvents, AnEventOfATasksLogBelongsToThatTask) {
  tree.write(".tain/tasks/t1/events.jsonl", "{\"type\":\"a\"}\n{\"task_id\":\"other\"}\n");
  tree.write(folder + "tasks/b1/events.jsonl", "{\"type\":\"c\"}\n");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT task_id, session_id FROM events ORDER BY file_id, line_offset"),
              ::testing::UnorderedElementsAre(Cells{"t1", "NULL"}, Cells{"other", "NULL"},
                                              Cells{"NULL", "sess_1"}));
}

TEST_F(NativeEvents, AnAbsentLaneIsThatOfTheClassificationOrElseOfTheType) {
  tree.write(folder + "events.jsonl",
             R"({"type": "user.message"})"
             "\n"
             R"({"type": "user.message", "lane": "todos"})"
             "\n"
             R"({"type": "user.message", "classification": {"lane": "planning"}})"
             "\n"
             R"({"type": "of.my.own"})"
             "\n"
             R"({"type": "user.message", "lane": 5})"
             "\n");
  tree.catch_up();
  EXPECT_THAT(
      tree.rows("SELECT lane FROM events ORDER BY line_offset"),
      ElementsAre(Cells{"user"}, Cells{"todos"}, Cells{"planning"}, Cells{"NULL"}, Cells{"NULL"}));
}

}  // namespace
}  // namespace tain
