SELECT day, model, sum(input_tokens), sum(output_tokens), sum(cost_usd)
FROM daily_usage
GROUP BY day, model
