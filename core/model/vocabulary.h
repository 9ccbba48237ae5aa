#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../error.h"

namespace tain {

/// The words of an enum, in one place: `Vocabulary<E>::words` is an array of (enumerator, word).
template <class E>
struct Vocabulary;

template <class E>
concept Word = requires {
  Vocabulary<E>::words;
};

template <Word E>
constexpr std::string_view to_text(E value) {
  for (const auto& [enumerator, word] : Vocabulary<E>::words) {
    if (enumerator == value) return word;
  }
  return {};
}

template <Word E>
constexpr std::optional<E> from_text(std::string_view text) {
  for (const auto& [enumerator, word] : Vocabulary<E>::words) {
    if (word == text) return enumerator;
  }
  return std::nullopt;
}

template <Word E>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  words.reserve(Vocabulary<E>::words.size());
  for (const auto& [enumerator, word] : Vocabulary<E>::words) words.push_back(word);
  return words;
}

/// The words for a message: "a, b or c".
template <Word E>
std::string list_words() {
  std::string list;
  const auto& words = Vocabulary<E>::words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += words[i].second;
  }
  return list;
}

/// The enumerator of a word that a person typed. Throws InvalidArgument listing the words.
template <Word E>
E parse_word(std::string_view argument, std::string_view text) {
  if (const std::optional<E> value = from_text<E>(text)) return *value;
  throw InvalidArgument(std::string(argument), list_words<E>(), "\"" + std::string(text) + "\"");
}

/// A lifecycle as a table: `Lifecycle<S>::transitions` is an array of (from, to),
/// `Lifecycle<S>::name` is for messages.
template <class S>
struct Lifecycle;

template <class S>
constexpr bool is_allowed(S from, S to) {
  for (const auto& [source, target] : Lifecycle<S>::transitions) {
    if (source == from && target == to) return true;
  }
  return false;
}

/// Whether nothing can follow `state`.
template <class S>
constexpr bool is_terminal(S state) {
  for (const auto& [source, target] : Lifecycle<S>::transitions) {
    if (source == state) return false;
  }
  return true;
}

/// Throws InvalidTransition, naming both states and what would be allowed, unless the table has the
/// step.
template <class S>
void require_transition(const std::filesystem::path& path, S from, S to) {
  if (is_allowed(from, to)) return;
  std::string allowed;
  for (const auto& [source, target] : Lifecycle<S>::transitions) {
    if (source == from) allowed.append(allowed.empty() ? "" : ", ").append(to_text(target));
  }
  throw InvalidTransition(path, Lifecycle<S>::name, std::string(to_text(from)),
                          std::string(to_text(to)), allowed);
}

}  // namespace tain
