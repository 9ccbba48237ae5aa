#include "schema.h"

namespace tain::mirror {
namespace {

// The questions that the mirror exists for. Times ending in _at are UTC milliseconds; the views
// give them as text.
constexpr std::string_view kViews = R"sql(
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
SELECT p.name AS project, s.current_phase, s.session_id, s.topic, r.id AS run_id, r.agent_type,
       r.model, r.error_message, r.checkpoint_id, r.cost_usd,
       strftime('%Y-%m-%d %H:%M:%S', r.completed_at / 1000, 'unixepoch') AS failed,
       r.project_key, r.file_id
FROM agent_runs r
JOIN projects p USING (project_key)
-- A copied session is two rows of one id; a run is one run all the same.
LEFT JOIN sessions s ON s.file_id = (
  SELECT min(file_id) FROM sessions
  WHERE session_id = r.session_id AND project_key = r.project_key)
WHERE r.status = 'failed';

CREATE VIEW change_feed AS
SELECT seq, 'upsert' AS change, path, layout, kind, state, file_id, project_key
FROM files
UNION ALL
SELECT seq, 'delete', path, layout, kind, NULL, NULL, NULL
FROM tombstones;

CREATE VIEW anomalies AS
SELECT a.kind, f.path, a.line_offset, a.place, a.detail, f.project_key, a.file_id
FROM file_anomalies a JOIN files f USING (file_id)
UNION ALL
SELECT 'stale file', path, NULL, '', 'the last good rows are shown; sync_errors says why',
       project_key, file_id
FROM files WHERE state = 'stale'
UNION ALL
SELECT 'bad file', path, NULL, '', 'it has no rows; sync_errors says why', project_key, file_id
FROM files WHERE state = 'bad'
UNION ALL
SELECT 'unavailable root', path, NULL, '', coalesce(reason, ''), NULL, NULL
FROM roots WHERE state = 'unavailable'
UNION ALL
SELECT 'duplicate session', f.path, NULL, '/session_id',
       s.session_id || ' also stands in another file', s.project_key, s.file_id
FROM sessions s JOIN files f USING (file_id)
WHERE s.session_id IN (SELECT session_id FROM sessions GROUP BY session_id HAVING count(*) > 1)
UNION ALL
SELECT 'duplicate project', f.path, NULL, '/id', p.id || ' also stands in another file',
       p.project_key, p.file_id
FROM projects p JOIN files f ON f.file_id = p.file_id
WHERE p.id IN (SELECT id FROM projects GROUP BY id HAVING count(*) > 1)
UNION ALL
SELECT 'dangling reference', f.path, NULL, '/session_id',
       coalesce(r.session_id, 'NULL') || ' is no session of this project', r.project_key, r.file_id
FROM agent_runs r JOIN files f USING (file_id)
WHERE NOT EXISTS (SELECT 1 FROM sessions s
                  WHERE s.session_id = r.session_id AND s.project_key = r.project_key)
UNION ALL
SELECT 'dangling reference', f.path, min(e.line_offset), '/session_id',
       e.session_id || ' is no session of this project', e.project_key, e.file_id
FROM events e JOIN files f USING (file_id)
WHERE e.session_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM sessions s
                  WHERE s.session_id = e.session_id AND s.project_key = e.project_key)
GROUP BY e.file_id, e.session_id;
)sql";

}  // namespace

std::string_view create_views() {
  return kViews;
}

}  // namespace tain::mirror
