-- Which executions has nobody heard of for a while?
-- A worker says every 30 seconds that it is alive; one that is silent has mostly died.
-- @param minutes number 2: How long the silence has lasted
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot silent_minutes by id
SELECT p.name AS project, x.id, x.task_id, x.agent_id, x.capability_key, x.status, x.worker_id,
       strftime('%Y-%m-%d %H:%M:%S', coalesce(x.heartbeat_at, x.started_at, x.created_at) / 1000,
                'unixepoch') AS last_sign,
       round((:now - coalesce(x.heartbeat_at, x.started_at, x.created_at)) / 60000.0, 1)
         AS silent_minutes,
       x.retry_count, x.max_retries
FROM executions x JOIN projects p USING (project_key)
WHERE x.status IN ('running', 'cancelling')
  AND coalesce(x.heartbeat_at, x.started_at, x.created_at, 0) < :now - 60000 * :minutes
  AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
ORDER BY silent_minutes DESC, x.id
