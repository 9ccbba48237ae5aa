// What must not reach the mirror is blanked in the text itself, and nothing else is.

#include "syncd/layout/redaction.h"

#include <gtest/gtest.h>

#include <random>

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

TEST(RedactionTest, OfAnAssignmentWhoseSignIsWrittenWithAnEscapeNothingStays) {
  EXPECT_EQ(redacted(R"({"env":["DB_PASSWORD\u003dhunter2abc=def","A=b"]})"),
            R"({"env":[null,"A=b"]})");
  EXPECT_EQ(redacted(R"({"env":["DB_PASS\u0057ORD=hunter2abc=def"]})"), R"({"env":[null]})");
}

TEST(RedactionTest, WhatIsBlankedIsNotLookedInto) {
  EXPECT_EQ(redacted(R"({"env":{"authServer":{"command":"npx","env":{"API_KEY":"abcdef"}}}})"),
            R"({"env":{"authServer":null}})");
  EXPECT_EQ(redacted(R"({"env":[{"name":"X_AUTH","value":{"TOKEN":"abcdefgh"}}]})"),
            R"({"env":[{"name":"X_AUTH","value":null}]})");
  EXPECT_EQ(redacted(R"({"env":{"MY_KEY":{"id":"abcdef","n":{"env":{"A_KEY":"abcdef"}}}}})",
                     {.drop = {"id"}, .hash = {"n"}}),
            R"({"env":{"MY_KEY":null}})");
}

TEST(RedactionTest, AHashOfASecretIsLeftNowhere) {
  const std::string secret = "hunter2hunter2hunter2";
  EXPECT_EQ(redacted(R"({"env":{"API_TOKEN":")" + secret + R"("}})", {.hash = {"API_TOKEN"}}),
            R"({"env":{"API_TOKEN":null}})");
  EXPECT_EQ(
      redacted(R"({"env":[{"name":"A_KEY","value":")" + secret + R"("}]})", {.hash = {"value"}}),
      R"({"env":[{"name":"A_KEY","value":null}]})");
  // Nor can one be guessed by the hash of what is around it.
  const auto around = [](const std::string& value) {
    return redacted(R"({"server":{"env":{"A_KEY":")" + value + R"(","HOME":"/h"}}})",
                    {.hash = {"server"}});
  };
  EXPECT_EQ(around(secret), around("hunter3hunter3hunter3"));
  EXPECT_EQ(around(secret).find("null"), std::string::npos) << "a hash";
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

TEST(RedactionTest, ANamedFieldMayHaveDotsInItsOwnName) {
  const RedactionRules rules{.drop = {"user.name", "a.b.c"}};
  EXPECT_EQ(redacted(R"({"metadata":{"user.name":"Anna"},"user":{"name":"Anna"},"name":"kept",)"
                     R"("super.user.name":"kept","suser":{"name":"kept"}})",
                     rules),
            R"({"metadata":{"user.name":null},"user":{"name":null},"name":"kept",)"
            R"("super.user.name":"kept","suser":{"name":"kept"}})");
  EXPECT_EQ(redacted(R"([{"a.b":{"c":true}},{"a":{"b.c":true}},{"a":{"b":[{"c":true}]}}])", rules),
            R"([{"a.b":{"c":null}},{"a":{"b.c":null}},{"a":{"b":[{"c":null}]}}])");
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

// Documents of nothing but what redaction looks for, in which every value of a secret says so.
class OddDocuments {
 public:
  explicit OddDocuments(unsigned seed) : random_(seed) {}
  std::string next() { return object(0, false, false); }

 private:
  int less_than(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  std::string value(int depth, bool in_environment, bool is_secret) {
    const int kind = less_than(depth < 5 ? 6 : 3);
    if (kind == 0) return is_secret ? "77777" : std::to_string(less_than(100));
    if (kind == 1) return "[]";
    if (kind == 2) return is_secret ? R"("hunter2")" : R"("plain and long enough for a hash")";
    if (kind == 3) return list(depth + 1, in_environment, is_secret);
    return object(depth + 1, in_environment, is_secret);
  }

  std::string list(int depth, bool in_environment, bool is_secret) {
    std::string text = "[";
    for (int i = less_than(4); i > 0; --i) {
      const bool is_named = in_environment && less_than(3) == 0;
      text += is_named ? R"({"name":"A_KEY","value":)" + value(depth, true, true) + "}"
                       : value(depth, in_environment, is_secret);
      if (in_environment && less_than(3) == 0) text += R"(,"MY_\u004bEY=hunter2=b")";
      if (i > 1) text += ",";
    }
    return text + "]";
  }

  std::string object(int depth, bool in_environment, bool is_secret) {
    static constexpr const char* kKeys[] = {"env",     "API_KEY", "authServer", "value", "a",
                                            "content", "a.b",     "env_vars",   "b",     "PASS"};
    std::string text = "{";
    for (int i = less_than(4); i > 0; --i) {
      const std::string key = kKeys[less_than(10)];
      const bool names_secret = key == "API_KEY" || key == "authServer" || key == "PASS";
      text += "\"" + key + "\":" +
              value(depth, in_environment || key.starts_with("env"),
                    is_secret || (in_environment && names_secret));
      if (i > 1) text += ",";
    }
    return text + "}";
  }

  std::mt19937 random_;
};

TEST(RedactionTest, WhateverIsBlankedTheTextIsJsonAndSecretsAreGone) {
  const RedactionRules choices[] = {{},
                                    {.drop = {"content", "a.b"}},
                                    {.hash = {"env", "value", "API_KEY"}},
                                    {.hash = {"a", "b"}}};
  OddDocuments documents(7);
  int blanked = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = documents.next();
    const std::string left = redacted(text, choices[i % 4]);
    blanked += left != text ? 1 : 0;
    ASSERT_FALSE(left.starts_with("fault")) << text;
    ASSERT_EQ(left.find("hunter2"), std::string::npos) << text;
    ASSERT_EQ(left.find("77777"), std::string::npos) << text;
  }
  EXPECT_GT(blanked, 5000);
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
