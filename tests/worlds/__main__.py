"""Long studies against known truths: `make truth` (SHARD=i/n, MINUTES=60, SEEDS=20) runs them, and goes on where it stopped.

A job is a world of the second or the third simulator, or a test marked `truth`. What came of it is kept in build/truth by the hash of
the code and the seed, so a study may take several goes, or several machines that share that folder. Jobs go through the
settings seed by seed, so that at any time all have about as many worlds; after MINUTES no new job begins. Then the
tables of docs/methods/worlds.md are written from all records there are, with their numbers. Exit code 1: a test failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.worlds import chains, measure_chains, tables
from tests.worlds.measure import measure
from tests.worlds.store import ROOT, Store, code
from worthline.demo.independent import SETTINGS

PAGE = ROOT / "docs/methods/worlds.md"
FOLDER = ROOT / "build/truth"
IDENTIFIED = ("linear", "u_shaped", "places", "shop", "weekly")
NO_EFFECT = ("null", "few", "reverse")
FAMILY = ("family", "family_shop")
OUTSIDE = ("season", "heavy_tail", "falling", "price_shock", "snapshots", "season_shop", "heavy_tail_shop")
THIRD = {f"third, {name}": name for name in chains.SETTINGS}
"""Settings of the third simulator, by the names of their studies."""
WORLDS_FIRST = 5
"""Worlds a setting before the first test: the tests take long, and the tables should fill early."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is missing, write the tables; prints how many worlds each setting has."""
    chosen = _arguments(arguments)
    shard, of = (int(part) for part in chosen.shard.split("/"))
    here = Path(__file__).parent
    files = ("measure.py", "oracle.py", "pipeline.py", "arrays.py", "chains.py", "measure_chains.py")
    store = Store(FOLDER, code(*(here / name for name in files)), f"{shard}of{of}")
    names = chosen.settings or [*SETTINGS, *THIRD]
    studies = {name: name if name in THIRD else f"{name}, {chosen.lives} lives" for name in names}
    tests = _tests() if chosen.tests else []
    jobs = [(name, seed) for seed in range(chosen.seeds) for name in names if seed % of == shard - 1]
    first = sum(seed < WORLDS_FIRST for _, seed in jobs)
    jobs[first:first] = [(test, 0) for number, test in enumerate(tests) if number % of == shard - 1]
    until = time.monotonic() + 60 * chosen.minutes
    for name, seed in jobs:
        if store.has(studies.get(name, name), seed):
            continue
        if time.monotonic() > until:
            print("The time is up; the next `make truth` goes on from here.")
            break
        print(f"{name}, seed {seed}" if name in studies else name, flush=True)
        record = _measured(name, seed, chosen.lives) if name in studies else _tested(name)
        store.add(studies.get(name, name), seed, record)
    kept = {name: f"{name}, {chosen.lives} lives" for name in SETTINGS} | {name: name for name in THIRD}
    records = {name: found for name, study in kept.items() if (found := store.of(study))}
    print(", ".join(f"{name}: {len(found)} worlds" for name, found in records.items()) or "No world yet.")
    parts = written(records)
    if chosen.write:
        PAGE.write_text(tables.page(parts, PAGE.read_text("utf-8")), encoding="utf-8")
    else:
        print("\n\n".join("\n".join(table) for _, table in parts))
    return _report([(test, record) for test in tests for record in store.of(test)], len(tests))


def _measured(name: str, seed: int, lives: int) -> dict[str, Any]:
    if name in THIRD:
        return measure_chains.measure(THIRD[name], seed)
    return measure(name, seed, lives)


def _tests() -> list[str]:
    """The tests that are marked `truth`, by the name that pytest calls them."""
    command = [sys.executable, "-m", "pytest", "-m", "truth", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [line for line in listed.splitlines() if "::" in line]


def _tested(test: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "pytest", "-m", "truth", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=ROOT, check=False)
    return {"passed": done.returncode == 0}


def _report(tests: list[tuple[str, Any]], of: int) -> int:
    failed = [test for test, record in tests if not record["passed"]]
    if of:
        print(
            f"Tests marked truth: {len(tests) - len(failed)} passed, {len(failed)} failed, {of - len(tests)} to come."
        )
    for test in failed:
        print(f"FAILED {test}")
    return int(bool(failed))


def written(records: dict[str, list[tables.Record]]) -> list[tuple[str, list[str]]]:
    """All tables of the page, by the name of their marks."""

    def some(names: Sequence[str]) -> dict[str, list[tables.Record]]:
        return {name: records[name] for name in names if name in records}

    return [
        ("effects", tables.of_effects(some((*IDENTIFIED, "hidden", "hidden_strong")))),
        ("no effect", tables.of_false_findings(some(NO_EFFECT))),
        ("warnings", tables.of_warnings(records.get("hidden", []))),
        ("money", tables.of_money(some(IDENTIFIED))),
        ("equity", tables.of_equity(some((*FAMILY, *OUTSIDE, *IDENTIFIED)))),
        ("churn", tables.of_churn(some((*IDENTIFIED, *FAMILY, *OUTSIDE)))),
        *third({THIRD[name]: found for name, found in records.items() if name in THIRD}),
    ]


def third(records: dict[str, list[tables.Record]]) -> list[tuple[str, list[str]]]:
    """Tables of the third simulator, from records by its settings."""

    def some(*names: str) -> dict[str, list[tables.Record]]:
        return {name: records[name] for name in names if name in records}

    return [
        ("third: effects", tables.of_effects(some("plain", "struck", "price_rise"))),
        (
            "third: no effect",
            tables.of_false_findings(some("nothing", "rare", "callers", "month_ahead", "any_time", "term")),
        ),
        ("third: money", tables.of_money(some("plain", "struck", "price_rise"))),
        ("third: equity", tables.of_equity(some(*measure_chains.EQUITY))),
    ]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make truth", description=__doc__)
    parser.add_argument("--shard", default="1/1", help="i/n: every n-th seed, from the i-th")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no job begins")
    parser.add_argument("--seeds", type=int, default=20, help="worlds a setting")
    parser.add_argument("--lives", type=int, default=100, help="lives each way for the truth of an effect")
    parser.add_argument("--settings", nargs="*", choices=[*SETTINGS, *THIRD], help="some of the settings")
    parser.add_argument("--tests", action="store_true", help="the tests marked truth too")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/methods/worlds.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
