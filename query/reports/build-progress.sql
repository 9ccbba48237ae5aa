-- How far have sessions come with the checkpoints of their build?
-- @param more_than integer 0: Only those with more checkpoints done than this
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot percent by topic
SELECT p.name AS project, s.session_id, s.topic, s.status, s.checkpoints_completed AS done,
       s.checkpoints_total AS total,
       round(100.0 * s.checkpoints_completed / s.checkpoints_total, 1) AS percent
FROM sessions s JOIN projects p USING (project_key)
WHERE s.checkpoints_completed > :more_than
  AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
  AND NOT EXISTS (SELECT 1 FROM sessions o
                  WHERE o.session_id = s.session_id AND o.project_key = s.project_key
                    AND o.file_id < s.file_id)
ORDER BY done DESC, percent DESC, s.session_id
