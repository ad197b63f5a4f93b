"""The generator, and the whole run of what it makes, as customers grow.

    python -m benchmarks demo [--customers 10000 100000] [--runs 3]

Gives     customer-months a second lived (bar: 1 million) and written; then for each size the run's seconds, in all and
          by stage, its peak memory (a process of its own; bar: 8 GiB) and its seconds per customer against the smallest
          size (bar: no worse than 1). Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BAR = 1.0
"""Million customer-months a second."""
MEMORY = 8.0
"""GiB, at any size up to a million customers."""
LINEAR = 1.0
"""Times the smallest size's seconds a customer."""
RUN = """
import json, resource, sys, time
from pathlib import Path
from worthline import company
began = time.perf_counter()
company.open(sys.argv[1]).run(threads=2)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
[log] = (Path(sys.argv[1]) / ".worthline" / "logs").glob("*.json")
stages = json.loads(log.read_text())["seconds"]
print(json.dumps({"seconds": time.perf_counter() - began, "peak": peak, "stages": stages}))
"""


def main(arguments: list[str]) -> int:
    """Print both; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks demo")
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    lived = statistics.median(_lived() for _ in range(given.runs))
    print(f"generator: {lived:.2f} million customer-months a second (bar {BAR:.0f}), medians of {given.runs}")
    first, missed = None, lived < BAR
    for customers in given.customers:
        with tempfile.TemporaryDirectory() as folder:
            written = _made(Path(folder), customers)
            print(f"{customers:,} customers: files at {written:.2f} million customer-months a second")
            told = subprocess.run(
                [sys.executable, "-c", RUN, folder],
                check=True,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            cost = json.loads(told.stdout.splitlines()[-1])
        each = cost["seconds"] / customers
        first = first or each
        missed |= cost["peak"] > MEMORY or each > LINEAR * first
        print(
            f"{customers:,} customers: run {cost['seconds']:.1f} s, {cost['peak']:.2f} GiB (bar {MEMORY:.0f}), "
            f"{each / first:.2f} times the first size's seconds a customer (bar {LINEAR:.0f})"
        )
        print("  " + ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in cost["stages"].items()))
    return int(missed)


def _lived(customers: int = 262_144) -> float:
    from worthline.demo import mobile
    from worthline.demo.live import BLOCK, live
    from worthline.demo.world import World

    world, began = World(customers=customers), time.perf_counter()
    for start in range(0, customers, BLOCK):
        live(world, mobile, np.arange(start, start + BLOCK))
    return customers * world.months / (time.perf_counter() - began) / 1e6


def _made(folder: Path, customers: int) -> float:
    from worthline.demo.make import make
    from worthline.demo.world import World

    world, began = World(customers=customers), time.perf_counter()
    make(folder, world)
    return customers * world.months / (time.perf_counter() - began) / 1e6
