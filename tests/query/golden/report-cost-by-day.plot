cost_usd by cost_of
cost_usd ▂  ▁  ▂▁  █▂ ▂▂▁ 0.0625 to 7.625
         2026-10-05 to 2026-10-20
