#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "../error.h"
#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

/// Where in which file a value stands, for messages. Each level points to the one around it.
class Place {
 public:
  explicit Place(const std::filesystem::path& file) : file_(&file) {}
  Place(const Place& parent, std::string_view key) : parent_(&parent), key_(key) {}

  /// Throws SchemaError for the value here.
  [[noreturn]] void reject(const std::string& expected, const Json& found) const;
  /// JSON pointer.
  std::string pointer() const;

 private:
  const std::filesystem::path& file() const { return parent_ ? parent_->file() : *file_; }

  const Place* parent_ = nullptr;
  const std::filesystem::path* file_ = nullptr;
  std::string_view key_;
};

/// JSON to T and back, one specialisation for each kind of field. `decode` throws SchemaError.
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static std::string decode(const Json& json, const Place& place);
  static Json encode(const std::string& value) { return value; }
};

template <>
struct Codec<bool> {
  static bool decode(const Json& json, const Place& place);
  static Json encode(bool value) { return value; }
};

template <>
struct Codec<std::int64_t> {
  static std::int64_t decode(const Json& json, const Place& place);
  static Json encode(std::int64_t value) { return value; }
};

template <>
struct Codec<double> {
  static double decode(const Json& json, const Place& place);
  static Json encode(double value) { return value; }
};

template <>
struct Codec<Timestamp> {
  static Timestamp decode(const Json& json, const Place& place);
  /// Throws InvalidArgument for a year that could not be read again.
  static Json encode(Timestamp value);
};

template <>
struct Codec<Json> {
  static Json decode(const Json& json, const Place& /*place*/) { return json; }
  static Json encode(const Json& value) { return value; }
};

template <Word E>
struct Codec<E> {
  static E decode(const Json& json, const Place& place) {
    if (json.is_string()) {
      if (const auto value = from_text<E>(json.get_ref<const std::string&>())) return *value;
    }
    place.reject(list_words<E>(), json);
  }
  static Json encode(E value) { return to_text(value); }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::optional<T> decode(const Json& json, const Place& place) {
    return Codec<T>::decode(json, place);
  }
  static Json encode(const std::optional<T>& value) {
    return value ? Codec<T>::encode(*value) : Json();
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static std::vector<T> decode(const Json& json, const Place& place) {
    if (!json.is_array()) place.reject("an array", json);
    std::vector<T> values;
    values.reserve(json.size());
    for (const Json& element : json) {
      const std::string index = std::to_string(values.size());
      values.push_back(Codec<T>::decode(element, Place(place, index)));
    }
    return values;
  }
  static Json encode(const std::vector<T>& values) {
    Json json = Json::array();
    for (const T& value : values) json.push_back(Codec<T>::encode(value));
    return json;
  }
};

namespace codec_detail {

// Whether a field of type T with this value is not written. An open object that was given, though
// empty, was given.
template <class T>
bool is_absent(const Json& value) {
  constexpr bool keep_empty = std::is_same_v<T, std::optional<Json>>;
  return value.is_null() || (!keep_empty && value.is_object() && value.empty());
}

}  // namespace codec_detail

template <Described E>
struct Codec<E> {
  static E decode(const Json& json, const Place& place) {
    if (!json.is_object()) place.reject("an object", json);
    E entity;
    std::apply([&](const auto&... field) { (decode_field(field, json, entity, place), ...); },
               Description<E>::fields);
    return entity;
  }

  static Json encode(const E& entity) {
    Json json = Json::object();
    std::apply([&](const auto&... field) { (encode_field(field, entity, json), ...); },
               Description<E>::fields);
    return json;
  }

 private:
  template <class B, class T>  // B: E or a base of it
  static void decode_field(const Field<B, T>& field, const Json& json, E& entity,
                           const Place& place) {
    const Place here(place, field.name);
    const auto found = json.find(field.name);
    if (found != json.end() && !found->is_null()) {
      entity.*field.member = Codec<T>::decode(*found, here);
    } else if (field.presence == Presence::required) {
      here.reject("a value", found == json.end() ? Json(Json::value_t::discarded) : *found);
    }
  }

