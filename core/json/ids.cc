#include "ids.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "../error.h"

namespace tain {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kLongestId = 128;

void fill_random(unsigned char* bytes, std::size_t size) {
  for (std::size_t filled = 0; filled < size;) {
    const ssize_t got = ::getrandom(bytes + filled, size - filled, 0);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      throw IoError("read", "the kernel's random generator", errno);
    }
  }
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string random_text(std::size_t size) {
  // Bytes that do not divide evenly among the alphabet are thrown away, so that every character is
  // as likely.
  constexpr unsigned kUsable = 256 / kAlphabet.size() * kAlphabet.size();
  std::string text;
  std::array<unsigned char, 32> bytes{};
  while (text.size() < size) {
    fill_random(bytes.data(), bytes.size());
    for (const unsigned char byte : bytes) {
      if (byte < kUsable && text.size() < size) text += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return text;
}

std::string make_id(std::string_view prefix, Timestamp now) {
  return std::string(prefix) + "_" + std::to_string(now.ms) + "_" + random_text(9);
}

bool is_valid_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId && id.front() != '.' &&
         std::all_of(id.begin(), id.end(), is_id_character);
}

void require_valid_id(std::string_view argument, std::string_view id) {
  if (is_valid_id(id)) return;
  throw InvalidArgument(std::string(argument),
                        "1 to 128 characters of A-Z a-z 0-9 . _ - without a dot in front",
                        "\"" + std::string(id.substr(0, kLongestId)) + "\"");
}

}  // namespace tain
