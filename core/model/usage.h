#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "field.h"

namespace tain {

/// Tokens that a model read and wrote, and what they cost. What is not known is absent, not zero.
struct Usage {
  std::optional<std::int64_t> input_tokens = {};
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
      optional("input_tokens", &Usage::input_tokens, "read, without those from or for the cache"),
      optional("output_tokens", &Usage::output_tokens, "written"),
      optional("cache_read_tokens", &Usage::cache_read_tokens, "read from the cache"),
      optional("cache_write_tokens", &Usage::cache_write_tokens, "written to the cache"),
      optional("cost_usd", &Usage::cost_usd, "in US dollars; absent where it is not known"),
  };
};

}  // namespace tain
