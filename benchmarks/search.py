"""Search among a million texts: how long an answer takes, how long the index takes to make, and its memory.

    python -m benchmarks search [--texts 1000000]

Gives     p50, p95 and worst of 400 questions (rare and common words, phrases, beginnings, with and without filters,
          scores and periods), each from the index on disk. Bar: p95 50 ms. Exit code 1 where it is missed.
Assumes   words as frequent as in language (Zipf), 5 to 30 a text; the same on every run.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from worthline.app.search import find, index
from worthline.app.search.items import BATCH, Item

BAR = 50.0
WORDS = 30_000
FIRST = date(2022, 1, 1)


def main(arguments: list[str]) -> int:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search")
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args(arguments)
    index.reading.batches = lambda run: _items(given.texts)  # type: ignore[assignment]
    run = SimpleNamespace(run_id="benchmark")
    with tempfile.TemporaryDirectory() as place:
        before = _megabytes()
        began = time.perf_counter()
        made = index.build(run, Path(place))  # type: ignore[arg-type]
        took, size = time.perf_counter() - began, made.stat().st_size / 1e6
        print(
            f"index of {given.texts:,} texts: {took:.0f} s, {size:.0f} MB on disk, memory {before:.0f} MB before, "
            f"{_megabytes():.0f} MB at most"
        )
        worst = max(_asked(run, Path(place), given.questions, turn) for turn in range(given.runs))
    return int(worst > BAR)


def _items(texts: int) -> Iterator[list[Item]]:
    rng = np.random.default_rng(7)
    chances = 1 / np.arange(1, WORDS + 1)
    chances /= chances.sum()
    names = np.array([f"w{n}" for n in range(WORDS)])
    for start in range(0, texts, BATCH):
        size = min(BATCH, texts - start)
        lengths = rng.integers(5, 31, size)
        words = names[rng.choice(WORDS, int(lengths.sum()), p=chances)]
        ends = np.cumsum(lengths)
        yield [
            Item(
                item=f"i{start + n}",
                day=FIRST + timedelta(days=(start + n) * 1500 // texts),
                text=" ".join(words[ends[n] - lengths[n] : ends[n]]),
                score=float((start + n) * 7 % 11),
                scale="0-10",
                metric="nps",
                touchpoint=f"place {(start + n) % 12}",
                channel="survey",
                language="en",
                segment=f"segment {(start + n) % 4}",
                themes=(f"theme {(start + n) % 25}",),
            )
            for n in range(size)
        ]


def _asked(run: SimpleNamespace, place: Path, questions: int, turn: int) -> float:
    rng = np.random.default_rng(turn)
    times, worked = [], []
    for n in range(questions):
        wanted = _question(rng, n)
        began, spent = time.perf_counter(), time.process_time()
        with index.ready(run, place) as opened:  # type: ignore[arg-type]
            find.find(opened, wanted)
        times.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - spent) * 1000)
    times.sort()
    worked.sort()
    p95 = times[int(0.95 * len(times))]
    print(
        f"{questions} questions: p50 {times[len(times) // 2]:.1f} ms, p95 {p95:.1f} ms (bar {BAR:.0f}), "
        f"worst {times[-1]:.1f} ms; processor time p50 {worked[len(worked) // 2]:.1f} ms, "
        f"p95 {worked[int(0.95 * len(worked))]:.1f} ms"
    )
    return p95


def _question(rng: np.random.Generator, n: int) -> find.Wanted:
    """Words as people ask for them: common and rare alike."""
    words = [f"w{int(np.exp(rng.uniform(0, np.log(WORDS - 1))))}" for _ in range(3)]
    typed = (words[0], f"{words[0]} {words[1]}", f'"{words[0]} {words[1]}"', f"{words[0]}*", f"{words[0]} -{words[2]}")[
        n % 5
    ]
    filters = {"segment": [f"segment {n % 4}"]} if n % 3 == 1 else {"theme": [f"theme {n % 25}"]} if n % 3 == 2 else {}
    low = 0.0 if n % 7 == 0 else None
    first = FIRST + timedelta(days=int(rng.integers(0, 1400))) if n % 4 == 0 else None
    last = first + timedelta(days=90) if first else None
    return find.Wanted(
        typed, filters, score_low=low, score_high=6.0 if low is not None else None, first=first, last=last
    )


def _megabytes() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
