#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace tain::query {

/// Name and text of the `*.sql` files of this folder, by name; made by embed.cmake.
std::span<const std::pair<std::string_view, std::string_view>> embedded_reports();

}  // namespace tain::query
