#include "syncd/layout/json_prefix.h"

#include <gtest/gtest.h>

namespace tain::syncd {
namespace {

using State = JsonPrefix::State;

State state_after(std::string_view text) {
  JsonPrefix prefix;
  prefix.take(text);
  return prefix.state();
}

TEST(JsonPrefix, EveryBeginningOfAnObjectIsOpenAndTheWholeIsComplete) {
  const std::string_view object =
      "{\n  \"a\": [1, -2.5e+3, true, null, {}, []],\r\n\t\"b\\\"}\": {\"c\": \"]\"}\n}";
  for (std::size_t size = 0; size < object.size(); ++size) {
    EXPECT_EQ(state_after(object.substr(0, size)), State::open) << size;
  }
  EXPECT_EQ(state_after(object), State::complete);
}

TEST(JsonPrefix, ItTakesNothingBehindTheEnd) {
  JsonPrefix prefix;
  EXPECT_EQ(prefix.take("{\"a\": 1}{\"b\""), 8U);
  EXPECT_EQ(prefix.take("{\"b\""), 0U);
  EXPECT_EQ(prefix.state(), State::complete);
}

TEST(JsonPrefix, WhatCannotBecomeAnObjectIsBrokenWhereItGoesWrong) {
  for (const std::string_view text :
       {"{\"a\" 1", "{\"a\": 1 2", "{\"a\":, ", "{,", "{1", "[1, ]", "{\"a\": 1, }", "{\"a\": 1]",
        "[1}", "\"text\"", "42", "}", "x", "{\"a\": ~", "[1, {\"a\": 1} {"}) {
    EXPECT_EQ(state_after(text), State::broken) << text;
  }
  JsonPrefix prefix;
  EXPECT_EQ(prefix.take("{\"a\": 1 2}"), 8U);
}

TEST(JsonPrefix, AStringDoesNotGoOnInTheNextLine) {
  EXPECT_EQ(state_after("{\"a\": \"b\n"), State::broken);
  EXPECT_EQ(state_after("{\"a\n"), State::broken);
}

TEST(JsonPrefix, DepthHasALimit) {
  EXPECT_EQ(state_after(std::string(1000, '[')), State::open);
  EXPECT_EQ(state_after(std::string(1001, '[')), State::broken);
}

}  // namespace
}  // namespace tain::syncd
