-- What did it cost, and how many tokens did it take?
-- Each run and each message is counted once, whatever files repeat it. Projects, and sessions of
-- different projects, that have one name are told apart by the project's directory.
-- @param by project|model|day|agent|session project: What to add up by; agent is the agent's type
-- @param days integer: Only the last so many days, today included
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot cost_usd by cost_of
WITH spent AS (
  SELECT CASE :by
           WHEN 'project' THEN p.name
           WHEN 'model' THEN u.model
           WHEN 'day' THEN u.day
           WHEN 'session' THEN u.session_id
           ELSE (SELECT r.agent_type FROM agent_runs r
                 WHERE r.id = u.agent_run_id AND r.session_id IS u.session_id
                   AND r.project_key = u.project_key
                 ORDER BY r.file_id LIMIT 1)
         END AS name_of,
         CASE WHEN :by IN ('project', 'session') THEN p.root END AS within,
         CAST(total(u.input_tokens) AS INTEGER) AS input_tokens,
         CAST(total(u.output_tokens) AS INTEGER) AS output_tokens,
         CAST(total(u.cache_read_tokens) AS INTEGER) AS cache_read_tokens,
         CAST(total(u.cache_write_tokens) AS INTEGER) AS cache_write_tokens,
         round(sum(u.cost_usd), 6) AS cost_usd
  FROM daily_usage u JOIN projects p USING (project_key)
  WHERE (:days IS NULL
         OR u.day > date(:now / 1000, 'unixepoch', '-' || :days || ' days'))
    AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
  GROUP BY name_of, within)
SELECT CASE WHEN within IS NULL OR count(*) OVER (PARTITION BY name_of) = 1 THEN name_of
            ELSE coalesce(name_of || ' ', '') || '(' || within || ')' END AS cost_of,
       input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd
FROM spent
ORDER BY CASE WHEN :by = 'day' THEN cost_of END, cost_usd DESC, cost_of
