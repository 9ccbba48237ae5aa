#include "core/model/codec.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/model/agent_run.h"
#include "core/model/event.h"
#include "core/model/session.h"

namespace tain {
namespace {

const std::filesystem::path kFile = "/p/state.json";

template <class E>
E decode(const Json& json) {
  return Codec<E>::decode(json, Place(kFile));
}

Json minimal_session() {
  return Json::parse(R"({"session_id":"s1","session_type":"full","status":"running",
                         "created_at":"2026-01-12T00:00:00Z"})");
}

// What is in `json` after `change` was made to the entity that it holds.
template <class E>
Json changed(Json json, const std::function<void(E&)>& change) {
  const E base = decode<E>(json);
  E value = base;
  change(value);
  merge(json, base, value);
  return json;
}

TEST(Codec, AnEntityIsWhatItsEncodingSays) {
  Session session = decode<Session>(minimal_session());
  session.goals.high_level = {"g"};
  session.commits = {{"abc", "message", 2, Timestamp{1000}}};
  session.build_progress = {3, {1, 2}, 3};
  session.metadata.spawn_source = SpawnSource::cli;
  session.metadata.context = {{"k", 1}};
  session.env = {{"PATH", "/bin"}};
  session.open_questions = {"why?", Json{{"q", "how?"}}};
  session.error = {"broke", "build"};
  session.completed_at = Timestamp{5};
  EXPECT_EQ(decode<Session>(Codec<Session>::encode(session)), session);
}

TEST(Codec, AbsentAndNullFieldsReadAsAbsent) {
  Json json = minimal_session();
  json["topic"] = nullptr;
  json["git"] = nullptr;
  json["commits"] = nullptr;
  const Session session = decode<Session>(json);
  EXPECT_EQ(session.topic, "");
  EXPECT_FALSE(session.git.branch);
  EXPECT_TRUE(session.commits.empty());
}

TEST(Codec, WhatAnEntityDoesNotHaveIsNotWritten) {
  const Json json = Codec<Event>::encode({.id = "e", .at = {0}, .type = "log"});
  EXPECT_EQ(json.dump(), R"({"id":"e","at":"1970-01-01T00:00:00.000Z","type":"log"})");
}

TEST(Codec, AnEventsUsageHasTheModelBesideTheTokens) {
  Event event{.id = "e", .at = {0}, .type = "log"};
  event.usage = EventUsage{{.input_tokens = 7}, "m"};
  const Json json = Codec<Event>::encode(event);
  EXPECT_EQ(json["usage"].dump(), R"({"model":"m","input_tokens":7})");
  EXPECT_EQ(decode<Event>(json), event);
}

struct Misfit {
  const char* place;
  const char* patch;     // a merge patch on a minimal session
  const char* expected;  // a part of the message
};

TEST(Codec, AFieldThatDoesNotFitIsNamedWithItsPlaceWhatWasExpectedAndWhatWasFound) {
  for (const auto& [place, patch, expected] : std::vector<Misfit>{
           {"/session_id", R"({"session_id":null})", "expected a value, found nothing"},
           {"/session_id", R"({"session_id":7})", "expected text, found 7"},
           {"/status", R"({"status":"sleeping"})", "spawning, running"},
           {"/current_phase", R"({"current_phase":"finish"})", "docs or complete"},
           {"/created_at", R"({"created_at":"yesterday"})", "a time such as"},
           {"/created_at", R"({"created_at":1771243200})", "a time such as"},
           {"/commits", R"({"commits":{}})", "expected an array, found an object"},
           {"/commits/1/sha", R"({"commits":[{},{"sha":1}]})", "expected text"},
           {"/commits/0", R"({"commits":[null]})", "expected an object, found null"},
           {"/git", R"({"git":"main"})", "expected an object"},
           {"/metadata/skills/2", R"({"metadata":{"skills":["a","b",3]}})", "expected text"},
           {"/build_progress/checkpoints_total", R"({"build_progress":{"checkpoints_total":1.5}})",
            "a 64-bit integer"},
           {"/build_progress/checkpoints_total",
            R"({"build_progress":{"checkpoints_total":9223372036854775808}})",
            "a 64-bit integer"}}) {
    Json json = minimal_session();
    json.merge_patch(Json::parse(patch));
    try {
      decode<Session>(json);
      ADD_FAILURE() << "accepted: " << patch;
    } catch (const SchemaError& error) {
      EXPECT_EQ(error.place(), place);
      EXPECT_EQ(error.path(), kFile);
      EXPECT_THAT(error.what(), ::testing::HasSubstr(expected));
    }
  }
}

TEST(Codec, AMessageQuotesNoMoreThanALine) {
  try {
    Json json = minimal_session();
    json["status"] = std::string(100'000, 'x');
    decode<Session>(json);
    FAIL() << "accepted";
  } catch (const SchemaError& error) {
    EXPECT_LT(std::string(error.what()).size(), 400U);
  }
}

TEST(Merge, WhatDidNotChangeKeepsItsSpelling) {
  const Json before = minimal_session();
  const Json after = changed<Session>(before, [](Session& s) { s.status = SessionStatus::paused; });
  EXPECT_EQ(after.dump(), R"({"session_id":"s1","session_type":"full","status":"paused",)"
                          R"("created_at":"2026-01-12T00:00:00Z"})");
}

TEST(Merge, AChangedFieldStaysAtItsPlaceAndANewOneGoesToTheEnd) {
  const Json after = changed<Session>(
      Json::parse(R"({"status":"running","x":1,"session_id":"s","session_type":"full",
                      "created_at":"2026-01-12T00:00:00Z","y":2})"),
      [](Session& s) {
        s.status = SessionStatus::paused;
        s.topic = "new";
      });
  EXPECT_EQ(after.dump(), R"({"status":"paused","x":1,"session_id":"s","session_type":"full",)"
                          R"("created_at":"2026-01-12T00:00:00Z","y":2,"topic":"new"})");
}

TEST(Merge, UnknownFieldsOfNestedObjectsStay) {
  Json before = minimal_session();
  before["git"] = Json::parse(R"({"remote":"r","branch":"old","z":[1.0]})");
  const Json after = changed<Session>(before, [](Session& s) { s.git.branch = "new"; });
  EXPECT_EQ(after["git"].dump(), R"({"remote":"r","branch":"new","z":[1.0]})");
}

TEST(Merge, AFieldThatWasTakenAwayIsGone) {
  Json before = minimal_session();
  before["summary"] = "s";
  const Json after = changed<Session>(before, [](Session& s) { s.summary.reset(); });
  EXPECT_FALSE(after.contains("summary"));
  EXPECT_FALSE(decode<Session>(after).summary);
}

class MergeListTest : public ::testing::Test {
 protected:
  // The commits after `change`, one line each: "<sha>:<unknown field>".
  static std::string after(const std::function<void(std::vector<Commit>&)>& change) {
    Json before = minimal_session();
    before["commits"] = Json::parse(R"([{"sha":"a","message":"ma","extra":"xa"},
                                        {"extra":"xb","sha":"b","message":"mb"},
                                        {"sha":"c","message":"mc","extra":"xc"}])");
    const Json json = changed<Session>(before, [&](Session& s) { change(s.commits); });
    std::string text;
    for (const Json& commit : json["commits"]) {
      text += commit["sha"].get<std::string>() + ":" + commit.value("extra", "-") + " ";
    }
    return text;
  }
};

