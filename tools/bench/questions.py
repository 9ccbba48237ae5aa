"""Questions to the mirror, and the same ones to tools that read the files."""

import json
import string
from pathlib import Path

from bench import HERE, Bench, run, run_json, take_turns, time_of
from rows import Row

# name, what it is called, target, limit
QUESTIONS = (
    ("join", "a grouped join", "≤ 0.1", 0.1),
    ("session", "a question about one session", "≤ 0.01", 0.01),
    ("task", "a question about one task", "≤ 0.01", 0.01),
)


def written_question(bench: Bench, name: str, values: dict) -> Path:
    """The question of that name with its values filled in, in a file."""
    template = string.Template((HERE / "questions" / f"{name}.sql").read_text(encoding="utf-8"))
    path = bench.directory / f"{name}.sql"
    path.write_text(template.substitute(values), encoding="utf-8")
    return path


def in_process(bench: Bench, db: Path, name: str, values: dict) -> dict:
    question = written_question(bench, f"{name}.mirror", values)
    bench.drop_cache()
    return bench.program("query", db, question)


def whole_program(bench: Bench, db: Path, name: str, values: dict) -> float:
    sql = written_question(bench, f"{name}.mirror", values).read_text(encoding="utf-8")
    bench.drop_cache()
    return time_of([bench.bin / "tain", "sql", "--db", db, "--format", "json", sql])


def by_duckdb(bench: Bench, name: str, values: dict) -> dict:
    question = written_question(bench, f"{name}.duckdb", values)
    bench.drop_cache()
    return run_json(["node", HERE / "duckdb.mjs", bench.packages, question, ":memory:"])


def plain(rows: list) -> list:
    """Rows in which a sum of money does not depend on the order of summing."""
    return [[round(cell, 3) if isinstance(cell, float) else cell for cell in row] for row in rows]


def require_equal(name: str, ours: list, theirs: list) -> None:
    if plain(ours) != plain(theirs):
        raise RuntimeError(f"{name}: the answers differ\nmirror: {ours}\nother: {theirs}")


def some_values(bench: Bench, db: Path, tree: Path) -> dict:
    """A session in the middle, and its task."""
    sql = ("SELECT session_id, task_id FROM session_task_ids ORDER BY session_id "
           "LIMIT 1 OFFSET (SELECT count(*) / 2 FROM session_task_ids)")
    answer = run([bench.bin / "tain", "sql", "--db", db, "--format", "json", sql]).stdout
    row = json.loads(answer)[0]
    return {"root": tree, "session": row["session_id"], "task": row["task_id"]}


def ask_all(bench: Bench, db: Path, name: str, values: dict) -> dict[str, list]:
    sides = {"mirror": lambda: in_process(bench, db, name, values),
             "tain sql": lambda: whole_program(bench, db, name, values)}
    if bench.packages is not None:
        sides["DuckDB"] = lambda: by_duckdb(bench, name, values)
    bench.say(f" {name}")
    found = take_turns(bench, sides)
    if "DuckDB" in found:
        require_equal(name, found["mirror"][0]["rows"], found["DuckDB"][0]["rows"])
        bench.checks.append(f"DuckDB gives the same answer to '{name}'")
    return found


def by_jq(bench: Bench, tree: Path) -> float:
    command = ("find \"$1\" -name state.json -print0 | xargs -0 jq -r .current_phase "
               "| sort | uniq -c")
    bench.drop_cache()
    return time_of(["sh", "-c", command, "sh", tree])


def group_by_phase(bench: Bench, db: Path, tree: Path, sessions: int) -> None:
    found = ask_all(bench, db, "group", {"root": tree})
    jq = take_turns(bench, {"jq": lambda: by_jq(bench, tree)})["jq"] if bench.has_jq else []
    mirror = [one["ns"] for one in found["mirror"]]
    duckdb = [one["ns"] for one in found.get("DuckDB", [])]
    bench.add(Row("ask", "sessions by phase", "ns", mirror, "DuckDB over the files", duckdb,
                  sessions=sessions),
              Row("ask", "sessions by phase, tain sql", "ns", found["tain sql"], "jq over the files",
                  jq, sessions=sessions))


def ask(bench: Bench) -> None:
    for sessions in bench.sizes:
        tree = bench.tree(sessions)
        db = bench.fresh("ask") / "mirror.db"
        run([bench.bin / "tain-syncd", "once", "--root", tree, "--db", db])
        values = some_values(bench, db, tree)
        group_by_phase(bench, db, tree, sessions)
        for name, what, target, limit in QUESTIONS:
            found = ask_all(bench, db, name, values)
            duckdb = [one["ns"] for one in found.get("DuckDB", [])]
            bench.add(Row("ask", what, "ns", [one["ns"] for one in found["mirror"]],
                          "DuckDB over the files", duckdb, target, limit, sessions=sessions),
                      Row("ask", f"{what}, tain sql", "ns", found["tain sql"],
                          "DuckDB over the files", duckdb, target, limit, sessions=sessions,
                          note="the whole program"))
        bench.verify(db, f"questions over {sessions:,} sessions")
