#include "binding.h"

#include <simdjson.h>

#include <type_traits>

namespace tain::mirror {

void bind_path(sqlite::Statement& statement, int parameter, std::string_view path) {
  if (simdjson::validate_utf8(path.data(), path.size())) {
    statement.bind(parameter, path);
  } else {
    statement.bind_blob(parameter, path);
  }
}

void bind_value(sqlite::Statement& statement, int parameter, const Value& value) {
  std::visit(
      [&](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          statement.bind(parameter, nullptr);
        } else if constexpr (std::is_same_v<T, std::string>) {
          statement.bind(parameter, std::string_view(held));
        } else {
          statement.bind(parameter, held);
        }
      },
      value);
}

}  // namespace tain::mirror
