"""`make chaos`: what may go wrong, tried: a sample of at most 30 minutes, or CHAOS=full, which goes on where it stopped.

Each job prints tried, held, lost. What came of a trial is kept in build/chaos by the hash of the code, so that the full
bars may take several goes. Exit code 1: something was lost.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import company
from tests.chaos.jobs import JOBS, Job

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "chaos"
BATCH = {"mutations": 100, "attacks": 100, "bit flips": 100, "store: kills": 20, "store: migrations": 5}
"""Trials between two looks at the clock, where a trial is short."""


def tried(job: Job, home: Path, place: Path, numbers: list[int]) -> list[tuple[int, str | None]]:
    """What came of some trials."""
    found = []
    for number in numbers:
        with tempfile.TemporaryDirectory(dir=place) as empty:
            found.append((number, job.trial(home, Path(empty), number)))
    return found


def main() -> int:
    """Run the jobs, print and keep what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=("sample", "full"), nargs="?", default="sample")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--only", default="", help="one job's name")
    chosen = parser.parse_args()
    from worthline.run.manifest import code

    kept = FOLDER / code()
    kept.mkdir(parents=True, exist_ok=True)
    end, lost = time.monotonic() + 60 * chosen.minutes, 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        home = company.copied(_published(kept), place / "home")
        jobs = [job for job in JOBS if chosen.only in ("", job.name)]
        for left, job in zip(range(len(jobs), 0, -1), jobs, strict=True):
            lost += _work(job, home, place, kept, chosen.which, (end - time.monotonic()) / left)
    return 1 if lost else 0


def _published(kept: Path) -> Path:
    """The company with its runs, made once for this code: a piece of a minute should not spend half of it on that."""
    home = kept / "home"
    if not home.is_dir():
        company.published(aside := kept / "home.aside")
        aside.rename(home)
    return home


def _work(job: Job, home: Path, place: Path, kept: Path, which: str, seconds: float) -> int:
    """Trials of one job until its number, or its share of the time, is used up; gives how many were lost."""
    file = kept / f"{job.name.replace(' ', '-')}.json"
    done: dict[str, str | None] = json.loads(file.read_text()) if file.is_file() else {}
    wanted = [n for n in range(job.full if which == "full" else job.sample) if str(n) not in done]
    end, step = time.monotonic() + seconds, BATCH.get(job.name, 1)
    for first in range(0, len(wanted), step):
        if time.monotonic() > end:
            break
        done |= {str(n): lost for n, lost in tried(job, home, place, wanted[first : first + step])}
        file.write_text(json.dumps(done, indent=1))
    lost = {n: said for n, said in done.items() if said is not None}
    bar = job.full if which == "full" else job.sample
    print(f"{job.name:<20} tried {len(done):>6} of {bar:>6}   held {len(done) - len(lost):>6}   lost {len(lost)}")  # noqa: T201
    for n, said in list(lost.items())[:5]:
        print(f"    {n}: {said}"[:400], flush=True)  # noqa: T201
    return len(lost)


if __name__ == "__main__":
    sys.exit(main())
