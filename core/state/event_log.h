#pragma once

#include <filesystem>

#include "../model/event.h"
#include "state_options.h"

namespace tain {

/// Appends `event` as a line to the `events.jsonl` in `directory`, and returns it as written: an
/// empty id is generated, a zero time is now, an absent lane is the one that classify() finds, and
/// where that took more than the type, the classification is written, too.
///
/// Costs the same however long the history is. Durable as `options` says. Throws InvalidArgument
/// for an empty type, a bad id and text that is not UTF-8. After a NotDurableError the event is
/// there and must not be appended again; after another IoError a part of it may be, as a torn line.
Event append_event(const StateOptions& options, const std::filesystem::path& directory,
                   Event event);

/// The same for an event that tells of a change which is made already: whatever goes wrong with the
/// event, the change must not be repeated, so every IoError becomes a NotDurableError.
Event append_event_of_change(const StateOptions& options, const std::filesystem::path& directory,
                             Event event);

}  // namespace tain
