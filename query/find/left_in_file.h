#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "syncd/sync/sync_settings.h"

namespace tain::query {

/// Where a line of a log stands.
struct LineInFile {
  std::string path;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// The texts that the mirror left in the file: the values of `names`, a JSON list of columns, of
/// the event or message in that line, read, and redacted, as the mirror's rows were with
/// `settings`. Throws Error when the file cannot be read, or when the line with this `id` does not
/// stand there any more.
std::map<std::string, std::string> read_left_in_file(const LineInFile& line, const std::string& id,
                                                     const std::string& names,
                                                     const syncd::SyncSettings& settings);

}  // namespace tain::query
