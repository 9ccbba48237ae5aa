// Files that are valid, but odd: mirrored, with an anomaly that says what is odd.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MirrorFixture;

constexpr const char* kOddState = "p/.tain/sessions/s/state.json";

class OddFiles : public ::testing::Test {
 protected:
  void hold(const std::string& bytes) {
    tree.write(kOddState, bytes);
    tree.catch_up();
    EXPECT_THAT(tree.rows("SELECT * FROM sync_errors"), IsEmpty());
    EXPECT_EQ(tree.cell("SELECT state FROM files"), "current");
  }
  std::vector<Cells> anomalies() {
    return tree.rows("SELECT kind, place, detail FROM anomalies ORDER BY kind, place");
  }

  MirrorFixture tree;
};

TEST_F(OddFiles, AByteOrderMarkIsSkippedAndNoted) {
  hold("\xEF\xBB\xBF{\"session_id\": \"s\"}");
  EXPECT_EQ(tree.cell("SELECT session_id FROM sessions"), "s");
  EXPECT_EQ(tree.cell("SELECT body FROM documents"), "{\"session_id\": \"s\"}");
  EXPECT_THAT(anomalies(), ElementsAre(Cells{"byte order mark", "", ""}));
}

TEST_F(OddFiles, OfDuplicateKeysTheLastCounts) {
  const std::string state =
      R"({"session_id": "s", "topic": "first", "git": {"branch": "a", "branch": "b"}, "topic": "last"})";
  hold(state);
  EXPECT_THAT(tree.rows("SELECT topic, git_branch FROM sessions"), ElementsAre(Cells{"last", "b"}));
  EXPECT_EQ(tree.cell("SELECT body FROM documents"), state);
  EXPECT_THAT(anomalies(),
              ElementsAre(Cells{"duplicate key", "/git/branch", "the last value counts"},
                          Cells{"duplicate key", "/topic", "the last value counts"}));
}

TEST_F(OddFiles, ANumberThatNoColumnCanHoldIsNullAndWholeInTheDocument) {
  const std::string state =
      R"({"session_id": "s", "build_progress": {"checkpoints_total": 123456789012345678901234567890},)"
      R"( "x": 1e400, "y": -9223372036854775808})";
  hold(state);
  EXPECT_EQ(tree.cell("SELECT checkpoints_total FROM sessions"), "NULL");
  EXPECT_EQ(tree.cell("SELECT body FROM documents"), state);
  EXPECT_THAT(anomalies(),
              ElementsAre(Cells{"number out of range", "/build_progress/checkpoints_total",
                                "123456789012345678901234567890"},
                          Cells{"number out of range", "/x", "1e400"},
                          Cells{"wrong type", "/build_progress/checkpoints_total",
                                "checkpoints_total: expected a 64-bit integer, found "
                                "123456789012345678901234567890"}));
}

TEST_F(OddFiles, HalfAnEmojiIsShownAsTheReplacementCharacter) {
  hold(R"({"session_id": "s", "topic": "cut \ud83d"})");
  EXPECT_EQ(tree.cell("SELECT topic FROM sessions"), "cut \xEF\xBF\xBD");
  EXPECT_THAT(anomalies(), ElementsAre(Cells{"lone surrogate", "/topic", "shown as U+FFFD"}));
}

TEST_F(OddFiles, OddLinesOfALogAreMirroredAndSayWhichLineTheyAre) {
  const std::string first = R"({"id": "e1", "type": "log"})";
  tree.write("p/.tain/sessions/s/events.jsonl",
             first + "\r\n\n" +
                 R"({"id": "e2", "type": "x", "type": "y", "usage": {"input_tokens": 1e999}})");
  hold(R"({"session_id": "s"})");
  EXPECT_THAT(tree.rows("SELECT id, type, input_tokens FROM events ORDER BY line_offset"),
              ElementsAre(Cells{"e1", "log", "NULL"}, Cells{"e2", "y", "NULL"}));
  EXPECT_EQ(tree.cell("SELECT DISTINCT line_offset FROM anomalies"),
            std::to_string(first.size() + 3));
}

}  // namespace
}  // namespace tain
