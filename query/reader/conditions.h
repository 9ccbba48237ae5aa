#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json/time.h"
#include "core/model/vocabulary.h"

namespace tain::query {

/// What the rows of a list must be: the text of a WHERE, and the values of its parameters. What a
/// filter does not ask for adds nothing, so that every question gets the index that fits it.
///
/// Columns and tables are names of the mirror's schema, never anything that a user typed.
class Conditions {
 public:
  using Parameter = std::variant<std::int64_t, std::string>;

  /// Of the project with this id or this name.
  void of_project(const std::optional<std::string>& project);
  void equal(std::string_view column, const std::optional<std::string>& value);
  void equal(std::string_view column, const std::optional<bool>& value);
  template <Word E>
  void equal(std::string_view column, const std::optional<E>& value) {
    if (value) equal(column, std::optional<std::string>(to_text(*value)));
  }
  /// At `begin` or later.
  void since(std::string_view column, const std::optional<Timestamp>& begin);
  /// Earlier than `end`.
  void before(std::string_view column, const std::optional<Timestamp>& end);
  /// `condition`, about a row `t`, holds, or does not.
  void holds(const std::string& condition, const std::optional<bool>& value);
  /// The row's file has a row in `table` whose `column` is `value`.
  void linked(std::string_view table, std::string_view column,
              const std::optional<std::string>& value);

  /// ` WHERE …`, or nothing.
  std::string where() const { return where_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  void add(const std::string& condition, Parameter parameter);

  std::string where_;
  std::vector<Parameter> parameters_;
};

}  // namespace tain::query
