#pragma once

#include <cstddef>
#include <optional>

#include "config.h"
#include "core/json/document.h"
#include "status.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/sync/scanner.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

struct StatusReport {
  Json report;
  bool mirror_is_damaged = false;  ///< it could not be read for that reason
};

/// The answer to the control command `status`: pid, version, db, started_at, pending, lag_ms, seq,
/// batches, files_mirrored, overflows, watch_limit, last_error (null: none), rebuilding, and for
/// each root path, state (`available|unavailable`), reason, watch_mode (see RootWatch),
/// watches_needed, watches, watch_trouble, pending, lag_ms, last_event_at, files_on_disk,
/// files_mirrored, errors, last_full_scan_at.
///
/// What only the mirror knows is null while the mirror cannot be read, and last_error says why,
/// unless the loop has an error of its own. files_on_disk is counted
/// now, by walking the root: that takes as long as `find`, so this runs on a thread that may take
/// its time.
StatusReport status_report(const Config& config, const SharedStatus::Snapshot& status,
                           const DirtySet& dirty, const Watcher& watcher,
                           std::optional<std::size_t> watch_limit, const Scanner& scanner);

}  // namespace tain::syncd
