// What a mirror must not hold, it holds nowhere: no table, no index, no error, no byte of its file.

#include <gtest/gtest.h>

#include "tests/support/sync_harness.h"
#include "tests/support/verification.h"

namespace tain {
namespace {

using syncd::RedactionRules;
using testing::SyncHarness;

constexpr const char* kCanary = "canary4711";

// Whether the canary stands in any file of the mirror.
bool is_told(const SyncHarness& harness) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const auto file = harness.mirror().string() + suffix;
    if (!std::filesystem::exists(file)) continue;
    if (testing::read(file).find(kCanary) != std::string::npos) return true;
  }
  return false;
}

TEST(RedactedMirror, SecretsOfAnEnvironmentAreInNoByteOfIt) {
  SyncHarness harness;
  const std::string env = R"("env":{"API_KEY":"canary4711","HOME":"/h"})";
  harness.write(".maestro/sessions/sess_1.json",
                R"({"id":"sess_1",)" + env + R"(,"events":[{"id":"e","data":{)" + env + "}}]}");
  harness.write("p/.tain/sessions/s/state.json", R"({"session_id":"s",)" + env + "}");
  harness.write("p/.tain/sessions/s/plan.json", "[{" + env + "}]");
  harness.write("p/.tain/sessions/broken/state.json", R"({"env":{"API_KEY":"canary4711)");
  harness.write("p/.tain/sessions/broken/plan.json", R"({"env":{"API_KEY":"canary4711","A" "B"}})");
  harness.settle();
  EXPECT_FALSE(is_told(harness));
  EXPECT_EQ(harness.select("SELECT group_concat(env, ' ') FROM (SELECT env FROM sessions "
                           "ORDER BY session_id)"),
            R"({"API_KEY":null,"HOME":"/h"} {"API_KEY":null,"HOME":"/h"})");
  EXPECT_EQ(harness.select("SELECT count(*) FROM documents WHERE body LIKE '%API_KEY%null%'"), "3");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "2");
}

TEST(RedactedMirror, LinesOfLogsAreBlankedTooWholeGluedBrokenOrOverManyLines) {
  SyncHarness harness;
  const std::string env = R"("env":{"API_KEY":"canary4711"})";
  harness.write("p/.tain/sessions/s/events.jsonl",
                R"({"id":"a",)" + env + R"(,"data":{)" + env + "}}\n" + R"({"id":"b",)" + env +
                    R"(}{"id":"c","metadata":{)" + env + "}}\n{\n\"id\": \"d\",\n\"env\": {\n" +
                    "\"API_KEY\": \"canary4711\"\n}}\n" +
                    R"({"id":"e","env":{"API_KEY":"canary4711)" + "\n" +
                    R"("API_KEY": "canary4711" x)" + "\n" + R"({"id":"f",)" + env + ",");
  harness.write("r/.beads/issues.jsonl", R"({"id":"i","title":"T","x":{)" + env + "}}\n");
  harness.settle();
  EXPECT_FALSE(is_told(harness));
  EXPECT_EQ(
      harness.select("SELECT group_concat(id) FROM (SELECT id FROM events ORDER BY line_offset)"),
      "a,b,c,d");
  EXPECT_EQ(harness.select("SELECT extra FROM tasks"), R"({"x":{"env":{"API_KEY":null}}})");
  EXPECT_NE(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST(RedactedMirror, WithoutRulesItIsTheFile) {
  SyncHarness harness({.redaction = {.secret_names = {}}});
  harness.write("p/.tain/sessions/s/state.json",
                R"({"session_id":"s","env":{"API_KEY":"canary4711"}})");
  harness.settle();
  EXPECT_TRUE(is_told(harness));
}

TEST(RedactedMirror, DroppedFieldsAreNotFoundByASearchEither) {
  SyncHarness harness({.redaction = {.drop = {"initial_prompt"}, .hash = {"topic"}}});
  harness.write("p/.tain/tasks/t/task.json",
                R"({"id":"t","title":"T","initial_prompt":"canary4711"})");
  harness.write("p/.tain/sessions/s/state.json",
                R"({"session_id":"s","topic":"canary4711 and more"})");
  harness.settle();
  EXPECT_FALSE(is_told(harness));
  EXPECT_EQ(harness.select("SELECT initial_prompt IS NULL FROM tasks"), "1");
  EXPECT_EQ(harness.select("SELECT length(topic) || substr(topic, 1, 1) FROM sessions"), "17#");
}

TEST(RedactedMirror, AFreshMirrorOfTheSameRulesIsEqual) {
  const RedactionRules rules{.drop = {"topic"}};
  SyncHarness harness({.redaction = rules});
  harness.write("p/.tain/sessions/s/state.json", R"({"session_id":"s","topic":"secret topic"})");
  harness.settle();
  const testing::Verification same =
      testing::run_verification({.mirror = harness.mirror()}, harness.root());
  EXPECT_TRUE(same.differences.empty()) << same.differences.front();
}

}  // namespace
}  // namespace tain
