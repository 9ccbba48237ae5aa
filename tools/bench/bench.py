"""What all benchmarks share: programs, daemons, trees, turns."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

from rows import Row

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
ANSWER_SECONDS = 1800


@dataclass
class Bench:
    """One call of tools/bench/run."""

    bin: Path
    directory: Path
    packages: Optional[Path]  # where npm's are; None: there are none
    has_jq: bool
    ccusage: Optional[Path]  # the program; None: it cannot be had
    sizes: list[int]
    runs: int
    seed: int
    seconds: float
    changes: int
    history: int
    transcripts: int
    long_transcript: int  # its lines
    drops_cache: bool
    rows: list[Row] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def add(self, *rows: Row) -> None:
        self.rows.extend(rows)

    def program(self, name: str, *arguments: object) -> dict:
        """Runs a program of tools/bench and returns what it printed."""
        return run_json([str(self.bin / f"bench_{name}"), *map(str, arguments)])

    def fresh(self, name: str) -> Path:
        """An empty directory."""
        path = self.directory / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def tree(self, sessions: int) -> Path:
        """A tree of so many sessions, written once. A tree that is there from before is taken."""
        return self.written_once("tree", "sessions", sessions)

    def transcripts_tree(self) -> Path:
        """The same of transcripts."""
        return self.written_once("transcripts", "transcripts", self.transcripts)

    def written_once(self, program: str, what: str, number: int) -> Path:
        path = self.directory / f"{program}-{number}-{self.seed}"
        if not path.exists():
            part = self.fresh(f"{path.name}.part")
            self.say(f"writing a tree of {number:,} {what}")
            self.program(program, part, f"--{what}", number, "--seed", self.seed)
            part.rename(path)
            os.sync()  # else the disk is busy with it while something is measured
        return path

    def drop_cache(self) -> None:
        """Makes the next side read from the disk, where that is wanted and allowed."""
        if self.drops_cache:
            os.sync()
            Path("/proc/sys/vm/drop_caches").write_text("3")

    def verify(self, db: Path, what: str, daemon: Optional["Daemon"] = None) -> None:
        """Fails unless the mirror equals one that is built from nothing."""
        nobody = self.directory / "nobody.sock"
        run([self.bin / "tain", "verify", "--db", db, "--socket", daemon.socket if daemon else nobody])
        self.checks.append(f"clean after {what}")


def run(command: list, **options) -> subprocess.CompletedProcess:
    """Runs a command to its end; says what it said when that is a bad one."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def run_json(command: list) -> dict:
    return json.loads(run(command).stdout)


def time_of(command: list, **options) -> float:
    """What a whole program takes, in nanoseconds, its output thrown away."""
    begin = time.perf_counter_ns()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **options)
    return float(time.perf_counter_ns() - begin)


def take_turns(bench: Bench, sides: dict[str, Callable[[], object]]) -> dict[str, list]:
    """Each side once, then each again, as often as there are runs; so all meet the same machine."""
    results: dict[str, list] = {name: [] for name in sides}
    for number in range(bench.runs):
        for name, side in sides.items():
            bench.say(f"  run {number + 1}: {name}")
            results[name].append(side())
    return results


class Daemon:
    """tain-syncd over some roots. `ready_ns`: from its start until its first scans are mirrored."""

    def __init__(self, bench: Bench, roots: list[Path], db: Path):
        # A socket's name may have 107 bytes, so it is not put where the benchmark works.
        self._sockets = tempfile.TemporaryDirectory(prefix="tain-bench-")
        self.socket = Path(self._sockets.name) / "tain.sock"
        self.db = db
        command = [bench.bin / "tain-syncd", "run", "--db", db, "--socket", self.socket]
        for root in roots:
            command += ["--root", root]
        self._log = open(bench.directory / "daemon.log", "a", encoding="utf-8")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(self._sockets.name + "/notify")
        notify.settimeout(0.5)
        environment = {**os.environ, "NOTIFY_SOCKET": self._sockets.name + "/notify"}
        begin = time.perf_counter_ns()
        self._process = subprocess.Popen([str(word) for word in command], env=environment,
                                         stdout=self._log, stderr=self._log)
        try:
            with notify:
                self._wait_until_ready(notify)
            self.ask("flush")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.ready_ns = float(time.perf_counter_ns() - begin)

    def _wait_until_ready(self, notify: socket.socket) -> None:
        while self._process.poll() is None:
            try:
                if b"READY=1" in notify.recv(4096):
                    return
            except TimeoutError:
                pass
        raise RuntimeError(f"the daemon ended; see {self._log.name}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait()
            self._log.close()
            self._sockets.cleanup()

    def ask(self, command: str) -> dict:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(self.socket))
            connection.sendall(json.dumps({"command": command}).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
        if not answer["ok"]:
            raise RuntimeError(f"the daemon: {answer['error']}")
        return answer

    def memory(self, what: str) -> float:
        """VmRSS or VmHWM, in bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return float(line.split()[1]) * 1024
        raise RuntimeError(f"/proc has no {what}")

    def cpu_seconds(self) -> float:
        """utime and stime of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wake_ups(self) -> int:
        """How often one of its threads has waited for something."""
        total = 0
        for status in Path(f"/proc/{self.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
        return total


def remove_database(db: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".lock"):
        Path(f"{db}{suffix}").unlink(missing_ok=True)
