SELECT s.current_phase, count(*), sum(e.usage.input_tokens), sum(e.usage.output_tokens),
       round(sum(e.usage.cost_usd), 4)
FROM read_json('$root/*/.tain/sessions/*/state.json') s
JOIN read_json('$root/*/.tain/sessions/*/events.jsonl', format = 'newline_delimited') e
     USING (session_id)
GROUP BY s.current_phase ORDER BY s.current_phase;
