"""What is wrong with a company's folder and its runs, and what of it can be mended without losing anything.

Reads     `.worthline`: every file of every kept run against its seal, pointer, lock, leftovers, rights, the disk.
Gives     `examine`, a list of Finding; with `mend` it mends what can be.
Method    nothing that may hold something is removed: a damaged run is moved to `.worthline/damaged/`. What a killed
          process left (building, checking, *.next) is removed, as the next run would. While a run is being made
          nothing is mended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from worthline.engine import home as places
from worthline.engine import publish
from worthline.engine.run_folder import RUN_JSON, RunFolder
from worthline.errors import CorruptRun, NoRun
from worthline.run.opened import Run

DAMAGED = "damaged"
LEAST_FREE = 500 << 20
"""Bytes that a small run may need; a larger one needs three times the last."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    part: str
    """folder, settings, runs, disk, store."""
    what: str
    fix: str
    is_fault: bool = True
    """Whether it stands in the way of running or reading; else it is only said."""
    is_mended: bool = False
    mend: Callable[[], None] | None = None


def examine(company: Path, *, mend: bool = False) -> list[Finding]:
    """Everything found, the most pressing first; with `mend` what can be mended is."""
    home = company / places.HOME
    if not os.path.lexists(home):
        return [*_disk(company, 0), Finding("runs", "There is no run yet.", f"worthline run {company}", False)]
    with _lock(home) as busy:
        findings = [*_home(company, home, busy), *_runs(company, home), *_disk(company, _size(company))]
        if not mend or busy:
            return findings
        return [mended(finding) for finding in findings]


def mended(finding: Finding) -> Finding:
    """The finding, mended where it can be; what stands in the way is said in its fix."""
    if finding.mend is None:
        return finding
    try:
        finding.mend()
    except OSError as error:
        return replace(finding, fix=f"It could not be mended ({error.strerror or error}). {finding.fix}")
    return replace(finding, is_mended=True)


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[bool]:
    """Hold the folder's lock; gives whether somebody else does."""
    from filelock import Timeout

    guard = places.lock_of(home / places.LOCK)
    try:
        guard.acquire()
    except Timeout:
        yield True
        return
    except OSError:
        yield False
        return
    try:
        yield False
    finally:
        guard.release()


# ------------------------------------------------------------------------------------------- the folder


def _home(company: Path, home: Path, busy: bool) -> Iterator[Finding]:
    if busy:
        yield Finding("folder", "A run is being made at this moment.", "Nothing is mended until it is done.", False)
    for place in (home, *(home / name for name in (places.RUNS, places.LOGS, places.CHECKED))):
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            fix = "worthline run moves it aside and makes the folder"
            yield Finding("folder", f"{place} is no folder.", fix, mend=_maker(place))
    if not os.access(home if home.is_dir() else company, os.W_OK):
        yield Finding("folder", f"{home} cannot be written to.", "Make the folder writable.")
    open_to_others = [path for path in (home, *home.rglob("*")) if _is_open(path)]
    if open_to_others:
        what = f"{_count(len(open_to_others), 'file or folder', 'files and folders')} in {home} can be read by others."
        yield Finding("folder", what, "--mend takes the rights of others off.", mend=lambda: places.own_mode(home))
    if not busy:
        yield from _leftovers(home)
    faults = sorted((home / places.LOGS).glob("fault-*.txt")) if (home / places.LOGS).is_dir() else []
    if faults:
        what = f"{_count(len(faults), 'fault', 'faults')} of Worthline's own stand in {home / places.LOGS}."
        yield Finding("folder", what, f"Send {faults[-1].name} to the makers.", False)


def _maker(place: Path) -> Callable[[], None]:
    def make() -> None:
        places.folder(place)

    return make


def _is_open(path: Path) -> bool:
    """Whether others than its owner have rights on it; a question that Windows does not know."""
    if os.name != "posix" or path.is_symlink():
        return False
    with contextlib.suppress(OSError):
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    return False


def _leftovers(home: Path) -> Iterator[Finding]:
    """What killed processes left; it may hold rows."""
    building, checking = home / places.BUILDING, home / places.CHECKING
    if os.path.lexists(building):
        yield Finding(
            "folder", f"{building} is left of a run that was stopped.", _NEXT, mend=lambda: places.clear(building)
        )
    if checking.is_dir() and any(checking.iterdir()):

        def sweep() -> None:
            places.sweep(checking)

        yield Finding("folder", f"{checking} holds what a stopped check left.", _NEXT, False, mend=sweep)
    for path in sorted(home.glob("*.next")):
        yield Finding("folder", f"{path} is left of a publishing that was stopped.", _NEXT, mend=_clearer(path))


