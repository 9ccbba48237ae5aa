#include "changes.h"

namespace tain::query {
namespace {

// A file has rows in one table, so that of the subqueries at most one gives something; of a log
// the last line tells what is going on.
constexpr std::string_view kChangesAfter = R"sql(
SELECT c.seq, coalesce(f.mirrored_at, d.deleted_at), c.change, c.kind, p.name,
       coalesce(
         (SELECT id FROM tasks WHERE file_id = c.file_id AND c.kind <> 'tasks'),
         (SELECT session_id FROM sessions WHERE file_id = c.file_id),
         (SELECT id FROM agent_runs WHERE file_id = c.file_id),
         (SELECT id FROM executions WHERE file_id = c.file_id),
         (SELECT id FROM session_tasks WHERE file_id = c.file_id),
         (SELECT id FROM agents WHERE file_id = c.file_id),
         (SELECT id FROM bookmarks WHERE file_id = c.file_id),
         (SELECT task_id FROM evaluations WHERE file_id = c.file_id),
         (SELECT worker_id FROM workers WHERE file_id = c.file_id),
         (SELECT id FROM events WHERE file_id = c.file_id ORDER BY line_offset DESC LIMIT 1)),
       iif(c.state IN ('stale', 'bad'), c.state || ': tain errors says why', coalesce(
         (SELECT count(*) || ' tasks' FROM tasks
          WHERE file_id = c.file_id AND c.kind = 'tasks' HAVING count(*) > 0),
         (SELECT coalesce(status, '?') || ': ' || display_title FROM tasks
          WHERE file_id = c.file_id),
         (SELECT coalesce(status, '?') || coalesce(', ' || current_phase, '') || coalesce(': ' || topic, '')
          FROM sessions WHERE file_id = c.file_id),
         (SELECT status || coalesce(': ' || agent_type, '') || coalesce(' on ' || model, '')
          FROM agent_runs WHERE file_id = c.file_id),
         (SELECT status || coalesce(': ' || capability_key, '') FROM executions
          WHERE file_id = c.file_id),
         (SELECT state || coalesce(': ' || display_name, '') FROM session_tasks
          WHERE file_id = c.file_id),
         (SELECT type || coalesce(': ' || coalesce(title, message, body), '') FROM events
          WHERE file_id = c.file_id ORDER BY line_offset DESC LIMIT 1))),
       CAST(c.path AS BLOB)
FROM change_feed c
LEFT JOIN files f ON f.file_id = c.file_id
LEFT JOIN tombstones d ON c.change = 'delete' AND d.path = c.path
LEFT JOIN projects p ON p.project_key = c.project_key
WHERE c.seq > ?1
ORDER BY c.seq LIMIT ?2
)sql";

constexpr std::string_view kSeqBefore =
    "SELECT seq FROM change_feed ORDER BY seq DESC LIMIT 1 OFFSET ?1";

}  // namespace

std::vector<Change> changes_after(const sqlite::Database& database, std::int64_t seq,
                                  std::int64_t most) {
  sqlite::Statement rows = database.prepare(kChangesAfter);
  rows.bind(1, seq).bind(2, most);
  std::vector<Change> changes;
  while (rows.step()) {
    changes.push_back({.seq = rows.integer(0),
                       .at = rows.optional_integer(1),
                       .change = std::string(rows.text(2)),
                       .kind = std::string(rows.text(3)),
                       .project = std::string(rows.text(4)),
                       .id = std::string(rows.text(5)),
                       .text = std::string(rows.text(6)),
                       .path = std::string(rows.text(7))});
  }
  return changes;
}

std::int64_t seq_before_last(const sqlite::Database& database, std::int64_t count) {
  sqlite::Statement row = database.prepare(kSeqBefore);
  row.bind(1, count);
  return row.step() ? row.integer(0) : 0;
}

MirrorWatch::MirrorWatch(const sqlite::Database& database)
    : data_version_(database.prepare("PRAGMA data_version")), last_version_(version()) {}

std::int64_t MirrorWatch::version() {
  data_version_.step();
  const std::int64_t version = data_version_.integer(0);
  data_version_.reset();
  return version;
}

bool MirrorWatch::has_changed() {
  const std::int64_t version_now = version();
  const bool changed = version_now != last_version_;
  last_version_ = version_now;
  return changed;
}

}  // namespace tain::query
