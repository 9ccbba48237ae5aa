-- Which sessions are in which phase?
-- @param phase spec|plan|build|docs|complete: Only those in this phase
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by phase
SELECT current_phase AS phase, project, session_id, topic, status,
       checkpoints_completed AS done, checkpoints_total AS total, updated
FROM sessions_by_phase s
WHERE (:phase IS NULL OR current_phase = :phase)
  AND project_key IN (SELECT project_key FROM projects
                      WHERE :project IS NULL OR :project IN (id, name, root))
  AND NOT EXISTS (SELECT 1 FROM sessions o
                  WHERE o.session_id = s.session_id AND o.project_key = s.project_key
                    AND o.file_id < s.file_id)
ORDER BY current_phase IS NULL, instr('spec plan build docs complete', current_phase), project, updated DESC, session_id
