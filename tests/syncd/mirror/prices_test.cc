#include "syncd/mirror/prices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/error.h"
#include "tests/support/temp_dir.h"

namespace tain::mirror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string priced_as(const PriceTable& prices, std::string_view model) {
  const auto match = prices.find(model);
  return match ? std::string(match->name) : "";
}

TEST(Prices, TheShippedTableSaysItsDateAndSource) {
  const PriceTable prices = PriceTable::shipped();
  EXPECT_EQ(prices.date().size(), 10U);
  EXPECT_NE(prices.source(), "");
  EXPECT_EQ(prices.find("claude-opus-4-5")->price->rates.cache_write_1h, 10);
}

TEST(Prices, AModelGoesByTheLongestNameThatIsAPartOfItsOwn) {
  const PriceTable prices = PriceTable::shipped();
  EXPECT_EQ(priced_as(prices, "claude-sonnet-4-5-20250929"), "claude-sonnet-4-5-20250929");
  EXPECT_EQ(priced_as(prices, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            "claude-sonnet-4-5-20250929");
  EXPECT_EQ(priced_as(prices, "claude-haiku-4-5-20270101"), "claude-haiku-4-5");
  EXPECT_EQ(priced_as(prices, "anthropic/claude-opus-4-6"), "claude-opus-4-6");
}

TEST(Prices, ALaterVersionIsAnotherModel) {
  const PriceTable prices = PriceTable::shipped();
  EXPECT_EQ(priced_as(prices, "claude-opus-4-99"), "");
  EXPECT_EQ(priced_as(prices, "gpt-5.99"), "");
  EXPECT_EQ(priced_as(prices, "gpt-51"), "");
  EXPECT_EQ(priced_as(prices, "<synthetic>"), "");
}

TEST(Prices, TheFastModeOfAModelCostsAFactor) {
  const PriceTable prices = PriceTable::shipped();
  const auto fast = prices.find("claude-opus-5-fast");
  ASSERT_TRUE(fast);
  EXPECT_EQ(fast->name, "claude-opus-5");
  EXPECT_EQ(fast->factor, 2);
}

TEST(Prices, ANameThatEndsWithFastManyTimesIsLookedForOnce) {
  const PriceTable prices = PriceTable::shipped();
  std::string endless = "x";
  for (int i = 0; i < 100'000; ++i) endless += "-fast";
  EXPECT_EQ(priced_as(prices, endless), "");
  const auto fast = prices.find("us.anthropic.claude-opus-5-fast");
  ASSERT_TRUE(fast);
  EXPECT_EQ(fast->name, "claude-opus-5");
  EXPECT_EQ(fast->factor, 2);
}

TEST(Prices, AFileReplacesThePricesOfItsModels) {
  const tain::testing::TempDir directory;
  tain::testing::write(
      directory / "p.json",
      R"({"date": "2027-01-01", "models": {"claude-opus-4-5": {"input": 1, "output": 0},
                     "local-1": {"input": 0, "output": 0,
                                 "beyond_200k": {"input": 2, "output": 0}}}})");
  const PriceTable prices = PriceTable::with_overrides(directory / "p.json");
  EXPECT_EQ(prices.date(), "2027-01-01");
  EXPECT_EQ(prices.find("claude-opus-4-5")->price->rates.output, 0);
  EXPECT_EQ(prices.find("local-1")->price->beyond_200k->input, 2);
  EXPECT_EQ(prices.find("claude-opus-4-6")->price->rates.output, 25);
  EXPECT_NE(prices.fingerprint(), PriceTable::shipped().fingerprint());
}

// What is said of a file of prices.
std::string complaint_about(const std::string& json) {
  const tain::testing::TempDir directory;
  tain::testing::write(directory / "p.json", json);
  try {
    PriceTable::with_overrides(directory / "p.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Prices, AFileThatIsWrongSaysWhereAndWhatMayStandThere) {
  const tain::testing::TempDir directory;
  EXPECT_THROW(PriceTable::with_overrides(directory / "none.json"), IoError);
  const auto model = [](const std::string& members) {
    return R"({"models": {"m": {)" + members + "}}}";
  };
  for (const auto& [json, place, remedy] : std::vector<std::array<std::string, 3>>{
           {R"({"models": 1})", "at /models:", "an object"},
           {R"({})", "at /models:", "an object"},
           {R"({"models": {"m": 1}})", "at /models/m:", "an object"},
           {R"({"models": {}, "date": 5})", "at /date:", "text"},
           {R"({"models": {}, "source": []})", "at /source:", "text"},
           {R"({"models": {}, "prices": {}})", "at /prices:", "one of source, date, unit, models"},
           {model(R"("input": -1, "output": 1)"), "at /models/m/input:", "US dollars"},
           {model(R"("input": 1, "output": "1")"), "at /models/m/output:", "US dollars"},
           {model(R"("input": 1)"), "at /models/m/output:", "US dollars"},
           {model(R"("input": 1, "outptu": 5)"), "at /models/m/outptu:", "one of input, output, "},
           {model(R"("input_cost_per_token": 1e-6)"), "at /models/m/input_cost_per_token:", "fast"},
           {model(R"("input": 1, "output": 1, "fast": "2")"), "at /models/m/fast:", "a factor"},
           {model(R"("input": 1, "output": 1, "beyond_200k": {"input": 2})"),
            "at /models/m/beyond_200k/output:", "US dollars"},
           {model(R"("input": 1, "output": 1, "long_context": {"input": 2, "output": 2, "x": 1})"),
            "at /models/m/long_context/x:", "cache_write_1h"}}) {
    EXPECT_THAT(complaint_about(json),
                AllOf(HasSubstr("p.json: "), HasSubstr(place), HasSubstr(remedy)))
        << json;
  }
}

TEST(Prices, AFileThatIsNoJsonSaysWhere) {
  EXPECT_THAT(complaint_about("[]"), HasSubstr("p.json: "));
  EXPECT_THAT(complaint_about(R"({"models": {)"),
              AllOf(HasSubstr("p.json: "), HasSubstr("byte 12")));
}

}  // namespace
}  // namespace tain::mirror
