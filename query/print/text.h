#pragma once

#include <string>
#include <string_view>

#include "printer.h"

namespace tain::query {

/// The shortest decimal that reads back as the same number, always recognisable as a REAL: `1.0`,
/// `0.1`, `1e+300`, `Inf`, `-Inf`.
std::string format_real(double value);

/// Bytes that are UTF-8 as they are, others as lower-case hexadecimal digits.
std::string format_blob(std::string_view bytes);

/// Any value but NULL as UTF-8: integers in decimal, text with U+FFFD for what is ill-formed.
/// For NULL: `null`.
std::string format_value(const Value& value, std::string_view null);

}  // namespace tain::query
