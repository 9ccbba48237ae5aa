#include "answer_table.h"

#include "query/print/text.h"

namespace tain::query {
namespace {

AnswerCell held(const Value& value) {
  AnswerCell cell{.text = format_value(value, "NULL"), .number = {}};
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    cell.number = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    cell.number = *real;
  }
  cell.is_null = std::holds_alternative<std::nullptr_t>(value);
  return cell;
}

}  // namespace

AnswerTable read_answer(ReadOnlyQuery& query) {
  AnswerTable answer;
  bool has_row = query.step();
  answer.columns = query.columns();
  for (std::vector<Value> values; has_row; has_row = query.step()) {
    query.read(values);
    std::vector<AnswerCell>& row = answer.rows.emplace_back();
    for (const Value& value : values) row.push_back(held(value));
  }
  return answer;
}

}  // namespace tain::query
