#include "core/json/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace tain {
namespace {

TEST(Ids, AnIdIsItsPrefixTheMillisecondsAndNineRandomCharacters) {
  EXPECT_THAT(make_id("sess", {1'771'243'200'123}),
              ::testing::MatchesRegex("sess_1771243200123_[a-z0-9]{9}"));
  EXPECT_TRUE(is_valid_id(make_id("sess", {1})));
}

TEST(Ids, IdsOfTheSameMomentDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(make_id("evt", {1'771'243'200'000}));
  EXPECT_EQ(ids.size(), 10'000U);
}

TEST(Ids, LaterIdsSortBehindEarlierOnes) {
  EXPECT_LT(make_id("evt", {1'771'243'200'000}), make_id("evt", {1'771'243'200'001}));
}

TEST(Ids, RandomTextHasTheLengthAskedForAndUsesTheWholeAlphabet) {
  EXPECT_EQ(random_text(0), "");
  const std::string text = random_text(5'000);
  EXPECT_EQ(text.size(), 5'000U);
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 36U);
}

TEST(Ids, SlugsAreIds) {
  for (const std::string& id :
       {std::string("2026-02-16_topic_j3ehqn"), std::string("a"), std::string("A.b_c-d"),
        std::string("a..b"), std::string(128, 'x')}) {
    EXPECT_TRUE(is_valid_id(id)) << id;
  }
}

TEST(Ids, WhatCouldLeaveItsDirectoryOrHideInItIsRefused) {
  using namespace std::string_literals;
  for (const std::string& id :
       {""s, "."s, ".."s, ".hidden"s, "../x"s, "a/b"s, "/a"s, "a\\b"s, "a b"s, "a\n"s, "a\0b"s,
        "é"s, "a:b"s, "~"s, std::string(129, 'x')}) {
    EXPECT_FALSE(is_valid_id(id)) << id;
    EXPECT_THROW(require_valid_id("session id", id), InvalidArgument) << id;
  }
}

TEST(Ids, TheRefusalNamesTheArgumentAndTheRule) {
  try {
    require_valid_id("session id", "../x");
    FAIL() << "accepted";
  } catch (const InvalidArgument& error) {
    EXPECT_THAT(error.what(), ::testing::AllOf(::testing::HasSubstr("session id"),
                                               ::testing::HasSubstr("1 to 128"),
                                               ::testing::HasSubstr("\"../x\"")));
  }
}

}  // namespace
}  // namespace tain
