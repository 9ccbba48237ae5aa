"""Rewrites the sessions of a project again and again, until it is killed: a program that knows nothing of libtain.

usage: write_sessions.py PROJECT

In each version of a session's file everything that the mirror has in a table of its own has the same number of
elements, so that a reader who sees a part of a file can tell.
"""
import json
import os
import sys

project = sys.argv[1]
version = 0
while True:
    version += 1
    for name in ("one", "two", "three"):
        n = 1 + version % 7
        directory = os.path.join(project, ".tain", "sessions", name)
        os.makedirs(directory, exist_ok=True)
        state = {
            "session_id": name, "topic": f"version {version}", "session_type": "full", "status": "running",
            "created_at": "2026-10-01T12:00:00.000Z",
            "build_progress": {"checkpoints_total": n, "checkpoints_completed": list(range(1, n + 1))},
            "commits": [{"sha": f"{version}-{i}", "message": "m"} for i in range(n)],
            "key_decisions": [{"title": "t", "rationale": "r", "date": "2026-10-01"} for _ in range(n)],
            "open_questions": [f"why {i}?" for i in range(n)],
        }
        beside = os.path.join(directory, "state.json.new")
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.rename(beside, os.path.join(directory, "state.json"))
