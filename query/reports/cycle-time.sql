-- How long do sessions stay in each phase?
-- Of the sessions that have left it. Nine in ten took at most p90_hours.
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot median_hours, p90_hours by phase
WITH stay AS (
  SELECT h.phase, h.completed_at - h.started_at AS ms,
         row_number() OVER (PARTITION BY h.phase ORDER BY h.completed_at - h.started_at) AS place,
         count(*) OVER (PARTITION BY h.phase) AS stays
  FROM session_phases h JOIN sessions s USING (file_id)
  JOIN projects p ON p.project_key = s.project_key
  WHERE h.completed_at >= h.started_at
    AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
    AND NOT EXISTS (SELECT 1 FROM sessions o
                    WHERE o.session_id = s.session_id AND o.project_key = s.project_key
                      AND o.file_id < s.file_id))
SELECT phase, count(*) AS sessions,
       round(avg(ms) FILTER (WHERE place IN ((stays + 1) / 2, stays / 2 + 1)) / 3600000, 2)
         AS median_hours,
       round(min(ms) FILTER (WHERE 10 * place >= 9 * stays) / 3600000.0, 2) AS p90_hours
FROM stay
GROUP BY phase
ORDER BY instr('spec plan build docs complete', phase), phase
