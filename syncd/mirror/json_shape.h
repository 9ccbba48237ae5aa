#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "core/model/field.h"

namespace tain::mirror {

/// What may stand in a column of JSON.
enum class JsonShape { any, object, list, list_of_text, list_of_objects };

/// The columns of JSON whose shape is known; any other may hold anything.
using JsonShapes = std::map<std::string, JsonShape, std::less<>>;

namespace json_shape_detail {

template <class T>
inline constexpr JsonShape kShapeOf = Described<T> ? JsonShape::object : JsonShape::any;
template <class T>
inline constexpr JsonShape kShapeOf<std::optional<T>> = kShapeOf<T>;
template <class T>
inline constexpr JsonShape kShapeOf<std::vector<T>> =
    std::is_same_v<T, std::string> ? JsonShape::list_of_text
    : Described<T>                 ? JsonShape::list_of_objects
                                   : JsonShape::list;

template <class T>
struct Bare {
  using type = T;
};
template <class T>
struct Bare<std::optional<T>> {
  using type = T;
};

template <class E>
void append(JsonShapes& shapes, const std::string& prefix);

template <class E, class T>
void append_field(JsonShapes& shapes, const std::string& prefix, const Field<E, T>& field) {
  using Value = typename Bare<T>::type;
  const std::string column = prefix + std::string(field.column);
  if (field.columns == Columns::flattened) {
    if constexpr (Described<Value>) append<Value>(shapes, column);
  } else if (field.columns == Columns::value && kShapeOf<T> != JsonShape::any) {
    shapes.emplace(column, kShapeOf<T>);
  }
}

template <class E>
void append(JsonShapes& shapes, const std::string& prefix) {
  std::apply([&](const auto&... field) { (append_field(shapes, prefix, field), ...); },
             Description<E>::fields);
}

}  // namespace json_shape_detail

/// What columns_of<E>() does not say of its columns of JSON.
template <Described E>
JsonShapes json_shapes_of() {
  JsonShapes shapes;
  json_shape_detail::append<E>(shapes, "");
  return shapes;
}

}  // namespace tain::mirror
