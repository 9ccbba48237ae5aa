SELECT current_phase, count(*)
FROM read_json('$root/*/.tain/sessions/*/state.json')
GROUP BY current_phase ORDER BY current_phase;
