"""`make bench`: every benchmark in turn, each printing its ratios. Name one to run it alone; --small for a look."""

from __future__ import annotations

import sys

from benchmarks import ingest, panel

BENCHMARKS = {
    "ingest": (ingest.main, ["--rows", "200000", "--runs", "1"]),
    "panel": (panel.main, ["--customers", "20000", "--runs", "1"]),
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks named (all where none is); the worst exit code."""
    small = "--small" in arguments
    named = [a for a in arguments if not a.startswith("--")] or list(BENCHMARKS)
    unknown = [name for name in named if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    worst = 0
    for name in named:
        run, look = BENCHMARKS[name]
        worst = max(worst, run(look if small else []))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
