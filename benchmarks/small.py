"""What a small run costs: 200 customers from some 25 files, against the commit fa99b5c on its own demo company.

    python -m benchmarks small [--customers 200] [--runs 5]

Gives     processor seconds and seconds of the wall, medians, sides in turn: the earlier commit (where git has
          it), a run that has no compiled SQL yet, and one that has; `show` and `sql`.
          Exit code 1 where a bar is missed.
Assumes   processor seconds count where other work shares the machine. The earlier commit lacks half of today's tables.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BEFORE = "fa99b5c"
BAR = 0.35
"""A run, in runs of the earlier commit."""
ANSWER = 0.5
"""Seconds in which `show` and `sql` answer."""
HOME = Path(__file__).resolve().parents[1]

Took = tuple[float, float]
"""Seconds of the processor and of the wall."""


def main(arguments: list[str]) -> int:
    """Print what a small run costs; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks small")
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        earlier = _earlier(place)
        try:
            return _compared(place, earlier, given.customers, given.runs)
        finally:
            if earlier is not None:
                subprocess.run(["git", "-C", HOME, "worktree", "remove", "--force", earlier], check=True)


def _earlier(place: Path) -> Path | None:
    """The earlier commit beside this one; None where git does not have it."""
    known = subprocess.run(
        ["git", "-C", HOME, "cat-file", "-e", f"{BEFORE}^{{commit}}"], check=False, capture_output=True
    )
    if known.returncode:
        print(f"small run: {BEFORE} is not in this clone, so there is nothing to compare with")
        return None
    tree = place / "earlier"
    subprocess.run(["git", "-C", HOME, "worktree", "add", "--quiet", "--detach", tree, BEFORE], check=True)
    return tree


def _compared(place: Path, earlier: Path | None, customers: int, runs: int) -> int:
    now = _Side(HOME, place / "now", place / "cache")
    then = None if earlier is None else _Side(earlier, place / "then", place / "cache")
    for side in filter(None, (now, then)):
        side.made(customers)
    found: dict[str, list[Took]] = {}
    for _ in range(runs):
        if then is not None:
            found.setdefault(BEFORE, []).append(then.run())
        shutil.rmtree(now.cache, ignore_errors=True)
        found.setdefault("nothing kept", []).append(now.run())
        first = now.bytes()
        found.setdefault("SQL kept", []).append(now.run())
        if now.bytes() != first:
            raise RuntimeError("a run with kept SQL is not the run without")
        found.setdefault("show", []).append(now.took("show", str(now.folder)))
        found.setdefault("sql", []).append(now.took("sql", "select count(*) from metrics", str(now.folder)))
    middle = {name: _median(times) for name, times in found.items()}
    for name, (processor, wall) in middle.items():
        print(f"small run of {customers} customers, {name}: processor {processor:.1f} s, wall {wall:.1f} s")
    return _judged(middle)


def _judged(middle: dict[str, Took]) -> int:
    missed = any(middle[name][1] > ANSWER for name in ("show", "sql"))
    print(f"show and sql answer within {ANSWER} s: {'no' if missed else 'yes'}")
    if BEFORE in middle:
        for name in ("nothing kept", "SQL kept"):
            ratio = middle[name][0] / middle[BEFORE][0]
            print(f"small run, {name}, against {BEFORE}: {ratio:.2f} by processor time (bar {BAR})")
            missed = missed or ratio > BAR
    return int(missed)


def _median(times: Sequence[Took]) -> Took:
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)


class _Side:
    """One state of the code with a company of its own."""

    def __init__(self, code: Path, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2")
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        compiled = {"PYTHONPYCACHEPREFIX": str(cache.with_name("compiled"))}  # of the code, as for whoever installs it
        self._env = {**kept, **threads, **compiled, "PYTHONPATH": str(code / "src"), "WORTHLINE_SQL_CACHE": str(cache)}

    def made(self, customers: int) -> None:
        """Its demo company, run once: what a second run finds in the folder is cleared before each."""
        self.took("demo", str(self.folder), "--customers", str(customers), "--no-serve")

    def run(self) -> Took:
        """A first run of the company."""
        shutil.rmtree(self.folder / ".worthline")
        return self.took("run", str(self.folder))

    def bytes(self) -> dict[str, bytes]:
        """Every published table."""
        runs = self.folder / ".worthline" / "runs"
        return {str(path.relative_to(runs)): path.read_bytes() for path in sorted(runs.rglob("*.parquet"))}

    def took(self, *arguments: str) -> Took:
        """What a command costs, with all processes that it starts."""
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "worthline", *arguments]
        subprocess.run(command, env=self._env, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return processor, time.perf_counter() - began
