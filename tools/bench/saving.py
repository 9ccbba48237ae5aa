"""What a save costs the one who saves, and how soon it is seen."""

import os
import time
from pathlib import Path

from bench import HERE, Bench, Daemon, run_json, take_turns
from rows import Row

NOTIFY_LIMIT_NS = 10_000
ONE_BATCH = 512  # of the daemon's
WRITERS = 8


def save(bench: Bench) -> None:
    for durable, what, limit in ((True, "save() with full durability", 1.15),
                                 (False, "save() without fsync", 1.6)):
        flags = ["--durable"] if durable else []
        found = take_turns(bench, {what: lambda: bench.program(
            "save", bench.fresh("save"), "--saves", bench.changes, *flags)})[what]
        bench.add(Row("save", f"{what}, p50", "ns", [one["save"]["p50_ns"] for one in found],
                      "the same bytes replaced", [one["floor"]["p50_ns"] for one in found],
                      f"≤ {limit}", limit))


def notify(bench: Bench) -> None:
    live = bench.fresh("notify-tree")
    sides = {}
    with Daemon(bench, [live], bench.fresh("notify") / "mirror.db") as daemon:
        call = ["notify", daemon.socket, live, "--calls", bench.changes]
        nobody = ["notify", live / "nobody.sock", live, "--calls", bench.changes]
        sides["up"] = lambda: bench.program(*call)
        sides["dead"] = lambda: bench.program(*nobody)
        sides["stopped"] = lambda: bench.program(*call, "--stop", daemon.pid)
        sides["socket full"] = lambda: bench.program(*call, "--fill", daemon.pid)
        found = take_turns(bench, sides)
    for name, results in found.items():
        calls = [one["notify"] for one in results]
        floor = [one["floor"] for one in results]
        note = f"longest {max(one['max_ns'] for one in calls) / 1000:.0f} µs"
        what = f"on-save notification, daemon {name}"
        bench.add(Row("notify", f"{what}, p99", "ns", [one["p99_ns"] for one in calls],
                      target="≤ 10 µs", limit=NOTIFY_LIMIT_NS, note=note))
        for percent in ("p50", "p99"):
            bench.add(Row("notify", f"{what}, {percent}", "ns",
                          [one[f"{percent}_ns"] for one in calls], f"one sendto(), {percent}",
                          [one[f"{percent}_ns"] for one in floor]))


def peer_of_seeing(bench: Bench) -> dict:
    """chokidar's part of `visible`, where it is there."""
    if bench.packages is None:
        return {}
    return {"chokidar": lambda: run_json(
        ["node", HERE / "chokidar.mjs", bench.packages, bench.fresh("chokidar") / "watched",
         bench.changes, 100])}


def visible(bench: Bench) -> None:
    live = bench.fresh("live")
    tree = bench.tree(bench.sizes[0])
    with Daemon(bench, [tree, live], bench.fresh("visible") / "mirror.db") as daemon:
        seen = ["visible", live, "--db", daemon.db, "--socket", daemon.socket,
                "--changes", bench.changes]
        found = take_turns(bench, {
            "save to row": lambda: bench.program(*seen),
            "floor": lambda: bench.program("change", bench.fresh("change"), "--changes",
                                           bench.changes),
            **peer_of_seeing(bench)})
        bench.verify(daemon.db, "saves at 100 a second", daemon)
    floor = [one["p50_ns"] for one in found["floor"]]
    for percent, limit in (("p50", 3.0), ("p99", 20.0)):
        bench.add(Row("visible", f"save → visible in SQL, {percent}, 100 saves a second", "ns",
                      [one[f"{percent}_ns"] for one in found["save to row"]],
                      "in one process, p50", floor, f"≤ {limit:g}", limit))
    bench.add(Row("visible", "save → visible in SQL, p50", "ns",
                  [one["p50_ns"] for one in found["save to row"]],
                  "chokidar's event alone, p50", [one["p50_ns"] for one in found.get("chokidar", [])]))


