-- Which runs of agents failed, in sessions of which phase, and why?
-- @param phase spec|plan|build|docs|complete: Only those of sessions that are in this phase
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by agent_type
SELECT project, current_phase AS phase, session_id, topic, run_id, agent_type, model,
       error_message, cost_usd, failed
FROM failed_runs
WHERE (:phase IS NULL OR current_phase = :phase)
  AND project_key IN (SELECT project_key FROM projects
                      WHERE :project IS NULL OR :project IN (id, name, root))
ORDER BY failed DESC, session_id, run_id
