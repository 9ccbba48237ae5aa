#include "core/model/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/event.h"
#include "core/model/session.h"

namespace tain {
namespace json_schema_test {

enum class Color { red, green };

struct Inner {
  std::string must = {};
  std::optional<std::string> may = {};
};

struct Outer {
  std::string text = {};
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  Timestamp time = {};
  Color word = Color::red;
  std::optional<Color> optional_word = {};
  std::vector<std::string> list = {};
  Inner inner = {};
  std::vector<Inner> inners = {};
  Json open = Json::object();
  Json any = nullptr;
  std::optional<Json> optional_any = {};
};

}  // namespace json_schema_test

using json_schema_test::Color;
using json_schema_test::Inner;
using json_schema_test::Outer;
using ::testing::MatchesRegex;
using ::testing::Not;

template <>
struct Vocabulary<Color> {
  static constexpr auto words = std::to_array<std::pair<Color, std::string_view>>({
      {Color::red, "red"},
      {Color::green, "green"},
  });
};

template <>
struct Description<Inner> {
  static constexpr auto fields = std::tuple{
      required("must", &Inner::must),
      optional("may", &Inner::may, "or not"),
  };
};

template <>
struct Description<Outer> {
  static constexpr std::string_view name = "outer";
  static constexpr auto fields = std::tuple{
      required("text", &Outer::text, "what it says"),
      required("integer", &Outer::integer),
      optional("real", &Outer::real),
      optional("boolean", &Outer::boolean),
      required("time", &Outer::time),
      required("word", &Outer::word),
      optional("optional_word", &Outer::optional_word),
      optional("list", &Outer::list),
      nested("inner", &Outer::inner, "", "what is in it"),
      without_column("inners", &Outer::inners),
      optional("open", &Outer::open),
      optional("any", &Outer::any),
      optional("optional_any", &Outer::optional_any),
  };
};

namespace {

Json property_schema(const std::string& name) {
  return json_schema_of<Outer>()["properties"][name];
}

TEST(JsonSchema, BeginsWithWhatItIs) {
  const Json schema = json_schema_of<Outer>("The file x.json");
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["$id"], "urn:tain:schema:outer");
  EXPECT_EQ(schema["title"], "outer");
  EXPECT_EQ(schema["description"], "The file x.json");
  EXPECT_EQ(schema["type"], "object");
}

TEST(JsonSchema, RequiresWhatCoreRequires) {
  EXPECT_EQ(json_schema_of<Outer>()["required"],
            Json::parse(R"(["text","integer","time","word"])"));
}

TEST(JsonSchema, EveryKindOfFieldHasItsType) {
  EXPECT_EQ(property_schema("text"),
            Json::parse(R"({"type":"string","description":"what it says"})"));
  EXPECT_EQ(property_schema("integer"), Json::parse(R"({"type":"integer"})"));
  EXPECT_EQ(property_schema("word"), Json::parse(R"({"type":"string","enum":["red","green"]})"));
  EXPECT_EQ(property_schema("any"), Json::object());
  EXPECT_EQ(property_schema("optional_any"), Json::object());
}

TEST(JsonSchema, WhatMayBeAbsentMayBeNull) {
  EXPECT_EQ(property_schema("real"), Json::parse(R"({"type":["number","null"]})"));
  EXPECT_EQ(property_schema("boolean"), Json::parse(R"({"type":["boolean","null"]})"));
  EXPECT_EQ(property_schema("open"), Json::parse(R"({"type":["object","null"]})"));
  EXPECT_EQ(property_schema("list"),
            Json::parse(R"({"type":["array","null"],"items":{"type":"string"}})"));
  EXPECT_EQ(property_schema("optional_word"),
            Json::parse(R"({"type":["string","null"],"enum":["red","green",null]})"));
}

TEST(JsonSchema, WhatIsInsideStandsInside) {
  const Json inner = Json::parse(R"({"type":"object","properties":{"must":{"type":"string"},
      "may":{"type":["string","null"],"description":"or not"}},"required":["must"]})");
  EXPECT_EQ(property_schema("inners")["items"], inner);
  EXPECT_EQ(property_schema("inner")["properties"], inner["properties"]);
  EXPECT_EQ(property_schema("inner")["required"], inner["required"]);
  EXPECT_EQ(property_schema("inner")["description"], "what is in it");
}

TEST(JsonSchema, UnknownFieldsAreAllowedEverywhere) {
  EXPECT_EQ(json_schema_of<Session>().dump().find("additionalProperties"), std::string::npos);
}

TEST(JsonSchema, ATimeIsAllowedAsCoreWritesIt) {
  const Json time = property_schema("time");
  EXPECT_EQ(time["type"], "string");
  EXPECT_EQ(time["format"], "date-time");
  const std::string pattern = time["pattern"].get<std::string>();
  EXPECT_THAT(format_time({0}), MatchesRegex(pattern));
  EXPECT_THAT(format_time({1'771'243'200'123}), MatchesRegex(pattern));
  for (const char* other : {"2026-02-16T12:00:00Z", "2026-02-16T12:00:00.123456Z",
                            "2026-02-16T12:00:00.123+01:00", "2026-02-16 12:00:00.123Z"}) {
    EXPECT_THAT(other, Not(MatchesRegex(pattern)));
  }
}

TEST(JsonSchema, FieldsOfABaseBelongToTheEntity) {
  const Json usage = json_schema_of<Event>()["properties"]["usage"]["properties"];
  EXPECT_TRUE(usage.contains("model"));
  EXPECT_TRUE(usage.contains("input_tokens"));
}

}  // namespace
}  // namespace tain
