#include "json_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace tain::syncd {
namespace {

// RFC 8259 §6. simdjson leaves numbers unchecked until they are read, and fails on those that do
// not fit.
class NumberGrammar {
 public:
  explicit NumberGrammar(std::string_view text) : rest_(text) {
    take('-');
    valid_ = take('0') || digits();
    if (take('.')) {
      integral_ = false;
      valid_ = valid_ && digits();
    }
    if (take('e') || take('E')) {
      integral_ = false;
      if (!take('+')) take('-');
      valid_ = valid_ && digits();
    }
    valid_ = valid_ && rest_.empty();
  }
  bool valid() const { return valid_; }
  bool integral() const { return integral_; }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }

  std::string_view rest_;
  bool valid_ = false;
  bool integral_ = true;
};

// Accepts everything; only the place of the first error matters.
class Diagnosis final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::optional<JsonFault> fault;

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    const std::string what = error.what();  // "[…] parse error at line 1, column 2: reason"
    const std::size_t column = what.find("column");
    const std::size_t colon =
        column == std::string::npos ? what.find("] ") : what.find(": ", column);
    const std::string reason = colon == std::string::npos ? what : what.substr(colon + 2);
    // What was read last may be a secret.
    fault = {position == 0 ? 0 : position - 1, reason.substr(0, reason.find("; last read: "))};
    return false;
  }
};

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

bool hex4(std::string_view text, std::uint32_t& code) {
  if (text.size() < 4) return false;
  const auto result = std::from_chars(text.data(), text.data() + 4, code, 16);
  return result.ptr == text.data() + 4;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return '\0';
  }
}

// Takes `XXXX` or `XXXX\uYYYY` off the front; a surrogate without its other half becomes U+FFFD.
bool unescape_unicode(std::string_view& rest, std::string& out) {
  std::uint32_t code = 0;
  if (!hex4(rest, code)) return false;
  rest.remove_prefix(4);
  std::uint32_t low = 0;
  const bool high_half = code >= 0xD800 && code < 0xDC00;
  if (high_half && rest.starts_with("\\u") && hex4(rest.substr(2), low) && low >= 0xDC00 &&
      low < 0xE000) {
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    rest.remove_prefix(6);
  } else if (code >= 0xD800 && code < 0xE000) {
    code = 0xFFFD;
  }
  append_utf8(out, code);
  return true;
}

}  // namespace

NumberSyntax check_number(std::string_view token) {
  const NumberGrammar grammar(token);
  return {grammar.valid(), grammar.integral()};
}

std::optional<std::string> unescape_leniently(std::string_view rest) {
  std::string out;
  while (!rest.empty() && rest.front() != '"') {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const char kind = rest.front();
    rest.remove_prefix(1);
    if (kind == 'u') {
      if (!unescape_unicode(rest, out)) return std::nullopt;
    } else if (const char plain = simple_escape(kind)) {
      out += plain;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

// The second opinion on a text that is known to be bad: simdjson is fast, nlohmann says where and
// why. It also refuses what we take, and then it has not come to what is really wrong.
JsonFault diagnose(std::string_view text, const JsonFault& found) {
  Diagnosis diagnosis;
  nlohmann::json::sax_parse(text, &diagnosis);
  const std::string reason = diagnosis.fault ? diagnosis.fault->reason : "";
  const bool we_take_it = reason.find("number overflow") != std::string::npos ||
                          reason.find("surrogate") != std::string::npos;
  if (diagnosis.fault && !we_take_it) return *diagnosis.fault;
  return found;
}

}  // namespace tain::syncd
