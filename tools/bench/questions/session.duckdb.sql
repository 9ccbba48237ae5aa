SELECT s.topic, s.current_phase, count(*), sum(e.usage.output_tokens), round(sum(e.usage.cost_usd), 4)
FROM read_json('$root/*/.tain/sessions/*/state.json') s
JOIN read_json('$root/*/.tain/sessions/*/events.jsonl', format = 'newline_delimited') e
     USING (session_id)
WHERE s.session_id = '$session' AND e.session_id = '$session'
GROUP BY s.topic, s.current_phase;