_NEXT = "The next run removes it; --mend does now."


def _clearer(path: Path) -> Callable[[], None]:
    def clear() -> None:
        places.clear(path)

    return clear


# ------------------------------------------------------------------------------------------- the runs


def _runs(company: Path, home: Path) -> Iterator[Finding]:
    """The pointer, and every kept run, each file of it against its seal."""
    current, why = _current(company)
    runs = sorted((p for p in _within(home / places.RUNS)), key=lambda p: p.name)
    broken = {path: fault for path in runs if (fault := damage(RunFolder(path)))}
    if current is not None and why is None:
        why = damage(current)
    whole = [path for path in runs if path not in broken]
    if why is not None or (current is None and runs):
        latest = max(whole, key=lambda p: (p.stat().st_mtime_ns, p.name), default=None)
        fix = f"Make it again with: worthline run {company}"
        mend = None
        if latest is not None:
            fix = f"--mend publishes the kept run {latest.name} again; {fix[0].lower()}{fix[1:]}"
            mend = _pointer(home, latest)
        what = "No run is published." if why is None else f"The published run cannot be read. {why}"
        yield Finding("runs", what, fix, mend=mend)
    for path, fault in broken.items():
        what = f"The kept run {path.name} is damaged: {fault}"
        yield Finding(
            "runs", what, "The next run passes it over; --mend moves it aside.", False, mend=_aside(home, path)
        )
    if current is not None and why is None:
        yield from _link(home, current)


def _within(place: Path) -> list[Path]:
    return [p for p in place.iterdir() if p.is_dir() and not p.is_symlink()] if place.is_dir() else []


def _current(company: Path) -> tuple[RunFolder | None, str | None]:
    """The published run, and why it cannot be found; both None where none was ever published."""
    try:
        return publish.current(company), None
    except NoRun:
        return None, None
    except CorruptRun as error:
        return None, str(error.found or error)


def damage(folder: RunFolder) -> str | None:
    """The first thing that is wrong with a run, every file of it read; None where it is whole."""
    if not (folder.path / RUN_JSON).is_file():
        return f"{RUN_JSON} is missing"
    try:
        Run(folder).verify()
        for name in folder.sealed or ():
            folder.check(name)
    except CorruptRun as error:
        return str(error)
    return None


def _pointer(home: Path, run: Path) -> Callable[[], None]:
    def point() -> None:
        publish.point(home, run)

    return point


def _aside(home: Path, run: Path) -> Callable[[], None]:
    def move() -> None:
        places.folder(home / DAMAGED)
        target, number = home / DAMAGED / run.name, 1
        while os.path.lexists(target):
            number += 1
            target = home / DAMAGED / f"{run.name}.{number}"
        run.rename(target)

    return move


def _link(home: Path, current: RunFolder) -> Iterator[Finding]:
    """The link for people, which nothing of Worthline reads."""
    link = home / places.LINK
    if not os.path.lexists(link):
        return
    if not link.is_symlink() or os.path.realpath(link) != os.path.realpath(current.path):
        what = f"{link} does not show the published run."
        target = Path(places.RUNS) / current.path.name
        yield Finding(
            "runs", what, "--mend sets it; nothing but people reads it.", False, mend=lambda: places.link(link, target)
        )


# ------------------------------------------------------------------------------------------- the disk


def _size(company: Path) -> int:
    """Bytes of the published run; 0 where there is none."""
    with contextlib.suppress(CorruptRun, NoRun, OSError):
        return sum(p.stat().st_size for p in publish.current(company).path.rglob("*") if p.is_file())
    return 0


def _disk(company: Path, last: int) -> Iterator[Finding]:
    free, needed = shutil.disk_usage(company).free, max(LEAST_FREE, 3 * last)
    if free < needed:
        what = f"{free >> 20:,} MB are free on the disk, and the next run may need {needed >> 20:,} MB."
        yield Finding("disk", what, "Make room; keep_runs under [company] says how many runs are kept.")


def _count(n: int, singular: str, several: str) -> str:
    return f"{n:,} {singular if n == 1 else several}"
