"""How long a tree takes to become a mirror, and what that costs."""

import time
from pathlib import Path

from bench import HERE, Bench, Daemon, remove_database, run_json, take_turns, time_of
from questions import written_question
from rows import Row

FIND = ["-name", "state.json", "-printf", "%T@ %s %i\\n"]
IDLE_LIMIT = 64 * 2**20
PEAK_LIMIT = 160 * 2**20
SCALE_LIMIT = 11


def once(bench: Bench, tree: Path, db: Path) -> float:
    remove_database(db)
    bench.drop_cache()
    return time_of([bench.bin / "tain-syncd", "once", "--root", tree, "--db", db])


def duckdb_load(bench: Bench, tree: Path, db: Path) -> dict:
    for suffix in ("", ".wal"):
        Path(f"{db}{suffix}").unlink(missing_ok=True)
    question = written_question(bench, "load.duckdb", {"root": tree})
    bench.drop_cache()
    return run_json(["node", HERE / "duckdb.mjs", bench.packages, question, db])


def insert(bench: Bench, mirror: Path, fresh: Path, search: bool) -> dict:
    remove_database(fresh)
    return bench.program("insert", mirror, fresh, *(["--search"] if search else []))


def cold(bench: Bench) -> None:
    for sessions in bench.sizes:
        cold_of(bench, sessions)


def cold_of(bench: Bench, sessions: int) -> None:
    tree = bench.tree(sessions)
    directory = bench.fresh("cold")
    db = directory / "mirror.db"
    sides = {"catch-up": lambda: once(bench, tree, db),
             "insert": lambda: insert(bench, db, directory / "insert.db", True),
             "insert without search": lambda: insert(bench, db, directory / "insert.db", False)}
    if bench.packages is not None:
        sides["DuckDB"] = lambda: duckdb_load(bench, tree, directory / "duck.db")
    found = take_turns(bench, sides)
    bench.verify(db, f"a cold catch-up of {sessions:,} sessions")

    def row(what: str, against: str, other: list[float], limit: float | None) -> Row:
        target = "" if limit is None else f"≤ {limit}"
        return Row("cold", what, "ns", found["catch-up"], against, other, target, limit,
                   sessions=sessions)

    bench.add(
        row("cold catch-up", "inserting the same rows",
            [one["ns"] for one in found["insert"]], 1.25),
        row("cold catch-up", "the same, no search index",
            [one["ns"] for one in found["insert without search"]], None),
        row("cold catch-up", "DuckDB loading the files",
            [one["ns"] for one in found.get("DuckDB", [])], 0.3))


def files(bench: Bench) -> None:
    for sessions in bench.sizes:
        tree = bench.tree(sessions)
        found = take_turns(bench, {parser: lambda parser=parser: bench.program(
            "files", tree, "--parser", parser) for parser in ("nlohmann", "simdjson")})
        bench.add(
            Row("files", "all files read, as they are in memory", "ns",
                [one["read_ns"] for one in found["simdjson"]], sessions=sessions),
            Row("files", "all of them parsed by simdjson", "ns",
                [one["parse_ns"] for one in found["simdjson"]], "nlohmann",
                [one["parse_ns"] for one in found["nlohmann"]], sessions=sessions))


def find(bench: Bench, tree: Path) -> float:
    bench.drop_cache()
    return time_of(["find", tree, *FIND])


def start(bench: Bench, tree: Path, db: Path) -> float:
    bench.drop_cache()
    with Daemon(bench, [tree], db) as daemon:
        return daemon.ready_ns


def warm(bench: Bench) -> None:
    for sessions in bench.sizes:
        tree = bench.tree(sessions)
        db = bench.fresh("warm") / "mirror.db"
        with Daemon(bench, [tree], db):
            time.sleep(0.1)  # so that no file looks as if it had changed while it was read
        found = take_turns(bench, {"start to ready": lambda: start(bench, tree, db),
                                   "find": lambda: find(bench, tree)})
        bench.verify(db, f"a warm catch-up of {sessions:,} sessions")
        bench.add(Row("warm", "start of the daemon to ready, nothing changed", "ns",
                      found["start to ready"], "find -printf", found["find"], "≤ 1.5", 1.5,
                      sessions=sessions))


def memory_of_a_start(bench: Bench, tree: Path, db: Path) -> dict:
    with Daemon(bench, [tree], db) as daemon:
        time.sleep(min(2.0, bench.seconds))
        return {"peak": daemon.memory("VmHWM"), "idle": daemon.memory("VmRSS")}


def memory_of_a_cold_start(bench: Bench, tree: Path, db: Path) -> dict:
    remove_database(db)
    return memory_of_a_start(bench, tree, db)


def memory(bench: Bench) -> None:
    for sessions in bench.sizes:
        tree = bench.tree(sessions)
        db = bench.fresh("memory") / "mirror.db"
        found = take_turns(bench, {
            "cold": lambda: memory_of_a_cold_start(bench, tree, db),
            "warm": lambda: memory_of_a_start(bench, tree, db)})
        bench.verify(db, f"a cold catch-up of the daemon's, {sessions:,} sessions")
        for what, name, which, limit in (
                ("resident memory, peak of a cold catch-up", "cold", "peak", PEAK_LIMIT),
                ("resident memory, idle after a cold catch-up", "cold", "idle", IDLE_LIMIT),
                ("resident memory, idle after a start", "warm", "idle", IDLE_LIMIT)):
            bench.add(Row("memory", what, "bytes", [one[which] for one in found[name]],
                          target=f"≤ {limit // 2**20} MiB", limit=limit, sessions=sessions))


def scale(bench: Bench) -> None:
    """From the rows that are there: what ten times as many sessions cost."""
    sizes = sorted(set(bench.sizes))
    for group, name in (("cold", "cold catch-up"), ("warm", "warm catch-up")):
        by_size = {row.sessions: row.measured for row in bench.rows if row.group == group}
        few, many = sizes[0], sizes[-1]
        growth = many / few
        row = Row("scale", f"{name}, {many:,} sessions to {few:,}", "ns", by_size.get(many, []),
                  f"{few:,}", by_size.get(few, []), f"≤ {SCALE_LIMIT}", SCALE_LIMIT * growth / 10)
        if growth == 1:
            row.what, row.measured, row.note = f"{name}, 100,000 sessions to 10,000", [], "one size"
        elif growth != 10:
            row.target = f"≤ {row.limit:.3g}, as {SCALE_LIMIT} for ten times"
        bench.add(row)