TEST_F(MergeListTest, UnknownFieldsOfElementsStayWithTheirElement) {
  EXPECT_EQ(after([](auto& c) { c[1].message = "new"; }), "a:xa b:xb c:xc ");
  EXPECT_EQ(after([](auto& c) { c.push_back({"d", "md", {}, {}}); }), "a:xa b:xb c:xc d:- ");
  EXPECT_EQ(after([](auto& c) {
              c.insert(c.begin(), {"d", "md", {}, {}});
            }),
            "d:- a:xa b:xb c:xc ");
  EXPECT_EQ(after([](auto& c) { c.erase(c.begin()); }), "b:xb c:xc ");
  EXPECT_EQ(after([](auto& c) { c.pop_back(); }), "a:xa b:xb ");
  EXPECT_EQ(after([](auto& c) { std::swap(c[0], c[2]); }), "c:xc b:xb a:xa ");
  EXPECT_EQ(after([](auto& c) { c.clear(); }), "");
}

TEST_F(MergeListTest, AnElementThatMovedAndChangedIsKnownByWhatItKept) {
  EXPECT_EQ(after([](auto& c) {
              c.erase(c.begin());
              c[0].message = "new";
            }),
            "b:xb c:xc ");
  EXPECT_EQ(after([](auto& c) {
              c.erase(c.begin());
              c.push_back({"d", "md", {}, {}});
            }),
            "b:xb c:xc d:- ");
}

TEST_F(MergeListTest, AnElementOfWhichAllChangedIsKnownByItsPlace) {
  EXPECT_EQ(after([](auto& c) { c[1] = {"n", "new", 1, {}}; }), "a:xa n:xb c:xc ");
}

TEST(Merge, AListThatTheFileLacksIsMade) {
  const Json after = changed<Session>(minimal_session(), [](Session& s) {
    s.commits.push_back({"a", "m", {}, {}});
    s.goals.detailed = {"d"};
  });
  EXPECT_EQ(after["commits"].dump(), R"([{"sha":"a","message":"m"}])");
  EXPECT_EQ(after["goals"].dump(), R"({"detailed":["d"]})");
}

TEST(Vocabulary, EveryWordReadsBackAsItself) {
  const auto check = []<class E>(E) {
    for (const auto& [value, word] : Vocabulary<E>::words) {
      EXPECT_EQ(to_text(value), word);
      EXPECT_EQ(from_text<E>(word), value);
    }
    EXPECT_EQ(from_text<E>("no such word"), std::nullopt);
    EXPECT_EQ(from_text<E>(""), std::nullopt);
  };
  check(SessionType{});
  check(SessionStatus{});
  check(Phase{});
  check(SpawnSource{});
  check(AgentRunStatus{});
  check(ActorType{});
  check(Lane{});
}

TEST(Vocabulary, AWordThatAPersonMistypedIsAnsweredWithTheList) {
  EXPECT_EQ(parse_word<SessionType>("type", "quick"), SessionType::quick);
  try {
    parse_word<SessionType>("type", "fast");
    FAIL() << "accepted";
  } catch (const InvalidArgument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("full, quick or research, got \"fast\""));
  }
}

}  // namespace
}  // namespace tain