def append(bench: Bench) -> None:
    live = bench.fresh("live")
    with Daemon(bench, [live], bench.fresh("append") / "mirror.db") as daemon:
        seen = ["visible", live, "--db", daemon.db, "--socket", daemon.socket,
                "--changes", bench.changes, "--events"]
        found = take_turns(bench, {"long log": lambda: bench.program(*seen, bench.history),
                                   "short log": lambda: bench.program(*seen, 10)})
        bench.verify(daemon.db, "appended events", daemon)
    for percent, limit in (("p50", 1.25), ("p99", None)):
        bench.add(Row("append", f"event appended to {bench.history:,} → visible, {percent}", "ns",
                      [one[f"{percent}_ns"] for one in found["long log"]], "to 10",
                      [one[f"{percent}_ns"] for one in found["short log"]],
                      "as with 10: ≤ 1.25" if limit else "", limit))


def load_with_daemon(bench: Bench, live: Path, db: Path, command: list) -> dict:
    with Daemon(bench, [live], db) as daemon:
        before = daemon.cpu_seconds()
        result = bench.program(*command, "--socket", daemon.socket)
        result["daemon_cpu"] = daemon.cpu_seconds() - before
        bench.verify(db, f"{result['saves']:,} saves of {WRITERS} writers", daemon)
    return result


def writers(bench: Bench) -> None:
    live = bench.fresh("live")
    command = ["writers", live, "--writers", WRITERS, "--seconds", bench.seconds]
    db = bench.fresh("writers") / "mirror.db"
    found = take_turns(bench, {"with the daemon": lambda: load_with_daemon(bench, live, db, command),
                               "without": lambda: bench.program(*command)})
    loaded = found["with the daemon"]
    rate = {name: [one["saves"] / one["seconds"] for one in results]
            for name, results in found.items()}
    shares = [one["daemon_cpu"] / one["seconds"] / (os.cpu_count() or 1) for one in loaded]
    share = sorted(shares)[len(shares) // 2]
    name = f"{WRITERS} writers for {bench.seconds:g} s"
    bench.add(
        Row("writers", f"{name}: saves a second", "per_s", rate["with the daemon"],
            "without the daemon", rate["without"], f"≥ 1 − its share of the CPU: {1 - share:.2f}",
            1 - share, at_least=True),
        Row("writers", f"{name}: most that waited", "count",
            [max(one["backlog"], default=0) for one in loaded],
            target=f"bounded: ≤ {ONE_BATCH}, one batch", limit=ONE_BATCH),
        Row("writers", f"{name}: drained after", "ns", [one["drain_ns"] for one in loaded],
            target="≤ 2 s", limit=2e9),
        Row("writers", f"{name}: updates lost", "count",
            [one["lost"] for one in loaded + found["without"]], target="0", limit=0))


def idle(bench: Bench) -> None:
    root = bench.fresh("idle-tree")
    bench.program("tree", root, "--sessions", 1600, "--projects", 400, "--seed", bench.seed)
    percents: list[float] = []
    wakes: list[float] = []
    with Daemon(bench, [root], bench.fresh("idle") / "mirror.db") as daemon:
        time.sleep(min(2.0, bench.seconds))  # what a start leaves to be done
        for number in range(bench.runs):
            bench.say(f"  run {number + 1}: idle for {bench.seconds:g} s")
            cpu, waked = daemon.cpu_seconds(), daemon.wake_ups()
            time.sleep(bench.seconds)
            percents.append(100 * (daemon.cpu_seconds() - cpu) / bench.seconds)
            wakes.append((daemon.wake_ups() - waked) * 60 / bench.seconds)
        bench.verify(daemon.db, "idling", daemon)
    bench.add(Row("idle", f"idle with 400 projects, {bench.seconds:g} s: CPU", "percent", percents,
                  target="< 0.1 %", limit=0.1),
              Row("idle", "idle with 400 projects: wake-ups a minute", "count", wakes,
                  target="its timers: ≤ 60", limit=60))
