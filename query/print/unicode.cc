#include "unicode.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tain::query {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementBytes = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";

// What a first byte promises: how many bytes follow, and the range of the first of them, which
// keeps out overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
  std::size_t more = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {.more = 1};
  if (byte == 0xE0) return {.more = 2, .lowest = 0xA0};
  if (byte == 0xED) return {.more = 2, .highest = 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {.more = 2};
  if (byte == 0xF0) return {.more = 3, .lowest = 0x90};
  if (byte == 0xF4) return {.more = 3, .highest = 0x8F};
  if (byte >= 0xF1 && byte <= 0xF3) return {.more = 3};
  return {};
}

// The parts of the code space that a terminal obeys rather than shows.
bool acts_on_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string escape(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), c < 0x80 ? "\\x%02x" : "\\u%04x",
                static_cast<unsigned>(c));
  return text.data();
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// wcwidth() knows characters only in a UTF-8 locale. The process's own is left alone: it may be
// "C", while what we print is always UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(::uselocale(shared())) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() { ::uselocale(previous_); }

 private:
  static locale_t shared() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;  // null where the system has none: uselocale() then changes nothing
  }
  locale_t previous_;
};

std::size_t width_of(char32_t c) {
  const int width = ::wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);  // newer than the C library's tables
}

}  // namespace

CodePoint front_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.more == 0) return {kReplacement, 1, false};
  char32_t value = first & (0x3FU >> lead.more);
  for (std::size_t i = 1; i <= lead.more; ++i) {
    if (i >= text.size()) return {kReplacement, i, false};
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char lowest = i == 1 ? lead.lowest : 0x80;
    const unsigned char highest = i == 1 ? lead.highest : 0xBF;
    if (byte < lowest || byte > highest) return {kReplacement, i, false};
    value = (value << 6U) | (byte & 0x3FU);
  }
  return {value, lead.more + 1, true};
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const CodePoint front = front_of(bytes);
    if (!front.is_valid) return false;
    bytes.remove_prefix(front.size);
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint front = front_of(bytes);
    text += front.is_valid ? bytes.substr(0, front.size) : kReplacementBytes;
    bytes.remove_prefix(front.size);
  }
  return text;
}

std::string make_visible(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint front = front_of(bytes);
    if (!front.is_valid) {
      text += kReplacementBytes;
    } else if (acts_on_terminal(front.value)) {
      text += escape(front.value);
    } else {
      text += bytes.substr(0, front.size);
    }
    bytes.remove_prefix(front.size);
  }
  return text;
}

std::string make_visible_lines(std::string_view bytes) {
  std::string text;
  for (;;) {
    const std::size_t end = bytes.find_first_of("\n\t");
    text += make_visible(bytes.substr(0, end));
    if (end == std::string_view::npos) return text;
    text += bytes[end];
    bytes.remove_prefix(end + 1);
  }
}

std::size_t display_width(std::string_view visible) {
  if (is_printable_ascii(visible)) return visible.size();
  const Utf8Locale utf8;
  std::size_t width = 0;
  while (!visible.empty()) {
    const CodePoint front = front_of(visible);
    width += width_of(front.value);
    visible.remove_prefix(front.size);
  }
  return width;
}

std::string cut_to_width(std::string visible, std::size_t width) {
  if (display_width(visible) <= width) return visible;
  const Utf8Locale utf8;
  std::size_t kept = 0;
  for (std::size_t used = 0; kept < visible.size();) {
    const CodePoint front = front_of(std::string_view(visible).substr(kept));
    used += width_of(front.value);
    if (used + 1 > width) break;
    kept += front.size;
  }
  visible.resize(kept);
  return visible.append(kEllipsis);
}

}  // namespace tain::query
