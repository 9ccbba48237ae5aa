#include "syncd/layout/json_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json_texts.h"

namespace tain::syncd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ParsedText;

std::vector<std::string> show(const std::vector<Anomaly>& anomalies) {
  std::vector<std::string> lines;
  for (const Anomaly& anomaly : anomalies) {
    lines.push_back(anomaly.kind + " at " + anomaly.place + ": " + anomaly.detail);
  }
  return lines;
}

struct Fault {
  std::string name;
  std::string text;
  std::size_t offset;
  std::string reason;  // a part of it
};

class JsonTreeFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(JsonTreeFaults, AreReportedWithTheirOffsetAndReason) {
  const ParsedText parsed(GetParam().text);
  ASSERT_TRUE(parsed.fault);
  EXPECT_EQ(parsed.root, nullptr);
  EXPECT_EQ(parsed.fault->offset, GetParam().offset) << parsed.fault->reason;
  EXPECT_THAT(parsed.fault->reason, HasSubstr(GetParam().reason));
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    Of, JsonTreeFaults,
    ::testing::Values(Fault{"NoBytes", "", 0, "the file is empty"},
                      Fault{"OnlyWhiteSpace", " \n\t\r\n", 0, "nothing but white space"},
                      Fault{"OnlyAByteOrderMark", "\xEF\xBB\xBF", 3, "white space"},
                      Fault{"AByteOrderMarkAndATornObject", "\xEF\xBB\xBF{\"a\":", 8, ""},
                      Fault{"ATornObject", R"({"a": {"b": 1)", 13, ""},
                      Fault{"ATornString", R"({"a": "b)", 8, ""},
                      Fault{"AMissingComma", R"({"a": 1 "b": 2})", 10, ""},
                      Fault{"ATrailingComma", R"({"a": 1,})", 8, ""},
                      Fault{"TextBehindTheDocument", R"({"a": 1} {)", 9, ""},
                      Fault{"TextBehindAScalar", "1 2", 2, ""},
                      Fault{"ZeroesBehindTheDocument", "{}\0\0\0"s, 2, ""},
                      Fault{"AZeroInAString", "[\"a\0b\"]"s, 3, ""},
                      Fault{"AZeroBetweenTokens", "[1,\0 2]"s, 3, ""},
                      Fault{"ALineFeedInAString", "[\"a\nb\"]", 3, "control character"},
                      Fault{"BytesThatAreNotUtf8", "{\"a\": \"\xC3\x28\"}", 8, "UTF-8"},
                      Fault{"Utf16", "\xFF\xFE{\0}\0"s, 0, ""},
                      Fault{"AConflictMarker", "{\n<<<<<<< HEAD\n", 2, ""},
                      Fault{"NotANumber", R"({"a": NaN})", 6, ""},
                      Fault{"ANumberWithALeadingZero", "[01]", 2, ""},
                      Fault{"ANumberThatIsCutOff", "[1.]", 3, ""},
                      Fault{"AnUnknownEscape", R"(["\x"])", 3, ""},
                      Fault{"ABadUnicodeEscape", R"(["\u12G4"])", 6, ""},
                      Fault{"AWordThatGoesOn", "[nullx]", 5, ""},
                      Fault{"ADocumentThatIsANullThatGoesOn", "nullx", 4, ""},
                      // A surrogate alone and a number out of range are no faults, and so must not
                      // be given as the reason where there is a real one behind them.
                      Fault{"AFaultBehindALoneSurrogate", R"({"a": "\ud800", "b": tru})", 21, ""},
                      Fault{"AFaultBehindANumberOutOfRange", R"({"a": 1e400, "b": tru})", 18, ""}),
    [](const auto& fault) { return fault.param.name; });

TEST(JsonTree, CountsTheLastOfEqualKeysAndSaysSo) {
  const ParsedText parsed(R"({"a": 1, "b": {"c~/": 1, "c~/": 2, "c~/": 3}, "a": {"x": 1}})");
  ASSERT_NE(parsed.root, nullptr);
  EXPECT_EQ(parsed.root->find("a")->type, JsonNode::Type::object);
  EXPECT_EQ(parsed.root->find("b")->find("c~/")->integer, 3);
  EXPECT_THAT(show(parsed.anomalies),
              ElementsAre("duplicate key at /b/c~0~1: the last value counts",
                          "duplicate key at /a: the last value counts"));
}

TEST(JsonTree, TreatsKeysThatOnlyTheirEscapesTellApartAsEqual) {
  const ParsedText parsed(R"({"a": 1, "\u0061": 2})");
  ASSERT_NE(parsed.root, nullptr);
  EXPECT_EQ(parsed.root->find("a")->integer, 2);
  EXPECT_THAT(parsed.anomalies, ::testing::SizeIs(1));
}

