#pragma once

#include <ostream>

#include "core/json/document.h"

namespace tain::query {

/// Writes what `--format json` gives for a command with one answer: an array of that one object, in
/// the shape of the json format.
void print_json_array(std::ostream& out, const Json& object);

}  // namespace tain::query
