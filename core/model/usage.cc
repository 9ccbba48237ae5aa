#include "usage.h"

#include <string>

#include "../error.h"

namespace tain {
namespace {

void add(std::optional<std::int64_t>& total, const std::optional<std::int64_t>& more) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(total.value_or(0), more.value_or(0), &sum)) {
    throw InvalidArgument("tokens", "a sum that fits 64 bits", std::to_string(*more));
  }
  if (more) total = sum;
}

void add(std::optional<double>& total, const std::optional<double>& more) {
  if (more) total = total.value_or(0) + *more;
}

}  // namespace

Usage& Usage::operator+=(const Usage& more) {
  add(input_tokens, more.input_tokens);
  add(output_tokens, more.output_tokens);
  add(cache_read_tokens, more.cache_read_tokens);
  add(cache_write_tokens, more.cache_write_tokens);
  add(cost_usd, more.cost_usd);
  return *this;
}

}  // namespace tain
