#include "syncd/sync/sync_settings.h"

#include <gtest/gtest.h>

#include "core/json/document.h"

namespace tain::syncd {
namespace {

const SyncSettings kSomeSettings = {
    {.max_body = 1, .max_document = 2, .max_line = 3, .log_budget = 4},
    {"build", "dist"},
    {.drop = {"a"}, .hash = {}, .secret_names = {"KEY"}, .secret_words = {"PIN"}},
    {.json = {"/j"}, .layouts = {{.name = "x", .markers = {".x"}, .files = {}}}}};

TEST(SyncSettingsTest, TheyAreReadBackAsTheyWereRecorded) {
  EXPECT_EQ(to_text(kSomeSettings),
            R"({"max_body":1,"max_document":2,"max_line":3,"prune":["build","dist"],)"
            R"("redact":{"drop":["a"],"hash":[],"secret_names":["KEY"],"secret_words":["PIN"]},)"
            R"("layouts":{"json":["/j"],"layouts":[{"name":"x","markers":[".x"],"files":[]}]}})");
  const auto read = parse_settings(to_text(kSomeSettings));
  ASSERT_TRUE(read);
  EXPECT_TRUE(give_same_rows(*read, kSomeSettings));
  EXPECT_EQ(read->pruned, kSomeSettings.pruned);
  EXPECT_EQ(read->redaction, kSomeSettings.redaction);
  EXPECT_EQ(read->layouts, kSomeSettings.layouts);
}

TEST(SyncSettingsTest, EveryLimitThatShowsInARowCounts) {
  for (const auto limit :
       {&SyncLimits::max_body, &SyncLimits::max_document, &SyncLimits::max_line}) {
    SyncSettings other = kSomeSettings;
    other.limits.*limit += 1;
    EXPECT_FALSE(give_same_rows(other, kSomeSettings));
  }
  SyncSettings other = kSomeSettings;
  other.limits.log_budget += 1;
  other.pruned.clear();
  EXPECT_TRUE(give_same_rows(other, kSomeSettings));
}

TEST(SyncSettingsTest, WhatIsRedactedAndWhoseFilesAreReadCounts) {
  SyncSettings other = kSomeSettings;
  other.redaction.hash.emplace_back("b");
  EXPECT_FALSE(give_same_rows(other, kSomeSettings));
  other = kSomeSettings;
  other.layouts.layouts[0].files.push_back({.path = "a", .is = "task"});
  EXPECT_FALSE(give_same_rows(other, kSomeSettings));
  other = kSomeSettings;
  other.layouts.json.clear();
  EXPECT_FALSE(give_same_rows(other, kSomeSettings));
}

TEST(SyncSettingsTest, AMirrorThatWasBuiltBeforeWordsWereLookedForIsNotTakenForOne) {
  Json before = Json::parse(to_text(kSomeSettings));
  before["redact"].erase("secret_words");
  EXPECT_FALSE(parse_settings(before.dump()));
}

TEST(SyncSettingsTest, WhatTheyAreNotIsNotTakenForThem) {
  for (const char* text :
       {"", "7", "{", "{}", R"({"max_body":-1,"max_document":2,"max_line":3,"prune":[]})",
        R"({"max_body":1,"max_document":2,"max_line":3,"prune":[7]})",
        R"({"max_body":1,"max_document":2,"max_line":3})",
        R"({"max_body":1,"max_document":2,"max_line":3,"prune":[]})",
        R"({"max_body":1,"max_document":2,"max_line":3,"prune":[],"redact":{},"layouts":[]})"}) {
    EXPECT_FALSE(parse_settings(text)) << text;
  }
}

}  // namespace
}  // namespace tain::syncd
