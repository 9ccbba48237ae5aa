#include "core/state/config_store.h"

#include <gmock/gmock.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/project_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::HasSubstr;
using testing::read;
using testing::snapshot;
using ::testing::ThrowsMessage;

class Seed003Config : public testing::ProjectTest {
 protected:
  std::filesystem::path file() const { return config_file(root_.path()); }
  void set(const std::string& key, const Json& value) {
    set_config(root_.path(), key, value, options());
  }
  std::optional<ConfigEntry> get(const std::string& key) {
    return get_config(root_.path(), key, options());
  }
};

TEST_F(Seed003Config, WhatIsSetIsWhatIsRead) {
  EXPECT_FALSE(get("a"));
  for (const Json& value : {Json(nullptr), Json(true), Json(5), Json(0.5), Json("ä"), Json::array(),
                            Json::object(), Json{{"b", 1}, {"a", Json::array()}}}) {
    clock_.advance(1);
    set("a", value);
    ASSERT_TRUE(get("a"));
    EXPECT_EQ(get("a")->value.dump(), value.dump());
    EXPECT_EQ(get("a")->updated_at, clock_.now());
    EXPECT_TRUE(Json::parse(read(file()))["a"].contains("value"));
  }
  set("b", 1);
  EXPECT_EQ(list_config(root_.path(), options()).size(), 2u);
  EXPECT_EQ(list_config(root_.path(), options()).at("b").value, 1);
}

TEST_F(Seed003Config, AnUnsetKeyIsGone) {
  set("a", 1);
  set("b", 2);
  EXPECT_TRUE(unset_config(root_.path(), "a", options()));
  EXPECT_FALSE(unset_config(root_.path(), "a", options()));
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(get("b")->value, 2);
}

TEST_F(Seed003Config, WhatTheFileHoldsBesideStaysInItsOrder) {
  testing::write(file(), R"({"z": {"x": "mine", "value": 1}, "odd": 5, "a": {"value": 2}})");
  set("z", 3);
  set("new", "n");
  unset_config(root_.path(), "a", options());
  const std::string now = format_time(clock_.now());
  EXPECT_EQ(Json::parse(read(file())).dump(),
            R"({"z":{"x":"mine","value":3,"updated_at":")" + now +
                R"("},"odd":5,"new":{"value":"n","updated_at":")" + now + R"("}})");
}

TEST_F(Seed003Config, AnEntryThatIsNoneIsNamedAndStays) {
  testing::write(file(), R"({"odd": 5})");
  const auto before = snapshot(file());
  EXPECT_THAT([&] { get("odd"); }, ThrowsMessage<SchemaError>(HasSubstr("/odd")));
  EXPECT_THAT([&] { set("odd", 6); }, ThrowsMessage<SchemaError>(HasSubstr("/odd")));
  EXPECT_THROW(list_config(root_.path(), options()), SchemaError);
  EXPECT_EQ(snapshot(file()), before);
}

TEST_F(Seed003Config, AFileThatCannotBeRewrittenStays) {
  for (const char* bytes : {R"({"a": {"value": 1}, "a": {"value": 2}})", "[1]", "{"}) {
    testing::write(file(), bytes);
    EXPECT_THROW(set("a", 3), Error);
    EXPECT_EQ(read(file()), bytes);
  }
}

TEST_F(Seed003Config, TheSameValueIsNotWrittenAgain) {
  set("a", {1, 2});
  clock_.advance(5);
  const auto before = snapshot(file());
  set("a", {1, 2});
  EXPECT_EQ(snapshot(file()), before);
}

TEST_F(Seed003Config, AKeyIsOneTo128PrintableCharacters) {
  set("a key: with/any.thing ä", 1);
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "ä";
  set(longest, 1);
  const auto before = snapshot(file());
  for (const std::string& key :
       {std::string(), longest + "ä", std::string("a\nb"), std::string("a\0b", 3),
        std::string("\x7f"), std::string("\xC2\x85"), std::string("\xFF")}) {
    EXPECT_THROW(set(key, 1), InvalidArgument);
  }
  EXPECT_EQ(snapshot(file()), before);
}

TEST_F(Seed003Config, AValueThatCouldNotBeReadAgainIsRefused) {
  set("a", 1);
  const auto before = snapshot(file());
  Json deep = 1;
  for (std::size_t i = 0; i <= Document::kMaxDepth; ++i) deep = Json::array({deep});
  for (const Json& value : {deep, Json("\xFF"), Json(std::nan(""))}) {
    EXPECT_THROW(set("a", value), InvalidArgument);
  }
  EXPECT_EQ(snapshot(file()), before);
}

TEST_F(Seed003Config, WhereThereIsNoProjectNothingIsMade) {
  const testing::TempDir elsewhere;
  EXPECT_THROW(set_config(elsewhere.path(), "a", 1, options()), NotFoundError);
  EXPECT_FALSE(get_config(elsewhere.path(), "a", options()));
  EXPECT_TRUE(testing::names_in(elsewhere.path()).empty());
}

TEST_F(Seed003Config, ManyProcessesSetAtOnceAndLoseNothing) {
  constexpr int kKeys = 50;
  ASSERT_TRUE(testing::run_in_processes(4, [&](int process) {
    for (int i = 0; i < kKeys; ++i) {
      set("k" + std::to_string(process) + "." + std::to_string(i), i);
    }
  }));
  EXPECT_EQ(list_config(root_.path(), options()).size(), std::size_t{4 * kKeys});
}

}  // namespace
}  // namespace tain
