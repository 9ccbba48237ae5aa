#include "core/model/usage.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"

namespace tain {
namespace {

TEST(Usage, AddsWhatIsKnownAndLeavesTheRestUnknown) {
  Usage total;
  total += {.input_tokens = 10, .cost_usd = 0.5};
  total += {.input_tokens = 5, .output_tokens = 2};
  EXPECT_EQ(total, (Usage{.input_tokens = 15, .output_tokens = 2, .cost_usd = 0.5}));
}

TEST(Usage, ZeroIsKnown) {
  Usage total;
  total += {.cache_read_tokens = 0};
  EXPECT_EQ(total.cache_read_tokens, 0);
  EXPECT_FALSE(total.cache_write_tokens);
}

TEST(Usage, ASumThatDoesNotFitIsRefused) {
  Usage total{.input_tokens = std::numeric_limits<std::int64_t>::max()};
  EXPECT_THROW(total += {.input_tokens = 1}, InvalidArgument);
  total += {.output_tokens = 1};
  EXPECT_EQ(total.output_tokens, 1);
}

}  // namespace
}  // namespace tain
