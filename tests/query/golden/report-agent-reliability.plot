failure_percent by agent, model
builder · haiku-5  ███████████████████████████████████████████████████████ 100.0
builder · opus-5   ███████████████████████████████████████████████████████ 100.0
builder · sonnet-5 ██████████████████▍ 33.3
planner · opus-5   0.0
reviewer · haiku-5 0.0