TEST(JsonTree, KeepsNumbersAsFarAsTheyFit) {
  const ParsedText parsed(
      "[9223372036854775807, -9223372036854775808, 9223372036854775808, 1e400, -1e400, 1e-400, "
      "0.5, -0, 1E2]");
  ASSERT_NE(parsed.root, nullptr);
  std::vector<const JsonNode*> numbers;
  for (const JsonNode* node = parsed.root->first; node != nullptr; node = node->next) {
    numbers.push_back(node);
  }
  ASSERT_EQ(numbers.size(), 9U);
  EXPECT_EQ(numbers[0]->integer, INT64_MAX);
  EXPECT_EQ(numbers[1]->integer, INT64_MIN);
  EXPECT_EQ(numbers[2]->type, JsonNode::Type::huge);
  EXPECT_EQ(numbers[2]->real, 9223372036854775808.0);
  EXPECT_EQ(numbers[3]->type, JsonNode::Type::huge);
  EXPECT_EQ(numbers[3]->real, HUGE_VAL);
  EXPECT_EQ(numbers[4]->real, -HUGE_VAL);
  EXPECT_EQ(numbers[5]->type, JsonNode::Type::real);
  EXPECT_EQ(numbers[5]->real, 0);
  EXPECT_EQ(numbers[6]->real, 0.5);
  EXPECT_EQ(numbers[7]->type, JsonNode::Type::integer);
  EXPECT_EQ(numbers[8]->type, JsonNode::Type::real);
  EXPECT_THAT(show(parsed.anomalies),
              ElementsAre("number out of range at /2: 9223372036854775808",
                          "number out of range at /3: 1e400", "number out of range at /4: -1e400"));
}

TEST(JsonTree, ShowsALoneSurrogateAsTheReplacementCharacter) {
  const ParsedText parsed(
      R"({"low": "a\udc00b", "high": "\ud800", "twice": "\ud800\ud83d\ude00\n", "k\ud800": 1})");
  ASSERT_NE(parsed.root, nullptr);
  EXPECT_EQ(parsed.root->find("low")->text, "a\uFFFDb");
  EXPECT_EQ(parsed.root->find("high")->text, "\uFFFD");
  EXPECT_EQ(parsed.root->find("twice")->text, "\uFFFD\U0001F600\n");
  EXPECT_NE(parsed.root->find("k\uFFFD"), nullptr);
  EXPECT_EQ(parsed.anomalies.size(), 4U);
  EXPECT_EQ(parsed.anomalies[0].kind, "lone surrogate");
  EXPECT_EQ(parsed.anomalies[0].place, "/low");
}

TEST(JsonTree, AcceptsALoneSurrogateAsAWholeDocument) {
  const ParsedText parsed(R"("\ud800")");
  ASSERT_NE(parsed.root, nullptr) << parsed.fault->reason;
  EXPECT_EQ(parsed.root->text, "\uFFFD");
}

TEST(JsonTree, AcceptsAByteOrderMarkAndSaysSo) {
  const ParsedText parsed("\xEF\xBB\xBF{\"a\": 1}");
  ASSERT_NE(parsed.root, nullptr);
  EXPECT_EQ(parsed.root->find("a")->integer, 1);
  EXPECT_THAT(show(parsed.anomalies), ElementsAre("byte order mark at : "));
}

