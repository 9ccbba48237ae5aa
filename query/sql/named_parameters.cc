#include "named_parameters.h"

#include <algorithm>

#include "core/error.h"
#include "core/json/document.h"

namespace tain::query {
namespace {

// A JSON number as SQLite's INTEGER or REAL; other texts as they are.
Value sql_value(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  const bool is_spaced = text.find_first_of(" \t\r\n") != std::string::npos;
  if (json.is_number() && !is_spaced) {
    const bool fits = json.is_number_integer() &&
                      (!json.is_number_unsigned() ||
                       json.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    if (fits) return json.get<std::int64_t>();
    return json.get<double>();
  }
  return std::string_view(text);
}

std::string_view bare(std::string_view parameter) {
  return parameter.empty() ? parameter : parameter.substr(1);  // :name, @name, $name, ?1
}

std::string describe(const std::vector<std::string>& parameters) {
  if (parameters.empty()) return "none: the statement has no parameters";
  std::string list = "one of ";
  for (const std::string& name : parameters) {
    list.append(list.size() > 7 ? ", " : "").append(name.empty() ? "?" : name);
  }
  return list;
}

void require_known(const std::string& argument, const std::vector<std::string>& parameters,
                   const std::vector<NamedValue>& values) {
  for (const NamedValue& given : values) {
    const auto is_it = [&](const std::string& name) { return bare(name) == given.name; };
    if (std::none_of(parameters.begin(), parameters.end(), is_it)) {
      throw InvalidArgument(argument, describe(parameters), "\"" + given.name + "\"");
    }
    const auto times = std::count_if(values.begin(), values.end(), [&](const NamedValue& other) {
      return other.name == given.name;
    });
    if (times > 1) throw InvalidArgument(argument, given.name + " once", "it twice");
  }
}

}  // namespace

NamedValue parse_named_value(const std::string& argument, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InvalidArgument(argument, "name=value", "\"" + text + "\"");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void bind_named(ReadOnlyQuery& query, const std::string& argument,
                const std::vector<NamedValue>& values) {
  const std::vector<std::string> parameters = query.parameters();
  require_known(argument, parameters, values);
  int number = 0;
  for (const std::string& name : parameters) {
    ++number;
    const auto given = std::find_if(values.begin(), values.end(), [&](const NamedValue& value) {
      return !name.empty() && value.name == bare(name);
    });
    if (given == values.end()) {
      throw InvalidArgument(argument, "a value for the parameter " + (name.empty() ? "?" : name),
                            name.empty() ? "none; give it a name, as in :name" : "none");
    }
    query.bind(number, sql_value(given->value));
  }
}

}  // namespace tain::query
