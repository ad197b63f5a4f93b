"""What `worthline doctor --mend` must make whole: each kind of damage to a run, and to the folder around the runs.

Gives     `mended`: one trial; what was lost, or None.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import worthline
from tests.chaos import company
from tests.chaos.apart import outcome
from tests.chaos.damage import KINDS, rot
from worthline.engine import home as places
from worthline.engine import publish
from worthline.run import doctor

Damage = Callable[[Path], object]


def _write(path: Path, content: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _instead(path: Path, make: Callable[[Path], object]) -> None:
    """Something else stands where Worthline has its own; what was there is beside it."""
    if os.path.lexists(path):
        path.rename(path.with_name(f"{path.name}.was"))
    make(path)


def _pointed_elsewhere(home: Path) -> None:
    pointer = home / places.POINTER
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "run": "000000000000", "run_id": "000000000000"}))


def _no_pointer(home: Path) -> None:
    (home / places.POINTER).unlink()
    (home / places.LINK).unlink(missing_ok=True)


def _open_to_all(home: Path) -> None:
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() else 0o666)


FOLDER: dict[str, Damage] = {
    "no pointer and no link": _no_pointer,
    "the pointer is empty": lambda home: _write(home / places.POINTER, b""),
    "the pointer is cut": lambda home: _write(home / places.POINTER, (home / places.POINTER).read_bytes()[:40]),
    "the pointer is no text": lambda home: _write(home / places.POINTER, b"\xff\xfe\x00"),
    "the pointer is a list": lambda home: _write(home / places.POINTER, b"[]"),
    "the pointer names a run that is gone": _pointed_elsewhere,
    "a bit of the pointer is flipped": lambda home: rot(home / places.POINTER, random.Random(3)),
    "the pointer is a folder": lambda home: _instead(home / places.POINTER, Path.mkdir),
    "the link is a folder": lambda home: _instead(home / places.LINK, Path.mkdir),
    "the link is a file": lambda home: _instead(home / places.LINK, _write),
    "the link leads to itself": lambda home: _instead(home / places.LINK, lambda p: p.symlink_to(p.name)),
    "logs is a file": lambda home: _instead(home / places.LOGS, _write),
    "checked is a file": lambda home: _instead(home / places.CHECKED, _write),
    "logs is a link to nowhere": lambda home: _instead(home / places.LOGS, lambda p: p.symlink_to("nowhere")),
    "building is left": lambda home: _write(home / places.BUILDING / "run" / "rows.parquet"),
    "building is a file": lambda home: _write(home / places.BUILDING),
    "checking is left": lambda home: _write(home / places.CHECKING / "0123" / "rows.parquet"),
    "a pointer aside is left": lambda home: _write(home / "current.json.next"),
    "all is open to all": _open_to_all,
    "a half run among the runs": lambda home: _write(home / places.RUNS / "feedfeedfeed" / "panel.parquet"),
    "an empty folder among the runs": lambda home: (home / places.RUNS / "emptyempty00").mkdir(),
    "a file among the runs": lambda home: _write(home / places.RUNS / "notes.txt"),
    "the lock is a folder": lambda home: _instead(home / places.LOCK, Path.mkdir),
}
"""Kind -> what is done to `.worthline`."""
ALL: tuple[str, ...] = (*FOLDER, *KINDS)


def mended(home: Path, place: Path, number: int) -> str | None:
    """Damage of one kind is found and mended: nothing is found again, a run is read, and no file of a run is gone."""
    kind = ALL[number % len(ALL)]
    folder = company.copied(home, place / "company")
    here = folder / places.HOME
    doctor.examine(folder, mend=True)  # a copy may have other rights
    if kind in FOLDER:
        FOLDER[kind](here)
    else:
        KINDS[kind](publish.current(folder).path)
    before = _files(here)

    def work() -> str | None:
        found = [f for f in doctor.examine(folder, mend=True) if f.part != "disk"]
        again = [f for f in doctor.examine(folder) if f.part != "disk" and f.is_fault]
        if again:
            return f"{kind}: after mending {[f.what for f in found]} there is still {[f.what for f in again]}"
        worthline.open(folder).published()
        gone = before - _files(here)
        return f"{kind}: {len(gone)} files of runs are gone" if gone else None

    state, said = outcome(work)
    shutil.rmtree(folder)
    return said if state == "done" else f"{kind}: {state}: {said}"


def _files(here: Path) -> set[tuple[str, bytes]]:
    """Name and content of what stands in runs, wherever it was moved."""
    places_of_runs = (here / places.RUNS, here / doctor.DAMAGED)
    return {(p.name, p.read_bytes()) for root in places_of_runs for p in root.rglob("*") if p.is_file()}
