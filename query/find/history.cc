#include "history.h"

#include <algorithm>
#include <array>

namespace tain::query {
namespace {

// ?1 is the thing's id, ?2 its project. An id that another project uses too is another thing's.
struct HistoryOf {
  std::string_view word;
  std::string_view condition;
};
constexpr auto kHistories = std::to_array<HistoryOf>({
    {"projects", "?1 IS NOT NULL"},
    {"tasks",
     "(e.task_id = ?1 OR e.task_id IS NULL AND e.session_id IN ("
     "SELECT session_id FROM task_sessions WHERE task_id = ?1 AND project_key = ?2 "
     "UNION SELECT session_id FROM session_task_ids WHERE task_id = ?1 AND project_key = ?2))"},
    {"sessions", "e.session_id = ?1"},
    {"runs", "e.agent_run_id = ?1"},
});

const HistoryOf* history_of(const ThingKind& kind) {
  const auto* found =
      std::find_if(kHistories.begin(), kHistories.end(),
                   [&](const HistoryOf& history) { return history.word == kind.word; });
  return found == kHistories.end() ? nullptr : found;
}

}  // namespace

bool has_history(const ThingKind& kind) {
  return history_of(kind) != nullptr;
}

std::string history_query(const ThingKind& kind) {
  const HistoryOf* history = history_of(kind);
  const std::string condition(history != nullptr ? history->condition : "?1 IS NULL");
  // What happened in the same millisecond comes in the order of the files' paths: file_ids are the
  // mirror's own, and another mirror of the same files has others.
  return "SELECT strftime('%Y-%m-%d %H:%M:%S', at / 1000, 'unixepoch') AS time, at, session_id, "
         "lane, type, actor, text, id FROM ("
         "SELECT e.at, e.session_id, e.lane, e.type, coalesce(e.actor_id, e.actor_type) AS actor, "
         "coalesce(e.title, e.message, e.body) AS text, e.id, CAST(f.path AS BLOB) AS path, "
         "e.line_offset FROM events e JOIN files f ON f.file_id = e.file_id "
         "WHERE e.project_key = ?2 AND " +
         condition +
         " AND (?3 IS NULL OR e.at >= ?3) AND (?4 IS NULL OR e.at < ?4) "
         "ORDER BY e.at DESC, path DESC, e.line_offset DESC LIMIT ?5) "
         "ORDER BY at, path, line_offset";
}

}  // namespace tain::query