std::string nested(std::size_t depth, const std::string& open, const std::string& core,
                   const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += core;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(JsonTree, ReadsDocumentsUpToItsDepthLimit) {
  for (const std::size_t depth : {900UL, JsonParser::kMaxDepth}) {
    EXPECT_TRUE(ParsedText(nested(depth, "[", "", "]")).root) << depth;
    EXPECT_TRUE(ParsedText(nested(depth, R"({"a":)", "1", "}")).root) << depth;
  }
}

TEST(JsonTree, RefusesDocumentsBeyondItsDepthLimitWithoutACrash) {
  for (const std::size_t depth : {JsonParser::kMaxDepth + 1, 10'000UL, 1'000'000UL}) {
    const ParsedText arrays(nested(depth, "[", "", "]"));
    ASSERT_TRUE(arrays.fault) << depth;
    EXPECT_EQ(arrays.fault->offset, JsonParser::kMaxDepth);
    EXPECT_THAT(arrays.fault->reason, HasSubstr("nested deeper than 1000 levels"));
    EXPECT_TRUE(ParsedText(nested(depth, R"({"a":)", "1", "}")).fault) << depth;
    EXPECT_TRUE(ParsedText(std::string(depth, '[')).fault) << depth;
  }
}

TEST(JsonTree, ReadsScalarsAsDocuments) {
  EXPECT_EQ(ParsedText(" \"text\" \n").root->text, "text");
  EXPECT_EQ(ParsedText("-12\n").root->integer, -12);
  EXPECT_EQ(ParsedText("1.5").root->real, 1.5);
  EXPECT_TRUE(ParsedText("true").root->boolean);
  EXPECT_EQ(ParsedText("false ").root->type, JsonNode::Type::boolean);
  EXPECT_EQ(ParsedText("null").root->type, JsonNode::Type::null);
  EXPECT_EQ(ParsedText("1e999").root->type, JsonNode::Type::huge);
}

TEST(JsonTree, KnowsWhereInTheTextEachValueStands) {
  const ParsedText parsed("\n{ \"a\" : [ 1 , {\"b\": \"x\\n\" } , [ ] ] ,\n \"c\" : -1.50e3 }\n");
  ASSERT_NE(parsed.root, nullptr);
  EXPECT_EQ(parsed.root->raw, "{ \"a\" : [ 1 , {\"b\": \"x\\n\" } , [ ] ] ,\n \"c\" : -1.50e3 }");
  const JsonNode* list = parsed.root->find("a");
  EXPECT_EQ(list->raw, "[ 1 , {\"b\": \"x\\n\" } , [ ] ]");
  EXPECT_EQ(list->first->raw, "1");
  EXPECT_EQ(list->first->next->raw, "{\"b\": \"x\\n\" }");
  EXPECT_EQ(list->first->next->first->raw, "\"x\\n\"");
  EXPECT_EQ(list->first->next->next->raw, "[ ]");
  EXPECT_EQ(parsed.root->find("c")->raw, "-1.50e3");
}

TEST(JsonTree, DoesNotReadWhatStandsBehindTheText) {
  // The bytes behind complete what the text leaves open.
  const std::string behind =
      R"(]}"]}"]}"]}"]}"]}"]}"]}"]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]})";
  ASSERT_GE(behind.size(), JsonParser::padding());
  for (const std::string text : {"[", "[[1]", "[{\"a\": 1}", "{\"a\": [1]", "{\"a\": {\"b\": 1}",
                                 "{\"a\": \"b", "[\"", "{\"a\"", "{\"a\":", "[1,"}) {
    JsonParser parser;
    for (const char* first : {"", "\n"}) {
      const std::string buffer = text + first + behind;
      EXPECT_TRUE(parser.parse(std::string_view(buffer).substr(0, text.size())).fault) << text;
    }
  }
  for (const std::string text : {"12", "[1]", "null", "{}", "1.5"}) {
    JsonParser parser;
    for (const char* first : {"34", "\n34"}) {
      const std::string buffer = text + first + behind;
      EXPECT_TRUE(parser.parse(std::string_view(buffer).substr(0, text.size())).root) << text;
    }
  }
}

TEST(JsonTree, ForgetsOneDocumentWithTheNext) {
  JsonParser parser;
  const PaddedBytes bad(R"({"a": 1, "a": )", JsonParser::padding());
  const PaddedBytes odd(R"({"a": 1, "a": 2})", JsonParser::padding());
  const PaddedBytes good(R"({"a": 3})", JsonParser::padding());
  EXPECT_TRUE(parser.parse(bad.view()).fault);
  EXPECT_EQ(parser.parse(odd.view()).anomalies.size(), 1U);
  const JsonResult result = parser.parse(good.view());
  ASSERT_NE(result.root, nullptr);
  EXPECT_EQ(result.root->find("a")->integer, 3);
  EXPECT_THAT(result.anomalies, IsEmpty());
}

TEST(JsonTree, ListsOnlySoManyOddities) {
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "1e999,";
  EXPECT_LE(ParsedText(text + "0]").anomalies.size(), 50U);
}

TEST(JsonTree, CutsAnAnomalysDetailBetweenCharacters) {
  const ParsedText parsed("[" + std::string(500, '9') + "]");
  ASSERT_EQ(parsed.anomalies.size(), 1U);
  EXPECT_EQ(parsed.anomalies[0].detail, std::string(120, '9') + "…");
}

TEST(Minify, TakesOnlyInsignificantWhiteSpace) {
  EXPECT_EQ(minify("{ \"a b\" :\n [ 1 , \" \\\" \" ] }"), R"({"a b":[1," \" "]})");
  EXPECT_EQ(minify("[]"), "[]");
}

}  // namespace
}  // namespace tain::syncd
