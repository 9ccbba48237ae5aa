#pragma once

#include <string>
#include <vector>

#include "read_only.h"

namespace tain::query {

/// A parameter of a statement that a person gave, `name=value`.
struct NamedValue {
  std::string name;   ///< without the `:`, `@` or `$` that it has in the statement
  std::string value;  ///< a JSON number is bound as that number, anything else as text
};

/// Reads `name=value`. Throws InvalidArgument, naming `argument`, where there is no name.
NamedValue parse_named_value(const std::string& argument, const std::string& text);

/// Binds `values` to the parameters of `query`. Throws InvalidArgument, naming `argument` and the
/// parameter, for one that the statement does not have, one that is given twice, and one that is
/// not given.
void bind_named(ReadOnlyQuery& query, const std::string& argument,
                const std::vector<NamedValue>& values);

}  // namespace tain::query
