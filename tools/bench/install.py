"""Builds what is measured, and gets the peers that can be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Optional

from bench import SOURCE

NPM_PACKAGES = ("@duckdb/node-api@1.4.4-r.1", "chokidar@4.0.3")
CCUSAGE = "ccusage@20.0.24"


def build() -> Path:
    """Builds the programs; where they are."""
    for command in (["tools/install-deps"], ["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", "bench_programs"]):
        subprocess.run(command, cwd=SOURCE, check=True, stdout=sys.stderr)
    return SOURCE / "build" / "release" / "bin"


def install_debian(package: str) -> bool:
    """Whether the package is there now. Asks for no password."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"],
                    ["install", "-y", "-qq", "--no-install-recommends", package]):
        try:
            subprocess.run([*as_root, "apt-get", *command], capture_output=True, check=True,
                           env=environment)
        except (FileNotFoundError, subprocess.CalledProcessError):
            return False
    return True


def has_program(name: str, package: str) -> bool:
    return shutil.which(name) is not None or (install_debian(package)
                                              and shutil.which(name) is not None)


def has_matplotlib(may_install: bool) -> bool:
    from importlib import invalidate_caches
    from importlib.util import find_spec

    if find_spec("matplotlib") is None and may_install:
        install_debian("python3-matplotlib")
        invalidate_caches()
    return find_spec("matplotlib") is not None


def npm_packages(directory: Path) -> Optional[Path]:
    """Where DuckDB and chokidar are; None where they cannot be had."""
    modules = directory / "node_modules"
    if (modules / "@duckdb" / "node-api").exists() and (modules / "chokidar").exists():
        return directory
    return directory if npm_install(directory, NPM_PACKAGES) else None


def ccusage(directory: Path) -> Optional[Path]:
    """The program; None where it cannot be had."""
    program = directory / "node_modules" / ".bin" / "ccusage"
    if not program.exists():
        npm_install(directory, (CCUSAGE,))
    return program if program.exists() else None


def npm_install(directory: Path, packages: tuple[str, ...]) -> bool:
    if not has_program("npm", "npm"):
        return False
    directory.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(directory), "--no-audit", "--no-fund", "--no-save"]
    done = subprocess.run([*command, *packages], capture_output=True, check=False)
    return done.returncode == 0
