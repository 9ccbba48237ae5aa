#include "syncd/mirror/prices.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/temp_dir.h"

namespace tain::mirror {
namespace {

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
  const testing::TempDir directory;
  testing::write(directory / "p.json",
                 R"({"date": "2027-01-01", "models": {"claude-opus-4-5": {"input": 1},
                     "local-1": {"input": 0, "beyond_200k": {"input": 2}}}})");
  const PriceTable prices = PriceTable::with_overrides(directory / "p.json");
  EXPECT_EQ(prices.date(), "2027-01-01");
  EXPECT_EQ(prices.find("claude-opus-4-5")->price->rates.output, 0);
  EXPECT_EQ(prices.find("local-1")->price->beyond_200k->input, 2);
  EXPECT_EQ(prices.find("claude-opus-4-6")->price->rates.output, 25);
  EXPECT_NE(prices.fingerprint(), PriceTable::shipped().fingerprint());
}

TEST(Prices, AFileThatIsWrongSaysWhere) {
  const testing::TempDir directory;
  EXPECT_THROW(PriceTable::with_overrides(directory / "none.json"), IoError);
  for (const auto& [json, place] :
       {std::pair{"[]", ""},
        {R"({"models": 1})", "/models"},
        {R"({"models": {"m": 1}})", "/models/m"},
        {R"({"models": {"m": {"input": -1}}})", "/models/m/input"},
        {R"({"models": {"m": {"output": "1"}}})", "/models/m/output"}}) {
    testing::write(directory / "p.json", json);
    try {
      PriceTable::with_overrides(directory / "p.json");
      ADD_FAILURE() << json;
    } catch (const SchemaError& error) {
      EXPECT_EQ(error.place(), place);
    }
  }
}

}  // namespace
}  // namespace tain::mirror
