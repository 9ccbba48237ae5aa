cost_usd by day per model
sonnet-5 ▂     ▃   ▃▂  ▃▁ 0.3125 to 2
opus-5      ▁      █  ▃   0.25 to 5.625
haiku-5         ▁   ▁     0.03125 to 0.0625
         2026-10-05 to 2026-10-20
