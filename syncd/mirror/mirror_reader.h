#pragma once

#include <filesystem>

#include "sqlite/database.h"

namespace tain::mirror {

/// Opens the mirror for reading: it can change nothing, and never stands in the daemon's way.
/// Throws NotFoundError where there is none, VersionError where it has another schema version or is
/// no mirror, DatabaseError.
sqlite::Database open_for_reading(const std::filesystem::path& path);

}  // namespace tain::mirror
