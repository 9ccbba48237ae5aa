-- What did it cost, and how many tokens did it take?
-- Each run and each message is counted once, whatever files repeat it.
-- @param by project|model|day|agent|session project: What to add up by; agent is the agent's type
-- @param days integer: Only the last so many days, today included
-- @param project project: Only of this project: its id or its name
-- @plot cost_usd by cost_of
SELECT CASE :by
         WHEN 'project' THEN p.name
         WHEN 'model' THEN u.model
         WHEN 'day' THEN date(u.at / 1000, 'unixepoch')
         WHEN 'session' THEN u.session_id
         ELSE (SELECT r.agent_type FROM agent_runs r
               WHERE r.id = u.agent_run_id AND r.session_id IS u.session_id
                 AND r.project_key = u.project_key
               ORDER BY r.file_id LIMIT 1)
       END AS cost_of,
       CAST(total(u.input_tokens) AS INTEGER) AS input_tokens,
       CAST(total(u.output_tokens) AS INTEGER) AS output_tokens,
       CAST(total(u.cache_read_tokens) AS INTEGER) AS cache_read_tokens,
       CAST(total(u.cache_write_tokens) AS INTEGER) AS cache_write_tokens,
       round(sum(u.cost_usd), 6) AS cost_usd
FROM usage u JOIN projects p USING (project_key)
WHERE (:days IS NULL OR u.at / 86400000 > :now / 86400000 - :days)
  AND (:project IS NULL OR :project IN (p.id, p.name))
GROUP BY cost_of
ORDER BY CASE WHEN :by = 'day' THEN cost_of END, cost_usd DESC, cost_of
