#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

enum class Rating { good, skip };

template <>
struct Vocabulary<Rating> {
  using enum Rating;
  static constexpr auto words = std::to_array<std::pair<Rating, std::string_view>>({
      {good, "good"},
      {skip, "skip"},
  });
};

/// What came of a task, for the next one like it: `tasks/<task>/evaluation.json`. The good ones are
/// the workflow library (seed 000).
struct Evaluation {
  std::string task_id = {};
  Rating rating = Rating::good;
  std::optional<std::string> use_case = {};
  std::vector<std::string> workflow_tags = {};
  std::optional<std::string> outcome_note = {};
  std::optional<std::string> approach_note = {};
  std::optional<std::string> reuse_when = {};
  std::optional<std::string> watchouts = {};
  Timestamp evaluated_at = {};
  bool operator==(const Evaluation&) const = default;
};

template <>
struct Description<Evaluation> {
  static constexpr std::string_view name = "evaluation";
  static constexpr auto fields = std::tuple{
      required("task_id", &Evaluation::task_id),
      required("rating", &Evaluation::rating, "good: it belongs to the workflow library"),
      optional("use_case", &Evaluation::use_case),
      optional("workflow_tags", &Evaluation::workflow_tags),
      optional("outcome_note", &Evaluation::outcome_note),
      optional("approach_note", &Evaluation::approach_note),
      optional("reuse_when", &Evaluation::reuse_when),
      optional("watchouts", &Evaluation::watchouts),
      required("evaluated_at", &Evaluation::evaluated_at),
  };
};

}  // namespace tain
