#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

/// What a column of the mirror holds, and so how a JSON value becomes one.
enum class ColumnType {
  text,
  integer,
  real,
  boolean,  ///< 0 or 1
  time,     ///< UTC milliseconds
  word,     ///< text from a vocabulary; other text passes through
  json,     ///< JSON text: a list or an open object
  count,    ///< the number of elements of a list
};

/// A column as an entity's description gives it.
struct Column {
  std::string name;
  std::vector<std::string> path;  ///< the keys that lead to the value in the JSON object
  ColumnType type = ColumnType::text;
  std::vector<std::string_view> words;  ///< for ColumnType::word
  bool required = false;                ///< whether core refuses a file without the value
  std::string_view meaning{};           ///< where the name alone does not say it
};

namespace columns_detail {

template <class T>
struct TypeOf {
  static constexpr ColumnType value = ColumnType::json;
};
template <>
struct TypeOf<std::string> {
  static constexpr ColumnType value = ColumnType::text;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr ColumnType value = ColumnType::integer;
};
template <>
struct TypeOf<double> {
  static constexpr ColumnType value = ColumnType::real;
};
template <>
struct TypeOf<bool> {
  static constexpr ColumnType value = ColumnType::boolean;
};
template <>
struct TypeOf<Timestamp> {
  static constexpr ColumnType value = ColumnType::time;
};
template <Word E>
struct TypeOf<E> {
  static constexpr ColumnType value = ColumnType::word;
};

template <class T>
struct Bare {
  using type = T;
};
template <class T>
struct Bare<std::optional<T>> {
  using type = T;
};

template <class E>
void append(std::vector<Column>& columns, const std::vector<std::string>& path,
            const std::string& prefix);

template <class E, class T>
void append_field(std::vector<Column>& columns, std::vector<std::string> path,
                  const std::string& prefix, const Field<E, T>& field) {
  using Value = typename Bare<T>::type;
  path.emplace_back(field.name);
  if (field.columns == Columns::none) return;
  if (field.columns == Columns::flattened) {
    if constexpr (Described<Value>)
      append<Value>(columns, path, prefix + std::string(field.column));
    return;
  }
  Column column{prefix + std::string(field.column), std::move(path), TypeOf<Value>::value, {}};
  // An object whose fields are columns may itself be absent.
  column.required = field.presence == Presence::required && column.path.size() == 1;
  column.meaning = field.meaning;
  if (field.columns == Columns::count) column.type = ColumnType::count;
  if constexpr (Word<Value>) {
    column.words = words_of<Value>();
  }
  columns.push_back(std::move(column));
}

template <class E>
void append(std::vector<Column>& columns, const std::vector<std::string>& path,
            const std::string& prefix) {
  std::apply([&](const auto&... field) { (append_field(columns, path, prefix, field), ...); },
             Description<E>::fields);
}

}  // namespace columns_detail

/// The columns of an entity's table, in the order of its description.
template <Described E>
std::vector<Column> columns_of() {
  std::vector<Column> columns;
  columns_detail::append<E>(columns, {}, "");
  return columns;
}

}  // namespace tain
