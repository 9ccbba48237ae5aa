#pragma once

#include <string_view>

#include "thing.h"

namespace tain::query {

// The parameters are a thing's id and its project's key. Empty where there is nothing to ask.

/// What other things it has to do with: a number to order them by, then as CardLink.
std::string_view links_query(const ThingKind& kind);
/// What its lists say: as CardNote.
std::string_view notes_query(const ThingKind& kind);

}  // namespace tain::query
