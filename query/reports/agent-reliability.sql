-- How often do agents fail, and how long do they take, by agent and model?
-- Of the runs that completed or failed, each counted once.
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot failure_percent by agent, model
WITH finished AS (
  SELECT r.agent_type, r.model, r.status, r.completed_at - r.started_at AS ms,
         row_number() OVER (PARTITION BY r.agent_type, r.model
                            ORDER BY r.completed_at - r.started_at NULLS LAST) AS place,
         count(r.completed_at - r.started_at) OVER (PARTITION BY r.agent_type, r.model) AS timed
  FROM agent_runs r JOIN projects p USING (project_key)
  WHERE r.status IN ('completed', 'failed')
    AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
    AND NOT EXISTS (SELECT 1 FROM agent_runs o
                    WHERE o.id = r.id AND o.session_id IS r.session_id
                      AND o.project_key = r.project_key AND o.file_id < r.file_id
                      AND o.status IN ('completed', 'failed')))
SELECT agent_type AS agent, model, count(*) AS runs, sum(status = 'failed') AS failed,
       round(100.0 * sum(status = 'failed') / count(*), 1) AS failure_percent,
       round(avg(ms) FILTER (WHERE place IN ((timed + 1) / 2, timed / 2 + 1)) / 60000, 1)
         AS median_minutes
FROM finished
GROUP BY agent_type, model
ORDER BY failure_percent DESC, runs DESC, agent, model
