"""The kept run that the next one looks back to, to hold what was predicted against what happened since.

Reads     the runs of a company's folder.
Gives     `latest`: the latest whole run of an earlier day, and what was wrong with those that were passed over.
Assumes   a kept run stands in nobody's way: one that is damaged is passed over and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.engine import publish
from worthline.engine.home import RUNS
from worthline.engine.run_folder import RunFolder
from worthline.errors import CorruptRun
from worthline.results import CONTRACT, Earlier
from worthline.run.opened import OpenRun, Run

if TYPE_CHECKING:
    from worthline.engine import Engine

SCORES, THEMES = "customer_scores.parquet", "themes.parquet"


@dataclass(frozen=True)
class LookBack:
    """The earlier run, where there is one, and sentences on the runs that could not be read."""

    earlier: Earlier | None
    passed_over: tuple[str, ...] = ()


def before(path: Path) -> Run | None:
    """The run that was published last before the one at `path`, while it is kept; None where there is none.

    The order is that of publishing: the time of a run's run.json. A damaged run is passed over.
    """
    for earlier_folder in older(path):
        run = OpenRun(earlier_folder)
        try:
            run.verify()
        except CorruptRun:
            continue
        return run
    return None


def older(path: Path) -> list[RunFolder]:
    """The kept runs that were published before the one at `path`, the latest first."""
    if path.parent.name != RUNS or not (path / "run.json").is_file():
        return []
    own = _published(path)
    runs = [
        (published_at, run_folder)
        for run_folder in publish.kept(path.parents[2])
        if run_folder.path.name != path.name and (published_at := _published(run_folder.path)) <= own
    ]
    return [run_folder for _, run_folder in sorted(runs, key=lambda each: each[0], reverse=True)]


def _published(path: Path) -> int:
    return (path / "run.json").stat().st_mtime_ns


def latest(folder: Path, as_of: date, engine: Engine) -> LookBack:
    """The latest whole run of a day before `as_of`."""
    halves = (half.damaged("run.json", "is missing") for half in publish.halves(folder))
    passed_over = [f"An earlier run was passed over. {error}" for error in halves]
    candidates: list[tuple[date, Run]] = []
    for run_folder in publish.kept(folder):
        run = Run(run_folder)
        try:
            run.verify()
            day = date.fromisoformat(str(run.about["as_of"]))
        except CorruptRun as error:
            passed_over.append(f"An earlier run was passed over. {error}")
        except ValueError:
            passed_over.append(f"Run {run.run_id} was passed over: its run.json has no date as as_of.")
        else:
            if day < as_of and run.about["contract"] == CONTRACT and "customer_scores" in run.tables():
                candidates.append((day, run))
    for day, run in sorted(candidates, key=lambda each: (each[0], each[1].run_id), reverse=True):
        if run.folder.sealed is None:
            passed_over.append(f"Run {run.run_id} was passed over: it was made before runs were sealed.")
            continue
        try:
            for file in run.folder.sealed:  # a disk that rots elsewhere in it is said now, not when somebody reads that
                run.folder.check(file)
            scores = run.folder.check(SCORES)
            themes = engine.parquet([run.folder.check(THEMES)]) if "themes" in run.tables() else None
        except CorruptRun as error:
            passed_over.append(f"An earlier run was passed over. {error}")
            continue
        return LookBack(Earlier(run.run_id, day, engine.parquet([scores]), themes), tuple(passed_over))
    return LookBack(None, tuple(passed_over))
