SELECT current_phase, count(*) FROM sessions GROUP BY current_phase ORDER BY current_phase
