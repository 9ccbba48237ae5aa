#include "text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "unicode.h"

namespace tain::query {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

struct Formatter {
  std::string_view null;

  std::string operator()(std::nullptr_t) const { return std::string(null); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return format_real(value); }
  std::string operator()(std::string_view value) const { return to_utf8(value); }
  std::string operator()(Blob value) const { return format_blob(value.bytes); }
};

}  // namespace

std::string format_real(double value) {
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string format_blob(std::string_view bytes) {
  return is_utf8(bytes) ? std::string(bytes) : hex(bytes);
}

std::string format_value(const Value& value, std::string_view null) {
  return std::visit(Formatter{null}, value);
}

}  // namespace tain::query
