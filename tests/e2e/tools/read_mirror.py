"""Reads the mirror with Python's sqlite3 while it is written, and leaves when it has seen it change often enough.

usage: read_mirror.py MIRROR

Several statements in one transaction are of one moment; a file is never seen in part.
"""
import sqlite3
import sys
import time

CHANGES = 30
TABLES = ("session_checkpoints", "session_commits", "session_decisions", "session_questions")

mirror = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
deadline = time.monotonic() + 120
seen = set()
while len(seen) < CHANGES:
    assert time.monotonic() < deadline, f"only {len(seen)} states of the mirror were seen"
    mirror.execute("BEGIN")
    topics = tuple(row[0] for row in mirror.execute("SELECT topic FROM sessions ORDER BY session_id"))
    wanted = mirror.execute("SELECT coalesce(sum(checkpoints_total), 0) FROM sessions").fetchone()[0]
    for table in TABLES:
        found = mirror.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert found == wanted, f"{table} has {found} rows, the sessions speak of {wanted}"
    mirror.execute("COMMIT")
    seen.add(topics)
print("consistent")
