-- Ids of sessions are unique in this tree, and DuckDB is asked the same.
SELECT s.current_phase, count(*), sum(e.input_tokens), sum(e.output_tokens), round(sum(e.cost_usd), 4)
FROM sessions s JOIN events e USING (session_id)
GROUP BY s.current_phase ORDER BY s.current_phase
