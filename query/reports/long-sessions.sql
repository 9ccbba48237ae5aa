-- Which sessions took long, or have been going on for long?
-- From the start to the end, or to now where a session has not ended.
-- @param hours number 8: How many hours are long
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot hours by topic
SELECT p.name AS project, s.session_id, s.topic, s.status, s.current_phase AS phase,
       strftime('%Y-%m-%d %H:%M:%S', coalesce(s.started_at, s.created_at) / 1000, 'unixepoch')
         AS started,
       round((coalesce(s.completed_at,
                       CASE WHEN s.status IN ('completed', 'failed', 'cancelled')
                            THEN coalesce(s.last_activity_at, s.updated_at) END, :now)
              - coalesce(s.started_at, s.created_at)) / 3600000.0, 1) AS hours
FROM sessions s JOIN projects p USING (project_key)
WHERE hours >= :hours AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
  AND NOT EXISTS (SELECT 1 FROM sessions o
                  WHERE o.session_id = s.session_id AND o.project_key = s.project_key
                    AND o.file_id < s.file_id)
ORDER BY hours DESC, s.session_id
