#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "vocabulary.h"

namespace tain {

/// The swim lane of a timeline in which an event is shown (seed 000).
enum class Lane {
  user,
  exploration,
  planning,
  implementation,
  questions,
  todos,
  background,
  coordination,
};

template <>
struct Vocabulary<Lane> {
  using enum Lane;
  static constexpr auto words = std::to_array<std::pair<Lane, std::string_view>>({
      {user, "user"},
      {exploration, "exploration"},
      {planning, "planning"},
      {implementation, "implementation"},
      {questions, "questions"},
      {todos, "todos"},
      {background, "background"},
      {coordination, "coordination"},
  });
};

}  // namespace tain
