"""`make bench`: every benchmark in turn, each printing its ratios.

python -m benchmarks [NAME ...] [--runs 5] [--small], NAME one of demo effects experiment ingest panel risk value
inbound search small voice web; what only one benchmark takes stands behind its name: inbound --rate 500
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import demo, effects, experiment, inbound, ingest, panel, risk, search, small, value, voice, web

BENCHMARKS = {
    "ingest": (ingest.main, ["--rows", "200000", "--runs", "1"]),
    "demo": (demo.main, ["--customers", "2000", "--runs", "1"]),
    "effects": (
        effects.main,
        ["--sheets", "5000", "--questions", "8", "--rows", "20000", "--customers", "2000", "--runs", "1"],
    ),
    "panel": (panel.main, ["--customers", "20000", "--runs", "1"]),
    "risk": (risk.main, ["--customers", "5000", "--runs", "1"]),
    "value": (value.main, ["--customers", "20000", "--runs", "1"]),
    "experiment": (experiment.main, ["--customers", "20000", "--runs", "1"]),
    "inbound": (inbound.main, ["--rate", "100", "--seconds", "3"]),
    "search": (search.main, ["--texts", "20000", "--questions", "50"]),
    "small": (small.main, ["--customers", "60", "--runs", "1"]),
    "voice": (voice.main, ["--texts", "5000", "--runs", "1"]),
    "web": (web.main, ["--customers", "1000", "--requests", "100", "--runs", "1"]),
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks named (all where none is); the worst exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all where none is")
    parser.add_argument("--runs", type=int, help="runs of each side; medians are printed")
    parser.add_argument("--small", action="store_true", help="few rows, one run: a look")
    given, further = parser.parse_known_args(arguments)
    if further and len(given.names) != 1:
        parser.error(f"{' '.join(further)}: name the one benchmark that takes it")
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    worst = 0
    for name in given.names or BENCHMARKS:
        run, look = BENCHMARKS[name]
        runs = ["--runs", str(given.runs)] if given.runs else []
        worst = max(worst, run([*(look if given.small else []), *runs, *further]))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
