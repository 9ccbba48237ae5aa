#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "file_sync.h"

namespace tain::syncd {

/// What decides, besides the tree, what stands in the mirror. It is recorded there, so that the
/// mirror stays a function of the tree, and so that another one can be built alike.
struct SyncSettings {
  SyncLimits limits;
  std::set<std::string, std::less<>> pruned;  ///< names of directories that are not entered
};

/// As one JSON object.
std::string to_text(const SyncSettings& settings);
/// Reads what to_text() gave; nothing for anything else.
std::optional<SyncSettings> parse_settings(std::string_view text);

/// Whether a file has the same rows with both. (Which files there are, a scan finds out.)
bool give_same_rows(const SyncSettings& a, const SyncSettings& b);

}  // namespace tain::syncd