  // Nothing is written for what an entity does not have: absent stays absent.
  template <class B, class T>
  static void encode_field(const Field<B, T>& field, const E& entity, Json& json) {
    Json value = Codec<T>::encode(entity.*field.member);
    if (!codec_detail::is_absent<T>(value)) json[std::string(field.name)] = std::move(value);
  }
};

/// `value` as one line of JSON, without a newline. Throws InvalidArgument, naming `what`, for text
/// that is not UTF-8.
template <Described E>
std::string encode_line(const char* what, const E& value) {
  try {
    return dump_line(Codec<E>::encode(value));
  } catch (const Json::type_error&) {
    throw InvalidArgument(what, "text in UTF-8", "bytes that are not");
  }
}

/// Brings into `json`, which reads as `base`, what is different in `value`, and touches nothing
/// else: fields that the description does not know, their order, and the spelling of what did not
/// change all stay.
template <class T>
void merge(Json& json, const T& base, const T& value);

namespace codec_detail {

template <class T>
inline constexpr bool is_entity_list = false;
template <Described E>
inline constexpr bool is_entity_list<std::vector<E>> = true;

inline constexpr std::size_t kNew = static_cast<std::size_t>(-1);

// How many fields two elements have in common, those that neither has aside.
template <class E>
std::size_t shared_fields(const E& a, const E& b) {
  const E absent{};
  const auto shared = [&](const auto& field) -> std::size_t {
    return a.*field.member == b.*field.member && a.*field.member != absent.*field.member ? 1 : 0;
  };
  return std::apply([&](const auto&... field) { return (shared(field) + ...); },
                    Description<E>::fields);
}

// Which element of `base` each element of `value` continues: the equal one, else the most alike,
// else the one at its own index. By index alone, erasing the first element would give its unknown
// fields to the second.
template <class E>
class Origins {
 public:
  Origins(const std::vector<E>& base, const std::vector<E>& value)
      : base_(base), value_(value), of_(value.size(), kNew), taken_(base.size()) {
    const std::size_t common = std::min(base.size(), value.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (base[i] == value[i]) take(i, i);
    }
    for_each_new([&](std::size_t i) { return find_equal(i); });
    for_each_new([&](std::size_t i) { return find_alike(i); });
    for_each_new([&](std::size_t i) { return i < common && !taken_[i] ? i : kNew; });
  }
  std::size_t operator[](std::size_t i) const { return of_[i]; }

 private:
  void take(std::size_t i, std::size_t origin) {
    of_[i] = origin;
    taken_[origin] = true;
  }
  template <class Find>
  void for_each_new(const Find& find) {
    for (std::size_t i = 0; i < of_.size(); ++i) {
      if (of_[i] != kNew) continue;
      if (const std::size_t origin = find(i); origin != kNew) take(i, origin);
    }
  }
  std::size_t find_equal(std::size_t i) const {
    for (std::size_t j = 0; j < base_.size(); ++j) {
      if (!taken_[j] && base_[j] == value_[i]) return j;
    }
    return kNew;
  }
  std::size_t find_alike(std::size_t i) const {
    std::size_t best = kNew;
    std::size_t most = 0;
    for (std::size_t j = 0; j < base_.size(); ++j) {
      const std::size_t shared = taken_[j] ? 0 : shared_fields(base_[j], value_[i]);
      if (shared > most) {
        most = shared;
        best = j;
      }
    }
    return best;
  }

  const std::vector<E>& base_;
  const std::vector<E>& value_;
  std::vector<std::size_t> of_;
  std::vector<bool> taken_;
};

template <class E>
void merge_list(Json& json, const std::vector<E>& base, const std::vector<E>& value) {
  const Origins<E> origins(base, value);
  Json merged = Json::array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::size_t origin = origins[i];
    if (origin == kNew) {
      merged.push_back(Codec<E>::encode(value[i]));
    } else {
      merged.push_back(std::move(json[origin]));
      merge(merged.back(), base[origin], value[i]);
    }
  }
  json = std::move(merged);
}

template <class E>
void merge_entity(Json& json, const E& base, const E& value) {
  if (!json.is_object()) json = Json::object();
  std::apply(
      [&](const auto&... field) {
        const auto merge_field = [&](const auto& f) {
          if (base.*f.member == value.*f.member) return;
          const std::string name(f.name);
          merge(json[name], base.*f.member, value.*f.member);
          using T = std::remove_cvref_t<decltype(value.*f.member)>;
          if (is_absent<T>(json[name])) json.erase(name);
        };
        (merge_field(field), ...);
      },
      Description<E>::fields);
}

}  // namespace codec_detail

template <class T>
void merge(Json& json, const T& base, const T& value) {
  if (base == value) return;
  if constexpr (Described<T>) {
    codec_detail::merge_entity(json, base, value);
  } else if constexpr (codec_detail::is_entity_list<T>) {
    codec_detail::merge_list(json, base, value);
  } else {
    json = Codec<T>::encode(value);
  }
}

}  // namespace tain
