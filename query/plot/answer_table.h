#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/sql/read_only.h"

namespace tain::query {

/// One value of an answer that is held whole, to be drawn.
struct AnswerCell {
  std::string text;  ///< as a table prints it, `NULL` included
  std::optional<double> number;
  bool is_null = false;
};

struct AnswerTable {
  std::vector<std::string> columns;
  std::vector<std::vector<AnswerCell>> rows;
};

/// Steps through `query` and holds all of its rows.
AnswerTable read_answer(ReadOnlyQuery& query);

}  // namespace tain::query
