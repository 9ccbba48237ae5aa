SELECT date(at / 1000, 'unixepoch') AS day, model,
       sum(input_tokens), sum(output_tokens), sum(cost_usd)
FROM usage
GROUP BY day, model
