#pragma once

#include "config.h"
#include "core/json/document.h"
#include "status.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// The answer to the control command `status`: pid, version, db, started_at, pending, lag_ms, seq,
/// batches, files_mirrored, overflows, last_error (null: none), rebuilding, and for each root path,
/// state
/// (`available|unavailable`), reason, watch_mode (`inotify`; `partial`: some directories are not
/// watched, so it is also scanned often; `starting`: not scanned yet), watches, files_on_disk,
/// files_mirrored, errors, last_full_scan_at. What only the mirror knows is null while the mirror
/// cannot be read.
Json status_report(const Config& config, const SharedStatus::Snapshot& status,
                   const DirtySet& dirty, const Watcher& watcher);

}  // namespace tain::syncd
