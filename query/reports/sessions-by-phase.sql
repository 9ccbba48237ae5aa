-- Which sessions are in which phase?
-- Projects that have one name are told apart by their directories.
-- @param phase spec|plan|build|docs|complete: Only those in this phase
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by phase
WITH wanted AS (
  SELECT s.*, p.root
  FROM sessions_by_phase s JOIN projects p USING (project_key)
  WHERE (:phase IS NULL OR s.current_phase = :phase)
    AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
    AND NOT EXISTS (SELECT 1 FROM sessions o
                    WHERE o.session_id = s.session_id AND o.project_key = s.project_key
                      AND o.file_id < s.file_id))
SELECT w.current_phase AS phase,
       CASE WHEN min(w.project_key) OVER of_name = max(w.project_key) OVER of_name THEN w.project
            ELSE coalesce(w.project || ' ', '') || '(' || w.root || ')' END AS project,
       w.session_id, w.topic, w.status, w.checkpoints_completed AS done,
       w.checkpoints_total AS total, w.updated
FROM wanted w
WINDOW of_name AS (PARTITION BY w.project)
ORDER BY w.current_phase IS NULL, instr('spec plan build docs complete', w.current_phase),
         w.project, w.root, w.updated DESC, w.session_id
