"""Further trials: SQL bombs, readers at once, runs and stores of earlier Worthlines, a clock that is set back.

Each gives what was lost, or None.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import worthline
from tests.chaos import company, load
from tests.chaos.apart import outcome
from tests.chaos.bombs import BOMBS
from tests.chaos.ground import ground, next_run
from worthline.engine.guarded import EngineSays, Guarded, TooMuch
from worthline.engine.memory import resident

MB = 1 << 20
LIMIT, SECONDS, OVER, AFTER = 256 * MB, 2.0, 1024 * MB, 5.0
"""What a bomb may have, and by how much it may be over: bytes, and seconds until it is gone."""


def bomb(_home: Path, _place: Path, number: int) -> str | None:
    """One of thirty bombs: refused or stopped, at most 1 GB over its limit, gone within 5 s of its time."""
    sql = BOMBS[number % len(BOMBS)]
    child, stop = Guarded(), threading.Event()
    peak = [0]

    def watch() -> None:
        while not stop.is_set():
            peak[0] = max(peak[0], resident(child._child.pid) or 0)
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    try:
        child.open([f"set memory_limit = '{LIMIT}B'", "set threads = 2"], memory=LIMIT, seconds=60)
        watcher.start()
        began = time.monotonic()
        try:
            for _ in child.ask(sql, seconds=SECONDS, use_counts=True)[1]:
                pass
            ended = "answered"
        except (EngineSays, TooMuch) as error:
            ended = str(error)[:80]
        took = time.monotonic() - began
    finally:
        stop.set()
        watcher.join()
        child.close()
    if peak[0] > LIMIT + OVER or took > SECONDS + AFTER:
        return f"{sql[:60]}: {peak[0] // MB} MB, {took:.1f} s ({ended})"
    return None


def read_at_once(home: Path, _place: Path, number: int) -> str | None:
    """Fifty readers of pages and API for three seconds: no error. How long they wait is measured on a quiet machine."""
    found = load.measure(home, seconds=3, readers=50)
    wrong = {kind: waits["first_error"] for kind, waits in found.items() if waits["errors"]}
    answers = sum(int(str(waits["answers"])) for waits in found.values())
    return f"trial {number}: {wrong}" if wrong else None if answers else "nobody was answered"


def earlier_worthline(home: Path, place: Path, number: int) -> str | None:
    """A run as an earlier Worthline published it: a link or its copy, no pointer, no seals. Read, and followed by a run."""
    folder = company.copied(home, place / "company")
    here = folder / ".worthline"
    published = worthline.open(folder).published()
    about = {key: value for key, value in published.about.items() if key not in ("files", "seal")}
    (published.path / "run.json").write_text(json.dumps(about))
    (here / "current.json").unlink()
    if number % 2:
        (here / "current").unlink()
        shutil.copytree(published.path, here / "current")
    name = published.run_id

    def work() -> str | None:
        if worthline.open(folder).published().run_id != name:
            return "the earlier run is not read"
        company.settings(folder, 1 + number % 998)
        made = worthline.open(folder).run(threads=1)
        return None if worthline.open(folder).published().run_id == made.run_id else "the next run is not published"

    state, said = outcome(work)
    return said if state == "done" else f"{state}: {said}"


def clock_set_back(home: Path, place: Path, number: int) -> str | None:
    """What is there seems to be of 2100, of 1970, or of both in turns: the run made now is the published one, and none is harmed."""
    on, chance = ground(home), random.Random(number)
    folder = company.copied(on.folder, place / "company")
    shutil.rmtree(folder / ".worthline" / "runs" / on.oldest)  # three are kept: with the new one none is to go
    times = ((4_102_444_800,), (1,), (4_102_444_800, 1), (4_102_444_800, 1, int(time.time())))[number % 4]
    for path in folder.rglob("*"):
        if not path.is_symlink():
            at = chance.choice(times)
            os.utime(path, (at, at))
    two = replace(on, kept={name: files for name, files in on.kept.items() if name != on.oldest}, oldest="")
    return next_run(two, folder, number, f"with files of {times}")
