#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "thing.h"

namespace tain::query {

/// Which events of a history.
struct HistoryRange {
  std::optional<std::int64_t> since = {};  ///< UTC ms
  std::optional<std::int64_t> until = {};  ///< UTC ms, not included
  std::optional<std::int64_t> last = {};   ///< only as many, the latest
};

/// The SQL of what happened to a thing, in the order of time: the columns `time` (readable), `at`
/// (UTC ms), `session_id`, `lane`, `type`, `actor`, `text`, `id`. The parameters are set by
/// bind_history().
///
/// The history of a task goes across its sessions: the events that name it, and those of its
/// sessions that name no task; a session may work on several. Of what has no history of its own, an
/// execution say, there are no events.
std::string history_query(const ThingKind& kind);
/// `thing` must live as long as the query, which is a ReadOnlyQuery or a sqlite::Statement.
template <class Query>
void bind_history(Query& query, const Thing& thing, const HistoryRange& range) {
  query.bind(1, std::string_view(thing.id));
  query.bind(2, thing.project_key);
  if (range.since) query.bind(3, *range.since);
  if (range.until) query.bind(4, *range.until);
  query.bind(5, range.last.value_or(-1));
}
/// Whether it has one.
bool has_history(const ThingKind& kind);

}  // namespace tain::query
