#pragma once

#include <string>
#include <string_view>

namespace tain {

/// Appends a step to a JSON pointer: "/", and `key` with "~" and "/" escaped (RFC 6901).
void append_to_pointer(std::string& pointer, std::string_view key);

}  // namespace tain
