#pragma once

#include <cstddef>
#include <optional>

#include "config.h"
#include "core/json/document.h"
#include "file_count.h"
#include "status.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

struct StatusReport {
  Json report;
  bool mirror_is_damaged = false;  ///< it could not be read for that reason
};

/// The answer to the control command `status`: pid, version, db, started_at, pending, lag_ms, seq,
/// batches, files_mirrored, overflows, watch_limit, last_error (null: none), refused_config (why
/// the configuration was refused when it was last read again; null: it was not), rebuilding, and
/// for each root path, state (`available|unavailable`), reason, watch_mode (see RootWatch),
/// watches_needed, watches, watch_trouble, pending, lag_ms, last_event_at, files_on_disk,
/// files_mirrored, counted_at, settled, errors, last_full_scan_at.
///
/// files_on_disk and files_mirrored are those of `count`, as is settled (see FileCount); of a root
/// that it does not know, files_on_disk and counted_at are null. What only the mirror knows is null
/// while the mirror cannot be read, and last_error says why, unless the loop has an error of its
/// own. Any thread may call this.
StatusReport status_report(const Config& config, const SharedStatus::Snapshot& status,
                           const DirtySet& dirty, const Watcher& watcher,
                           std::optional<std::size_t> watch_limit, const FileCount& count);

}  // namespace tain::syncd
