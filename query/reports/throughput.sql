-- How many sessions and tasks were completed on each day?
-- @param days integer 14: How many days, today included
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot sessions, tasks by day
WITH RECURSIVE days(day) AS (
  SELECT :now / 86400000 - :days + 1 WHERE :days > 0
  UNION ALL SELECT day + 1 FROM days WHERE day < :now / 86400000),
finished AS (
  SELECT project_key, 1 AS session, 0 AS task,
         min(coalesce(completed_at, last_activity_at, updated_at)) / 86400000 AS day
  FROM sessions WHERE status = 'completed' GROUP BY project_key, session_id
  UNION ALL
  SELECT project_key, 0, 1, min(coalesce(completed_at, updated_at)) / 86400000
  FROM tasks WHERE status = 'completed' GROUP BY project_key, id)
SELECT date(d.day * 86400, 'unixepoch') AS day, coalesce(sum(f.session), 0) AS sessions,
       coalesce(sum(f.task), 0) AS tasks
FROM days d LEFT JOIN finished f ON f.day = d.day AND f.project_key IN (
  SELECT project_key FROM projects WHERE :project IS NULL OR :project IN (id, name, root))
GROUP BY d.day
ORDER BY d.day
