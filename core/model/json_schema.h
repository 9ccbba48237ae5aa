#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

namespace json_schema_detail {

/// What every schema of ours begins with; `description` may be empty.
Json begin_schema(std::string_view name, std::string_view description);
Json of_type(std::string_view type);
/// A time as core writes it, and only so; see format_time().
Json of_time();
Json of_words(const std::vector<std::string_view>& words);
/// `schema`, or null: core reads null as absent.
Json or_null(Json schema);

/// One specialisation for each kind of field, as Codec has them.
template <class T>
struct SchemaOf;

template <>
struct SchemaOf<std::string> {
  static Json make() { return of_type("string"); }
};
template <>
struct SchemaOf<bool> {
  static Json make() { return of_type("boolean"); }
};
template <>
struct SchemaOf<std::int64_t> {
  static Json make() { return of_type("integer"); }
};
template <>
struct SchemaOf<double> {
  static Json make() { return of_type("number"); }
};
template <>
struct SchemaOf<Timestamp> {
  static Json make() { return of_time(); }
};
template <>
struct SchemaOf<Json> {
  static Json make() { return Json::object(); }  // whatever it is
};

template <Word E>
struct SchemaOf<E> {
  static Json make() { return of_words(words_of<E>()); }
};

template <class T>
struct SchemaOf<std::optional<T>> {
  static Json make() { return SchemaOf<T>::make(); }
};

template <class T>
struct SchemaOf<std::vector<T>> {
  static Json make() {
    Json schema = of_type("array");
    schema["items"] = SchemaOf<T>::make();
    return schema;
  }
};

template <Described E>
struct SchemaOf<E> {
  static Json make() {
    Json schema = of_type("object");
    schema["properties"] = Json::object();
    Json required = Json::array();
    const auto add = [&](const auto& field) {
      schema["properties"][std::string(field.name)] = make_field(field);
      if (field.presence == Presence::required) required.push_back(field.name);
    };
    std::apply([&](const auto&... field) { (add(field), ...); }, Description<E>::fields);
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

 private:
  template <class B, class T>  // B: E or a base of it
  static Json make_field(const Field<B, T>& field) {
    Json schema = SchemaOf<T>::make();
    if constexpr (std::is_same_v<T, Json>) {
      // An open object is one that is empty where nothing is given.
      if ((B{}.*field.member).is_object()) schema = of_type("object");
    }
    if (field.presence == Presence::optional) schema = or_null(std::move(schema));
    if (!field.meaning.empty()) schema["description"] = field.meaning;
    return schema;
  }
};

}  // namespace json_schema_detail

/// The JSON Schema (draft 2020-12) of what core writes for an E, derived from its description. Its
/// `$id` is `urn:tain:schema:<name>`. Fields that the description does not know are allowed
/// everywhere, since core keeps them; null is allowed where a field may be absent.
///
/// Times are allowed in the one form that core writes, though it reads many (see parse_time).
template <Described E>
Json json_schema_of(std::string_view description = "") {
  Json schema = json_schema_detail::begin_schema(Description<E>::name, description);
  schema.update(json_schema_detail::SchemaOf<E>::make());
  return schema;
}

}  // namespace tain
