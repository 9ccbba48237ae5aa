"""How long transcripts take to become a mirror, and what they cost to ask and to follow."""

import json
import os
import subprocess
import time
from pathlib import Path

from bench import Bench, Daemon, remove_database, run, take_turns, time_of
from mirroring import PEAK_LIMIT, insert
from questions import in_process, require_equal, whole_program
from rows import Row

LINES = 230  # of a transcript, on average: 0.5 MB
APPENDS_A_SECOND = 20


def transcripts(bench: Bench) -> None:
    tree = bench.transcripts_tree()
    directory = bench.fresh("transcripts")
    db = directory / "mirror.db"
    catch_up(bench, tree, db, directory)
    ask(bench, tree, db)
    append(bench)


def once(bench: Bench, tree: Path, db: Path) -> dict:
    """The whole program: nanoseconds, seconds of CPU, and bytes that were resident at most."""
    remove_database(db)
    bench.drop_cache()
    command = [bench.bin / "tain-syncd", "once", "--root", tree, "--db", db]
    begin = time.perf_counter_ns()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"tain-syncd once: {process.returncode}")
    return {"ns": float(time.perf_counter_ns() - begin), "peak": used.ru_maxrss * 1024.0,
            "cpu": (used.ru_utime + used.ru_stime) * 1e9}


def parse_lines(bench: Bench, tree: Path) -> dict:
    bench.drop_cache()
    return bench.program("lines", tree)


def ccusage_command(bench: Bench) -> list:
    return [bench.ccusage, "claude", "daily", "--json", "--offline", "--timezone", "UTC"]


def by_ccusage(bench: Bench, tree: Path) -> float:
    bench.drop_cache()
    environment = {**os.environ, "CLAUDE_CONFIG_DIR": str(tree / ".claude")}
    return time_of(ccusage_command(bench), env=environment)


def catch_up(bench: Bench, tree: Path, db: Path, directory: Path) -> None:
    sides = {"catch-up": lambda: once(bench, tree, db),
             "simdjson": lambda: parse_lines(bench, tree),
             "insert": lambda: insert(bench, db, directory / "insert.db", True)}
    if bench.ccusage is not None:
        sides["ccusage"] = lambda: by_ccusage(bench, tree)
    found = take_turns(bench, sides)
    bench.verify(db, f"a cold catch-up of {bench.transcripts:,} transcripts")
    parsed = found["simdjson"]
    what = f"catch-up of {bench.transcripts:,} transcripts, {parsed[0]['bytes'] / 1e9:.2g} GB"
    took = [one["ns"] for one in found["catch-up"]]
    bench.add(
        Row("transcripts", what, "ns", took, "read and parsed by simdjson",
            [one["ns"] for one in parsed], "≤ 4", 4),
        Row("transcripts", what, "ns", took, "ccusage", found.get("ccusage", []), "< 1", 1),
        Row("transcripts", what, "ns", took, "inserting the same rows",
            [one["ns"] for one in found["insert"]]),
        Row("transcripts", f"{what}: CPU", "ns", [one["cpu"] for one in found["catch-up"]]),
        Row("transcripts", f"{what}: resident memory, peak", "bytes",
            [one["peak"] for one in found["catch-up"]],
            target=f"≤ {PEAK_LIMIT // 2**20} MiB", limit=PEAK_LIMIT))


def totals_of_ccusage(bench: Bench, tree: Path) -> list:
    environment = {**os.environ, "CLAUDE_CONFIG_DIR": str(tree / ".claude")}
    totals = json.loads(run(ccusage_command(bench), env=environment).stdout)["totals"]
    return [[totals["inputTokens"], totals["outputTokens"], totals["cacheCreationTokens"],
             totals["cacheReadTokens"], totals["totalCost"]]]


def ask(bench: Bench, tree: Path, db: Path) -> None:
    sides = {"mirror": lambda: in_process(bench, db, "cost", {}),
             "messages": lambda: in_process(bench, db, "messages", {}),
             "tain sql": lambda: whole_program(bench, db, "cost", {})}
    if bench.ccusage is not None:
        sides["ccusage"] = lambda: by_ccusage(bench, tree)
    found = take_turns(bench, sides)
    ours = in_process(bench, db, "spent", {})["rows"]
    if bench.ccusage is not None:
        require_equal("spent", ours, totals_of_ccusage(bench, tree))
        bench.checks.append("ccusage counts the same tokens, and the same cost")
    lines = in_process(bench, db, "lines", {})["rows"][0][0]
    ccusage = found.get("ccusage", [])
    bench.add(
        Row("transcripts", f"cost by day and model, {lines:,} rows of usage", "ns",
            [one["ns"] for one in found["mirror"]], target="milliseconds: ≤ 100 ms", limit=1e8),
        Row("transcripts", "the same of each message, by `usage`", "ns",
            [one["ns"] for one in found["messages"]]),
        Row("transcripts", "cost by day and model, tain sql", "ns", found["tain sql"],
            "ccusage over the files", ccusage, "≤ 0.1", 0.1, note="the whole program"))


def follow(bench: Bench, file: Path, daemon: Daemon, changes: int) -> dict:
    before = daemon.cpu_seconds()
    found = bench.program("append", file, "--db", daemon.db, "--socket", daemon.socket,
                          "--changes", changes, "--rate", APPENDS_A_SECOND)
    found["cpu_ns"] = (daemon.cpu_seconds() - before) * 1e9 / changes
    return found


def append(bench: Bench) -> None:
    """To a transcript that is long, and to one that is not."""
    live = bench.fresh("live-transcripts")
    written = {}
    for name, lines in (("long", bench.long_transcript), ("short", LINES)):
        arguments = ["--transcripts", max(1, lines // LINES), "--lines", LINES, "--in-one"]
        written[name] = bench.program("transcripts", live / name, *arguments, "--seed", bench.seed)
    os.sync()
    files = {name: next((live / name).rglob("*.jsonl")) for name in written}
    with Daemon(bench, [live], bench.fresh("append-transcripts") / "mirror.db") as daemon:
        # The first commits bring what the load has left in the journal into the mirror.
        for file in files.values():
            follow(bench, file, daemon, 10)
        found = take_turns(bench, {
            name: lambda file=file: follow(bench, file, daemon, bench.changes)
            for name, file in files.items()})
        bench.verify(daemon.db, "lines appended to transcripts", daemon)
    long = f"a transcript of {written['long']['bytes'] / 1e9:.2g} GB"
    for what, key, limit in (("line appended to " + long + " → visible, p50", "p50_ns", 1.25),
                             ("line appended to " + long + " → visible, p99", "p99_ns", None),
                             ("CPU of a line appended to " + long, "cpu_ns", 1.25)):
        bench.add(Row("transcripts", what, "ns", [one[key] for one in found["long"]],
                      f"of {written['short']['bytes'] / 1e6:.2g} MB",
                      [one[key] for one in found["short"]],
                      "as with a short one: ≤ 1.25" if limit else "", limit))
