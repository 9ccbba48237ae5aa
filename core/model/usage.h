#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "field.h"

namespace tain {

/// Tokens that a model read and wrote, and what they cost. What is not known is absent, not zero.
struct Usage {
  std::optional<std::int64_t> input_tokens =
      {};  ///< without those read from or written to the cache
  std::optional<std::int64_t> output_tokens = {};
  std::optional<std::int64_t> cache_read_tokens = {};
  std::optional<std::int64_t> cache_write_tokens = {};
  std::optional<double> cost_usd = {};
  bool operator==(const Usage&) const = default;

  /// Adds what is known of `more`. Throws InvalidArgument when a sum does not fit.
  Usage& operator+=(const Usage& more);
};

template <>
struct Description<Usage> {
  static constexpr auto fields = std::tuple{
      optional("input_tokens", &Usage::input_tokens),
      optional("output_tokens", &Usage::output_tokens),
      optional("cache_read_tokens", &Usage::cache_read_tokens),
      optional("cache_write_tokens", &Usage::cache_write_tokens),
      optional("cost_usd", &Usage::cost_usd),
  };
};

}  // namespace tain
