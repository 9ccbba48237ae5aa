// What must not reach the mirror is blanked in the text itself, and nothing else is.

#include "syncd/layout/redaction.h"

#include <gtest/gtest.h>

#include "json_texts.h"
#include "syncd/layout/sha256.h"

namespace tain::syncd {
namespace {

// `text` as a parser with these rules shows it; without spaces, which stand for what was there.
std::string redacted(const std::string& text, RedactionRules rules = {}) {
  const Redaction redaction(std::move(rules));
  JsonParser parser(&redaction);
  std::string padded = text;
  padded.resize(text.size() + JsonParser::padding());
  const JsonResult result = parser.parse(std::string_view(padded).substr(0, text.size()));
  if (result.fault) return "fault: " + result.fault->reason;
  EXPECT_EQ(result.text.size(), text.size()) << "offsets have to lead into the file";
  EXPECT_EQ(minify(result.root->raw), minify(result.text));
  return minify(result.text);
}

TEST(RedactionTest, ValuesOfAnEnvironmentWhoseNamesLookSecretAreDropped) {
  EXPECT_EQ(redacted(R"({"env":{"HOME":"/h","API_KEY":"sk-123456","github_token":"ghp",)"
                     R"("DB_PASSWORD":"p","AUTH":12345,"CLIENT_SECRET":{"a":"b"},"N":1}})"),
            R"({"env":{"HOME":"/h","API_KEY":null,"github_token":null,)"
            R"("DB_PASSWORD":"","AUTH":null,"CLIENT_SECRET":null,"N":1}})");
}

TEST(RedactionTest, SomeNamesAreSecretAsWholeWordsOnly) {
  for (const char* name :
       {"DB_PASS", "dbPass", "PASS", "pass", "smtp.pass", "DB_PASS2", "GITHUB_PAT", "MY_JWT",
        "jwt-cookie", "PRIVATE_DATA", "MYSQL_PWD", "db_pwd"}) {
    const std::string variable = "\"" + std::string(name) + "\":";
    EXPECT_EQ(redacted("{\"env\":{" + variable + "\"abcd\"}}"), "{\"env\":{" + variable + "null}}");
  }
  const std::string others =
      R"({"env":{"COMPASS":"n","PASSAGE":"n","PATH":"n","PATTERN":"n","PWD":"/h","OLDPWD":"/h",)"
      R"("pwd":"/h","PRIVATELY":"n","JWTS":"n","BYPASS":"n"}})";
  EXPECT_EQ(redacted(others), others);
  EXPECT_EQ(redacted(R"({"env":["DB_PASS=abcd","PWD=/h"]})"), R"({"env":["DB_PASS=","PWD=/h"]})");
}

TEST(RedactionTest, AnEnvironmentHasManyNames) {
  for (const char* name :
       {"env", "Env", "ENV", "envVars", "env_vars", "envOverrides", "environment", "Environment",
        "environmentVariables", "environment_variables"}) {
    const std::string key = "{\"" + std::string(name) + "\":{\"API_KEY\":";
    EXPECT_EQ(redacted(key + "\"abcd\"}}"), key + "null}}") << name;
  }
  const std::string others = R"({"envoy":{"KEY":"n"},"Environs":{"KEY":"n"},"en":{"KEY":"n"}})";
  EXPECT_EQ(redacted(others), others);
}

TEST(RedactionTest, AnEnvironmentIsFoundAtAnyDepthAndInListsAndHasLevels) {
  EXPECT_EQ(redacted(R"({"a":[{"b":{"env":{"prod":{"MY_KEY":"abcdef"}}}}],"env":7})"),
            R"({"a":[{"b":{"env":{"prod":{"MY_KEY":null}}}}],"env":7})");
  EXPECT_EQ(redacted(R"([{"env_overrides":{"MY_KEY":"abcdef"},"environment":{"KEYS":[1,2,3]}}])"),
            R"([{"env_overrides":{"MY_KEY":null},"environment":{"KEYS":null}}])");
}

TEST(RedactionTest, AnEnvironmentMayBeAListOfAssignmentsOrOfNamedValues) {
  EXPECT_EQ(redacted(R"({"env":["HOME=/h","MY_KEY=abc=d","KEY"]})"),
            R"({"env":["HOME=/h","MY_KEY=","KEY"]})");
  EXPECT_EQ(redacted(R"({"env":[{"name":"MY_KEY","value":"abcdef"},{"name":"A","value":"b"}]})"),
            R"({"env":[{"name":"MY_KEY","value":null},{"name":"A","value":"b"}]})");
  EXPECT_EQ(redacted(R"({"env":["MY_KEY\u003dabcdef"]})"), R"({"env":[null]})");
}

TEST(RedactionTest, WhatLooksSecretOutsideOfAnEnvironmentStays) {
  const std::string text =
      R"({"API_KEY":"abc","envelope":{"KEY":"v"},"env":{"A":"KEY"},"k":"env"})";
  EXPECT_EQ(redacted(text), text);
}

TEST(RedactionTest, OfAKeyThatIsThereTwiceBothAreBlanked) {
  EXPECT_EQ(redacted(R"({"env":{"KEY":"one1"},"env":{"KEY":"two2","KEY":"three"}})"),
            R"({"env":{"KEY":null},"env":{"KEY":null,"KEY":null}})");
}

TEST(RedactionTest, AKeyThatIsWrittenWithEscapesIsStillThatKey) {
  EXPECT_EQ(redacted(R"({"\u0065nv":{"MY_\u004bEY":"abcd"}})"),
            R"({"\u0065nv":{"MY_\u004bEY":null}})");
}

TEST(RedactionTest, NamedFieldsAreDroppedWhereverTheyStand) {
  const RedactionRules rules{.drop = {"content", "user.mail"}};
  EXPECT_EQ(redacted(R"({"message":{"content":[{"text":"long"}]},"mail":"a@b","user":[{"mail":)"
                     R"("a@bc","user":{"x":{"mail":"kept"}}}],"content":"ab"})",
                     rules),
            R"({"message":{"content":null},"mail":"a@b","user":[{"mail":null,"user":{"x":{"mail":)"
            R"("kept"}}}],"content":null})");
}

TEST(RedactionTest, AHashLeavesEqualityAndShortValuesLeaveNothing) {
  const RedactionRules rules{.hash = {"id"}};
  const std::string once = redacted(R"({"id":"somebody@example.org","n":1})", rules);
  EXPECT_EQ(once, R"({"id":"#0fde5165353d1946","n":1})");
  EXPECT_EQ(redacted(R"({"id":"somebody\u0040example.org","n":1})", rules), once);
  EXPECT_EQ(redacted(R"({"id":"bob@example.org"})", rules), R"({"id":null})");
}

TEST(RedactionTest, WhatIsTooShortForNullIsEmptyOrZero) {
  const RedactionRules rules{.drop = {"a"}};
  EXPECT_EQ(redacted(R"([{"a":7},{"a":42},{"a":"x"},{"a":""},{"a":{}},{"a":true}])", rules),
            R"([{"a":0},{"a":""},{"a":""},{"a":""},{"a":""},{"a":null}])");
}

TEST(RedactionTest, OtherNamesMayBeSecretInAnyCase) {
  EXPECT_EQ(redacted(R"({"env":{"MY_PIN":"1234","API_KEY":"abcd"}})", {.secret_names = {"pin"}}),
            R"({"env":{"MY_PIN":null,"API_KEY":"abcd"}})");
}

TEST(RedactionTest, NothingIsLookedForWhereThereAreNoRules) {
  const std::string text = R"({"env":{"KEY":"abcd"}})";
  EXPECT_EQ(redacted(text, {.secret_names = {}, .secret_words = {}}), text);
}

TEST(RedactionTest, OnlyTextsWithKeysThatMatterAreLookedAt) {
  const Redaction redaction({.drop = {"a.secret"}});
  EXPECT_TRUE(redaction.concerns("env"));
  EXPECT_TRUE(redaction.concerns("Env"));
  EXPECT_TRUE(redaction.concerns("secret"));
  EXPECT_FALSE(redaction.concerns("a"));
  EXPECT_FALSE(redaction.concerns("secrets"));
  EXPECT_FALSE(Redaction({.secret_names = {}, .secret_words = {}}).concerns("env"));
}

TEST(RedactionTest, WhatIsWrongWithATextIsToldWithoutItsContent) {
  EXPECT_EQ(redacted(R"({"env":{"KEY":"sk-123456)"),
            "fault: syntax error while parsing value - invalid string: missing closing quote");
  EXPECT_EQ(redacted(R"({"env":{"KEY":"sk-123456" "sk-7"}})").find("sk-"), std::string::npos);
}

TEST(RedactionTest, PlacesAndOdditiesAreThoseOfTheBlankedText) {
  const Redaction redaction;
  JsonParser parser(&redaction);
  const std::string text = "\xEF\xBB\xBF {\"env\":{\"KEY\":\"a\\ud800bc\"},\"n\":1e999}\n";
  std::string padded = text + std::string(JsonParser::padding(), '\0');
  const JsonResult result = parser.parse(std::string_view(padded).substr(0, text.size()));
  ASSERT_FALSE(result.fault);
  EXPECT_EQ(result.root->find("n")->offset, text.find("1e999"));
  ASSERT_EQ(result.anomalies.size(), 2U) << "the mark, and the number";
}

TEST(Sha256Test, ItIsThatOfTheStandard) {
  const auto hex = [](std::string_view bytes) {
    std::string text;
    for (const std::uint8_t byte : sha256(bytes)) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  };
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  for (const std::size_t size : {55U, 56U, 63U, 64U, 65U}) {
    EXPECT_NE(hex(std::string(size, 'x')), hex(std::string(size + 1, 'x')));
  }
}

}  // namespace
}  // namespace tain::syncd
