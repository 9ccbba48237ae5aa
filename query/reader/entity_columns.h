#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "core/model/codec.h"
#include "core/model/columns.h"
#include "cursor.h"

namespace tain::query {

// From the columns of a row back to core's struct, by the same list of fields (Description<E>) that
// the mirror's columns are made of: whoever adds a field there has it here.

namespace entity_columns_detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
bool read_json(std::string_view text, T& value) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return false;
  try {
    const std::filesystem::path nowhere;
    value = Codec<T>::decode(json, Place(nowhere));
    return true;
  } catch (const SchemaError&) {
    return false;
  }
}

// False for what T cannot hold.
template <class T>
bool read_value(const Cursor& row, int column, T& value) {
  if constexpr (kIsOptional<T>) {
    return read_value(row, column, value.emplace());
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = row.text(column);
  } else if constexpr (std::is_same_v<T, bool>) {
    value = row.integer(column) != 0;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    value = row.integer(column);
  } else if constexpr (std::is_same_v<T, double>) {
    value = row.real(column);
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    value = {row.integer(column)};
  } else if constexpr (Word<T>) {
    const std::optional<T> word = from_text<T>(row.text(column));
    if (word) value = *word;
    return word.has_value();
  } else {
    return read_json(row.text(column), value);
  }
  return true;
}

// The columns of a row from `next` on.
struct RowColumns {
  const Cursor& row;
  int next;
  std::vector<std::string>& unread;
};

template <class E>
void read_fields(RowColumns& columns, const std::string& prefix, E& entity);

template <class E, class B, class T>
void read_field(RowColumns& columns, const std::string& prefix, const Field<B, T>& field,
                E& entity) {
  T& value = entity.*field.member;
  const std::string name = prefix + std::string(field.column);
  if (field.columns == Columns::none) return;
  if (field.columns == Columns::flattened) {
    if constexpr (Described<T>) read_fields(columns, name, value);
    return;
  }
  const int column = columns.next++;
  if (columns.row.is_null(column)) {
    if (field.presence == Presence::required) columns.unread.push_back(name);
    return;
  }
  T read{};
  if (read_value(columns.row, column, read)) {
    value = std::move(read);
  } else {
    columns.unread.push_back(name);
  }
}

template <class E>
void read_fields(RowColumns& columns, const std::string& prefix, E& entity) {
  std::apply([&](const auto&... field) { (read_field(columns, prefix, field, entity), ...); },
             Description<E>::fields);
}

// A count is read as the list that was counted, from the table of its elements.
inline std::string list_of_count(const Column& column) {
  if (column.name != "checkpoints_completed") return "t." + column.name;
  return "(SELECT json_group_array(c.checkpoint) FROM session_checkpoints c"
         " WHERE c.file_id = t.file_id)";
}

}  // namespace entity_columns_detail

/// `, t.id, t.topic, …`: the columns of `E`, as read_entity() wants them.
template <Described E>
std::string select_list() {
  std::string list;
  for (const Column& column : columns_of<E>()) {
    list += ", " + (column.type == ColumnType::count ? entity_columns_detail::list_of_count(column)
                                                     : "t." + column.name);
  }
  return list;
}

/// The entity whose columns begin at `first`. What a column has and its field cannot hold (an
/// unknown word, a text that is no JSON), or what a field must have and its column has not, is left
/// as a new entity has it, and named in `unread`.
template <Described E>
E read_entity(const Cursor& row, int first, std::vector<std::string>& unread) {
  E entity{};
  entity_columns_detail::RowColumns columns{row, first, unread};
  entity_columns_detail::read_fields(columns, "", entity);
  return entity;
}

}  // namespace tain::query
