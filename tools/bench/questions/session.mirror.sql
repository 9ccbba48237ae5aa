SELECT s.topic, s.current_phase, count(*), sum(e.output_tokens), round(sum(e.cost_usd), 4)
FROM sessions s JOIN events e USING (session_id)
WHERE s.session_id = '$session'
GROUP BY s.topic, s.current_phase
