// Sessions, their runs and their events; what changed.

#include "views.h"

namespace tain::mirror {
namespace {

constexpr std::string_view kSessionViews = R"sql(
CREATE VIEW sessions_by_phase AS
SELECT s.current_phase, p.name AS project, s.session_id, s.topic, s.status,
       s.checkpoints_completed, s.checkpoints_total, s.git_branch,
       strftime('%Y-%m-%d %H:%M:%S', s.updated_at / 1000, 'unixepoch') AS updated,
       s.project_key, s.file_id
FROM sessions s JOIN projects p USING (project_key)
ORDER BY s.current_phase, s.updated_at DESC;

CREATE VIEW active_sessions AS
SELECT p.name AS project, s.session_id, s.topic, s.status, s.current_phase, s.agent_id,
       s.checkpoints_completed, s.checkpoints_total,
       strftime('%Y-%m-%d %H:%M:%S', coalesce(s.last_activity_at, s.updated_at) / 1000,
                'unixepoch') AS last_activity,
       s.project_key, s.file_id
FROM sessions s JOIN projects p USING (project_key)
WHERE s.status IS NULL OR s.status NOT IN ('completed', 'failed', 'cancelled');

CREATE VIEW failed_runs AS
SELECT p.name AS project, s.current_phase, r.session_id, s.topic, r.id AS run_id, r.agent_type,
       r.model, r.error_message, r.checkpoint_id, r.cost_usd,
       strftime('%Y-%m-%d %H:%M:%S', r.completed_at / 1000, 'unixepoch') AS failed,
       r.project_key, r.file_id
FROM agent_runs r
JOIN projects p USING (project_key)
-- A copied session is two rows of one id; a run is one run all the same.
LEFT JOIN sessions s ON s.file_id = (
  SELECT min(file_id) FROM sessions
  WHERE session_id = r.session_id AND project_key = r.project_key)
WHERE r.status = 'failed'
  AND NOT EXISTS (SELECT 1 FROM agent_runs o
                  WHERE o.session_id = r.session_id AND o.id = r.id
                    AND o.project_key = r.project_key AND o.status = 'failed'
                    AND o.file_id < r.file_id);

CREATE VIEW timeline AS
SELECT p.name AS project, strftime('%Y-%m-%d %H:%M:%f', e.at / 1000.0, 'unixepoch') AS time,
       e.lane, e.type, e.actor_type, e.actor_id, coalesce(e.title, e.message, e.body) AS text,
       e.task_id, e.session_id, e.agent_run_id, e.id, e.at, e.project_key, e.file_id, e.line_offset
FROM events e JOIN projects p USING (project_key)
ORDER BY e.project_key, e.at, e.file_id, e.line_offset;

CREATE VIEW freshness AS
SELECT r.path AS root, r.state, r.reason, r.watch_mode, r.directories, r.watches, r.files_on_disk,
       (SELECT count(*) FROM files f WHERE f.root_id = r.root_id) AS files_mirrored,
       (SELECT count(*) FROM files f WHERE f.root_id = r.root_id AND f.state = 'stale')
         AS files_stale,
       strftime('%Y-%m-%d %H:%M:%S', r.last_full_scan_at / 1000, 'unixepoch') AS last_full_scan,
       strftime('%Y-%m-%d %H:%M:%S', r.last_event_at / 1000, 'unixepoch') AS last_event,
       CASE WHEN d.stopped_at IS NOT NULL THEN 'stopped'
            WHEN d.alive_at < strftime('%s', 'now') * 1000 - 120000 THEN 'silent'
            ELSE 'running' END AS daemon,
       strftime('%Y-%m-%d %H:%M:%S', d.alive_at / 1000, 'unixepoch') AS daemon_alive, d.pending
FROM roots r LEFT JOIN daemon d ON true;

CREATE VIEW change_feed AS
SELECT seq, 'upsert' AS change, path, layout, kind, state, file_id, project_key
FROM files
UNION ALL
SELECT seq, 'delete', path, layout, kind, NULL, NULL, NULL
FROM tombstones;
)sql";

}  // namespace

std::string_view create_session_views() {
  return kSessionViews;
}

}  // namespace tain::mirror
