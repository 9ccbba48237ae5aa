#include "codec.h"

#include "../json/pointer.h"

namespace tain {
namespace {

std::string show(const Json& json) {
  constexpr std::size_t kLongest = 60;
  if (json.is_discarded()) return "nothing";
  if (json.is_structured()) return std::string("an ") + json.type_name();
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

}  // namespace

void Place::reject(const std::string& expected, const Json& found) const {
  throw SchemaError(file(), pointer(), expected, show(found));
}

std::string Place::pointer() const {
  if (parent_ == nullptr) return {};
  std::string pointer = parent_->pointer();
  append_to_pointer(pointer, key_);
  return pointer;
}

std::string Codec<std::string>::decode(const Json& json, const Place& place) {
  if (!json.is_string()) place.reject("text", json);
  return json.get<std::string>();
}

bool Codec<bool>::decode(const Json& json, const Place& place) {
  if (!json.is_boolean()) place.reject("true or false", json);
  return json.get<bool>();
}

std::int64_t Codec<std::int64_t>::decode(const Json& json, const Place& place) {
  const bool fits = json.is_number_integer() &&
                    (!json.is_number_unsigned() ||
                     json.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (!fits) place.reject("a 64-bit integer", json);
  return json.get<std::int64_t>();
}

double Codec<double>::decode(const Json& json, const Place& place) {
  if (!json.is_number()) place.reject("a number", json);
  return json.get<double>();
}

Timestamp Codec<Timestamp>::decode(const Json& json, const Place& place) {
  if (json.is_string()) {
    if (const auto time = parse_time(json.get_ref<const std::string&>())) return *time;
  }
  place.reject("a time such as 2026-02-16T12:00:00.000Z", json);
}

Json Codec<Timestamp>::encode(Timestamp value) {
  std::string text = format_time(value);
  if (parse_time(text) == value) return text;
  throw InvalidArgument("time", "a year from 0000 to 9999, in milliseconds since 1970",
                        std::to_string(value.ms));
}

}  // namespace tain
