SELECT type, count(*), sum(output_tokens), round(sum(cost_usd), 4)
FROM events WHERE task_id = '$task' GROUP BY type ORDER BY type
