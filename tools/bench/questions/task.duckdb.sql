SELECT type, count(*), sum(usage.output_tokens), round(sum(usage.cost_usd), 4)
FROM read_json('$root/*/.tain/sessions/*/events.jsonl', format = 'newline_delimited')
WHERE task_id = '$task' GROUP BY type ORDER BY type;
