"""Where runs are killed and disks fail: a company with three kept runs, and its next run as nothing disturbs it.

Gives     `ground`, made once; `harm`, what is wrong with a folder after a kill; `next_run`, whether the run that follows is that very run.
Method    the next run has the bytes of an undisturbed one, so that what a trial may leave out (replay.py) is asked for all the same.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import worthline
from tests.chaos import apart, company, forks
from worthline.engine import publish

NEVER = ["", "never", 0]
NEXT: dict[str, Any] = {"margin": 501, "keep": 3, "contacts": False}
"""Settings of the run that is killed, and of the next one."""
WHOLE_EVERY = 17
"""Of so many next runs one counts and fits its models itself."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where runs are killed: three kept runs, the oldest of which the next run drops, and that run as nothing disturbs it."""

    folder: Path
    run: str
    files: dict[str, str]
    """Its files, by their sha256."""
    kept: dict[str, dict[str, str]]
    """The same of each kept run."""
    oldest: str
    stages: dict[bool, dict[str, tuple[float, int]]]
    """By stage its seconds of processor time and its file events; True: of a run whose metrics and predictions are replayed."""


@cache
def ground(home: Path) -> Ground:
    """Made once: an older run, the next run with its metrics and models, and again with both replayed, to equal bytes."""
    folder = company.copied(home, home.with_name("ground"))
    published = worthline.open(folder).published()
    company.settings(folder, 500, as_of=date(2026, 7, 31))
    (older,) = forks.ends({"work": "run", "arguments": [str(folder)], "kill": NEVER})
    assert older.kind == "done", older.said
    os.utime(folder / ".worthline" / "runs" / older.said, (1, 1))
    publish.point(folder / ".worthline", published.path)
    shutil.rmtree(
        folder / ".worthline" / "checked"
    )  # so that the run that is killed keeps checked rows, and the next finds them
    company.settings(folder, **NEXT)

    kept, stages, after = _kept(folder), {}, []
    forks.record(company.copied(folder, home.with_name("recorded")))
    for work in ("run", "run, replayed"):
        other = company.copied(folder, home.with_name(work))
        (end,) = forks.ends({"work": work, "arguments": [str(other)]})
        stages[work != "run"] = end.stages
        after.append((end.said, _kept(other)[end.said]))
    assert after[0] == after[1], "a replayed run is the run"
    assert older.said not in _kept(other), "the oldest run is dropped"
    return Ground(folder, *after[0], kept, older.said, stages)


def harm(on: Ground, folder: Path, when: str) -> str | None:
    """What is wrong with the runs of a folder: one is read, the one before or the new one, and each has its bytes."""
    state, published = apart.outcome(lambda: held(folder))
    if state != "done":
        return f"{when} nothing can be read: {published}"
    expected = {**on.kept, on.run: on.files}
    if published not in expected.items():
        return f"{when} {published[0]} is published, or has other bytes"
    there = _kept(folder)
    wrong = [name for name, files in there.items() if files != expected.get(name)]
    gone = set(on.kept) - set(there) - ({on.oldest} if on.run in there else set())
    return f"{when} the runs {wrong} have other bytes, {gone} are gone" if wrong or gone else None


def next_run(on: Ground, folder: Path, number: int, when: str) -> str | None:
    """The next run is made, has the bytes of one that nothing disturbed, is the published one, and leaves nothing behind."""
    work = "run, replayed" if number % WHOLE_EVERY else "run"
    (end,) = forks.ends({"work": work, "arguments": [str(folder)], "kill": NEVER})
    if end.kind != "done":
        return f"{when} the next run ends as {end.kind}: {end.said}"
    if lost := harm(on, folder, f"{when} and the next run"):
        return lost
    runs = _kept(folder)
    if worthline.open(folder).published().run_id != on.run or len(runs) != NEXT["keep"]:
        return f"{when} the next run {end.said} is not the published one of {list(runs)}"
    left = [path.name for path in (folder / ".worthline" / "building").glob("*")]
    return f"{when} the next run leaves {left}" if left else None


def _kept(folder: Path) -> dict[str, dict[str, str]]:
    """What stands among the runs: its files, by their sha256."""
    return {path.name: company.digests(path) for path in sorted((folder / ".worthline" / "runs").iterdir())}


def held(folder: Path) -> tuple[str, dict[str, str]]:
    """The published run, each file of it checked: its name, its files by their sha256."""
    run = worthline.open(folder).published()
    for name in run.folder.sealed or ():
        run.folder.check(name)
    return run.run_id, company.digests(run.path)
