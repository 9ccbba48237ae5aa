#include "task.h"

#include <algorithm>
#include <cctype>

namespace tain {
namespace {

constexpr std::size_t kLongestSlug = 60;
constexpr std::size_t kLongestTitle = 80;  // characters
constexpr std::string_view kSpace = " \t\r";

// What programs call a task that nobody has named.
constexpr auto kPlaceholders =
    std::to_array<std::string_view>({"", "untitled", "new task", "task"});

bool is_continuation_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string_view first_line(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  text = text.substr(0, text.find('\n'));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool is_placeholder(std::string_view title) {
  return std::find(kPlaceholders.begin(), kPlaceholders.end(), lower(title)) != kPlaceholders.end();
}

std::string cut(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_continuation_byte(text[i])) continue;
    if (characters++ == kLongestTitle) return std::string(text.substr(0, i)) + "…";
  }
  return std::string(text);
}

}  // namespace

std::string slug_of(std::string_view title) {
  std::string slug;
  bool gap = false;
  for (const char c : title) {
    const bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!keep) {
      gap = !slug.empty();
      continue;
    }
    if (slug.size() + (gap ? 2 : 1) > kLongestSlug) break;
    if (std::exchange(gap, false)) slug += '-';
    slug += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return slug.empty() ? "task" : slug;
}

std::string display_title(const Task& task) {
  const std::string_view title = first_line(task.title);
  const std::string_view prompt =
      task.initial_prompt ? first_line(*task.initial_prompt) : std::string_view();
  return cut(is_placeholder(title) && !prompt.empty() ? prompt : title);
}

}  // namespace tain
