#include "usage.h"

namespace tain {
namespace {

template <class T>
void add(std::optional<T>& total, const std::optional<T>& more) {
  if (more) total = total.value_or(T{}) + *more;
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
