-- What did each model cost on each day?
-- @param days integer: Only the last so many days, today included
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot cost_usd by day per model
SELECT u.day, u.model,
       CAST(total(u.input_tokens) AS INTEGER) AS input_tokens,
       CAST(total(u.output_tokens) AS INTEGER) AS output_tokens,
       round(sum(u.cost_usd), 6) AS cost_usd
FROM daily_usage u JOIN projects p USING (project_key)
WHERE (:days IS NULL
         OR u.day > date(:now / 1000, 'unixepoch', '-' || :days || ' days'))
  AND (:project IS NULL OR :project IN (p.id, p.name, p.root))
GROUP BY day, u.model
ORDER BY day, u.model
