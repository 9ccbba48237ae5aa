#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/query/tain.h"
#include "tests/support/example_tree.h"
#include "tests/support/golden.h"

namespace tain::query {

/// Questions about the example, of which nothing is changed.
class Asking : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { example_ = std::make_unique<testing::ExampleMirror>(); }
  static void TearDownTestSuite() { example_.reset(); }

  static Outcome ask(std::vector<std::string> arguments,
                     const std::optional<Terminal>& terminal = {}) {
    arguments.insert(arguments.end(), {"--db", example_->db().string()});
    Tain tain;
    tain.terminal = terminal;
    tain.clock = [] { return Timestamp{testing::kExampleNow}; };
    return tain(arguments);
  }

  /// The answer in each of `formats` is what `name`.<format> of the golden files holds.
  static void expect_answers(const std::string& name, const std::vector<std::string>& arguments,
                             const std::vector<std::string>& formats = {"table", "csv", "json",
                                                                        "jsonl", "markdown"}) {
    for (const std::string& format : formats) {
      std::vector<std::string> all = arguments;
      all.insert(all.end(), {"--format", format});
      const Outcome outcome = ask(all);
      EXPECT_EQ(outcome.status, kDone) << outcome.err;
      EXPECT_EQ(outcome.err, "");
      testing::expect_golden(name + "." + format, outcome.out);
    }
  }

  static std::unique_ptr<testing::ExampleMirror> example_;
};
inline std::unique_ptr<testing::ExampleMirror> Asking::example_;

}  // namespace tain::query
