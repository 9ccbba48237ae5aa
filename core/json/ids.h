#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "time.h"

namespace tain {

/// `size` characters of a-z0-9 from the kernel's random generator (about 5.2 bits each).
std::string random_text(std::size_t size);

/// `<prefix>_<unix ms>_<9 of a-z0-9>`: unique, and sortable by time within one prefix.
/// The form is seed 001's (`proj_<timestamp>_<random>`).
std::string make_id(std::string_view prefix, Timestamp now);

/// Whether `id` may name a file: 1 to 128 of A-Za-z0-9._- and no dot in front.
bool is_valid_id(std::string_view id);

/// Throws InvalidArgument, naming `argument`, unless is_valid_id(id).
void require_valid_id(std::string_view argument, std::string_view id);

}  // namespace tain
