#pragma once

#include <string_view>
#include <tuple>

namespace tain {

/// How an entity is described: once, as a list of fields, from which its JSON, its validation, its
/// SQL columns, its JSON Schema and its page in the reference come.
///
/// A struct `E` is an entity when `Description<E>` has `name` and `fields`, a tuple of Field. See
/// model/session.h.
template <class E>
struct Description;

template <class T>
concept Described = requires {
  Description<T>::fields;
};

/// Whether a file that lacks the field (or holds null) is refused by core.
enum class Presence { required, optional };

/// What the field is in the mirror.
enum class Columns {
  value,      ///< one column of the entity's table
  flattened,  ///< a nested object: its own fields, as columns of the same table
  count,      ///< one column: the number of elements; the elements have a table of their own
  none,       ///< no column: a table of its own, or only in `documents`
};

template <class E, class T>
struct Field {
  std::string_view name;  ///< the key in the JSON object
  T E::*member;
  Presence presence;
  Columns columns;
  std::string_view
      column;  ///< the column's name; for `flattened`, what the nested columns' names begin with
  std::string_view meaning{};  ///< for the reference, where the name alone does not say it
};

template <class E, class T>
constexpr Field<E, T> required(std::string_view name, T E::*member, std::string_view meaning = "") {
  return {name, member, Presence::required, Columns::value, name, meaning};
}

template <class E, class T>
constexpr Field<E, T> optional(std::string_view name, T E::*member, std::string_view meaning = "") {
  return {name, member, Presence::optional, Columns::value, name, meaning};
}

template <class E, class T>
constexpr Field<E, T> nested(std::string_view name, T E::*member, std::string_view prefix = "",
                             std::string_view meaning = "") {
  return {name, member, Presence::optional, Columns::flattened, prefix, meaning};
}

template <class E, class T>
constexpr Field<E, T> counted(std::string_view name, T E::*member, std::string_view meaning = "") {
  return {name, member, Presence::optional, Columns::count, name, meaning};
}

template <class E, class T>
constexpr Field<E, T> without_column(std::string_view name, T E::*member,
                                     std::string_view meaning = "") {
  return {name, member, Presence::optional, Columns::none, "", meaning};
}

}  // namespace tain
