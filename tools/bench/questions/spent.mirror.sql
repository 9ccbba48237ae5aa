SELECT sum(input_tokens), sum(output_tokens),
       sum(cache_write_tokens), sum(cache_read_tokens), sum(cost_usd)
FROM daily_usage
