// Logs that are not an object a line.

#include "syncd/sync/log_projector.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using testing::SyncHarness;

constexpr const char* kDriftLog = "p/.tain/sessions/s1/events.jsonl";
constexpr SyncLimits kDriftLimits = {.max_line = 400, .log_budget = 300};

std::string over_lines(const std::string& id, const std::string& newline = "\n") {
  return "{" + newline + "  \"id\": \"" + id + "\"," + newline + "  \"type\": \"log\"," + newline +
         "  \"data\": [" + newline + "    {}," + newline + "    {\"x\": 1}" + newline + "  ]" +
         newline + "}";
}

class LogDriftTest : public ::testing::Test {
 protected:
  void replace(std::string_view bytes) { harness.write(kDriftLog, bytes); }
  std::string path() const { return (harness.root() / kDriftLog).string(); }
  std::string ids() const {
    return harness.select(
        "SELECT group_concat(id, ' ') FROM (SELECT id FROM events ORDER BY line_offset)");
  }
  std::string errors() const {
    return harness.select(
        "SELECT group_concat(byte_offset, ' ') FROM (SELECT byte_offset FROM sync_errors ORDER BY "
        "byte_offset)");
  }
  void show(std::string_view bytes) {
    replace(bytes);
    harness.sync(path());
  }
  // Whatever the pieces in which it was written: after each the mirror is as one built from
  // nothing.
  void expect_the_same_in_pieces(std::string_view bytes, std::size_t step) {
    show("");
    for (std::size_t size = 0; size <= bytes.size(); size += step) {
      std::ofstream(path(), std::ios::app) << bytes.substr(size, step);
      harness.sync(path());
      ASSERT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}, kDriftLimits))
          << size;
    }
  }
  SyncHarness harness{{.limits = kDriftLimits}};
};

TEST_F(LogDriftTest, TwoObjectsOnALineAreTwoEventsThatKnowTheirPlaces) {
  const std::string first = event_json("e1");
  show(first + event_json("e2") + " " + event_json("e3") + "\n" + event_json("e4") + "\n");
  EXPECT_EQ(ids(), "e1 e2 e3 e4");
  EXPECT_EQ(errors(), "");
  EXPECT_EQ(harness.select("SELECT line_offset, line_length FROM events WHERE id = 'e3'"),
            std::to_string(2 * first.size() + 1) + "|" + std::to_string(first.size()));
}

TEST_F(LogDriftTest, AnObjectOverManyLinesIsOneEvent) {
  for (const char* newline : {"\n", "\r\n"}) {
    show(event_json("e1") + newline + over_lines("e2", newline) + newline + event_json("e3"));
    EXPECT_EQ(ids(), "e1 e2 e3");
    EXPECT_EQ(errors(), "");
    EXPECT_EQ(harness.select("SELECT data FROM events WHERE id = 'e2'"), R"([{},{"x":1}])");
  }
}

TEST_F(LogDriftTest, AnObjectOverManyLinesNeedsNoNewlineAtItsEnd) {
  show(over_lines("e1"));
  EXPECT_EQ(ids(), "e1");
  EXPECT_EQ(errors(), "");
}

TEST_F(LogDriftTest, ManyLinesMayBeginAndEndOnALineWithOtherObjects) {
  show(event_json("e1") + over_lines("e2") + event_json("e3") + "\n");
  EXPECT_EQ(ids(), "e1 e2 e3");
  EXPECT_EQ(errors(), "");
}

TEST_F(LogDriftTest, ALineThatBreaksOffDoesNotSwallowTheNextOne) {
  show("{\"id\": \"torn\", \"data\":\n" + event_json("e2") + "\n" + "{\"id\": [\n" +
       event_json("e3") + "\n");
  EXPECT_EQ(ids(), "e2 e3");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "2");
}

TEST_F(LogDriftTest, AnObjectOverManyLinesThatBreaksOffCostsOneError) {
  show("{\n  \"id\": \"torn\",\n  \"data\": [\n" + event_json("e2") + "\n" + over_lines("e3") +
       "\n");
  EXPECT_EQ(ids(), "e2 e3");
  EXPECT_EQ(errors(), "0");
}

TEST_F(LogDriftTest, WhatIsLeftOfALineAfterAnObjectCostsOnlyItself) {
  show(event_json("e1") + " garbage\n" + event_json("e2") + "\n");
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(errors(), std::to_string(event_json("e1").size() + 1));
}

TEST_F(LogDriftTest, AByteOrderMarkInFrontIsNoTrouble) {
  show("\xEF\xBB\xBF" + event_json("e1") + "\n\r\n \n" + event_json("e2") + "\r\n");
  EXPECT_EQ(ids(), "e1 e2");
  show("\xEF\xBB\xBF" + event_json("e1") + event_json("e2") + "\n");
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(errors(), "");
}

TEST_F(LogDriftTest, AnObjectOverManyLinesIsNoLongerThanALineMayBe) {
  const std::string many(500, ' ');
  std::string lines = "{\n";
  for (int i = 0; i < 10; ++i) lines += std::string(100, ' ') + "\n";
  show(event_json("e1") + "\n" + lines + "\"id\": \"long\"}\n" + event_json("e2") + "\n");
  EXPECT_EQ(ids(), "e1 e2");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors WHERE reason LIKE 'longer than%'"),
            "1");
}

TEST_F(LogDriftTest, ALongLineEndsTheObjectThatWasOpen) {
  show(event_json("e1") + "\n{\n  \"id\": 1,\n  \"data\": \"" + std::string(5000, 'x') + "\"\n}\n" +
       event_json("e2") + "\n");
  EXPECT_EQ(ids(), "e1 e2");
}

TEST_F(LogDriftTest, ItIsTheSameInWhateverPiecesTheLogIsRead) {
  const std::string log = event_json("e1") + event_json("e2") + over_lines("e3") + "\n\n" +
                          "{\"id\": \"torn\",\n" + over_lines("e4", "\r\n") +
                          "\r\n{\n \"id\": [\n" + event_json("e5") +
                          " {\"id\": \"e6\",\n  \"type\": \"x\"}\n" + std::string(600, 'z') +
                          "\n{\n  \"id\":\n" + std::string(600, ' ') + "\n" + over_lines("e7");
  for (const std::size_t step : {61U, 250U}) expect_the_same_in_pieces(log, step);
  EXPECT_EQ(ids(), "e1 e2 e3 e4 e5 e6 e7");
}

}  // namespace
}  // namespace tain::syncd
