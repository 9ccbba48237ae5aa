// The mirror is a function of the tree: whatever happened on the way, it equals one built from
// nothing.

#include <gtest/gtest.h>

#include "tests/support/meddler.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::Meddler;
using testing::SyncHarness;

// Small, so that lines that are too long and logs in several parts are met too.
constexpr SyncLimits kLimits = {.max_body = 64, .max_line = 400, .log_budget = 500};

class FunctionOfTree : public ::testing::TestWithParam<unsigned> {};

TEST_P(FunctionOfTree, AfterAnySeriesOfChangesTheMirrorEqualsAFreshOne) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  SyncHarness harness({.limits = kLimits});
  Meddler meddler(harness.root(), GetParam(), Meddler::Manner::gentle);
  for (int round = 0; round < 15; ++round) {
    for (int i = 0; i < 20; ++i) {
      meddler.act();
      if (i % 3 == 0) harness.scan();
    }
    harness.scan();
    ASSERT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}, kLimits))
        << "after " << (round + 1) * 20 << " operations";
  }
}

// Some tool's own project file, beside Tain's.
constexpr const char* kMytool =
    R"([{"name": "mytool", "markers": [".mytool"], "files": [{"path": "*.json", "is": "project"}]}])";

TEST(ProjectFiles, OfSeveralTheFirstOneDescribesTheProjectInWhateverOrderTheyCome) {
  const LayoutChoices choices{
      {}, Codec<std::vector<LayoutDescription>>::decode(Json::parse(kMytool), Place("config"))};
  SyncHarness harness({.layouts = choices});
  const auto expect = [&](const std::string& name) {
    harness.scan();
    EXPECT_EQ(harness.select("SELECT name FROM projects"), name);
    SyncHarness fresh({.roots = {harness.root().string()}, .layouts = choices});
    fresh.settle();
    EXPECT_EQ(harness.dump(), fresh.dump());
  };
  harness.write("x/.mytool/b.json", R"({"name": "b"})");
  expect("b");
  harness.write("x/.tain/project.json", R"({"name": "native"})");
  expect("b");
  harness.write("x/.mytool/a.json", R"({"name": "a"})");
  expect("a");
  harness.write("x/.mytool/b.json", R"({"name": "b, changed"})");
  expect("a");
  harness.write("x/.mytool/a.json", R"({"name": "a, changed"})");
  expect("a, changed");
  std::filesystem::remove(harness.root() / "x/.mytool/a.json");
  expect("b, changed");
  std::filesystem::remove(harness.root() / "x/.mytool/b.json");
  expect("native");
  std::filesystem::remove(harness.root() / "x/.tain/project.json");
  expect("");
}

INSTANTIATE_TEST_SUITE_P(Seeds, FunctionOfTree, ::testing::Values(1U, 2U, 3U, 4U));

}  // namespace
}  // namespace tain::syncd
