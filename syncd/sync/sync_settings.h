#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "file_sync.h"
#include "syncd/layout/layout_description.h"
#include "syncd/layout/redaction.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::syncd {

/// What decides, besides the tree, what stands in the mirror. It is recorded there, so that the
/// mirror stays a function of the tree, and so that another one can be built alike.
struct SyncSettings {
  SyncLimits limits;
  std::set<std::string, std::less<>> pruned;  ///< names of directories that are not entered
  RedactionRules redaction = {};
  LayoutChoices layouts = {};
};

/// As one JSON object.
std::string to_text(const SyncSettings& settings);
/// Reads what to_text() gave; nothing for anything else.
std::optional<SyncSettings> parse_settings(std::string_view text);

/// Those that a mirror records. Throws Error for one that does not say them.
SyncSettings settings_of(const sqlite::Database& mirror);

/// Whether a file has the same rows with both. (Which files there are, a scan finds out.)
bool give_same_rows(const SyncSettings& a, const SyncSettings& b);

}  // namespace tain::syncd
