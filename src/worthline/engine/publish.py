"""Publishing a run: built aside, synced, then one atomic swap of a pointer.

    DIR/.worthline/                   700; the files in it 600
        current.json                  which run is published, and the sha256 of its run.json; swapped by one rename
        current -> runs/<run_id>      the same run for people to look at, where links are allowed; nothing reads it
        runs/<run_id>/                complete runs only
        building/                     what is being made; left over only by a killed process, removed by the next
        lock                          held while a run is being made

Assumes   a file system on which rename is atomic. docs/adr/0029 says why the pointer is a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worthline.engine import home as places
from worthline.engine import seal
from worthline.engine.home import BUILDING, HOME, LINK, POINTER, RUNS
from worthline.engine.run_folder import RunFolder, no_complete_run
from worthline.errors import CorruptRun, Fault, NoRun, Unwritable, system_refusal
from worthline.results import CONTRACT

KEEP_RUNS = 5
"""Published runs that stay, the current one included."""

__all__ = ["HOME", "KEEP_RUNS", "RunFolder", "Site", "current", "kept", "publish", "run_id", "write_json", "writing"]


def current(folder: Path) -> RunFolder:
    """The published run of a company folder; raises NoRun, CorruptRun."""
    pointer = folder / HOME / POINTER
    while True:
        text = _text(pointer)
        if text is None:
            return _by_link(folder)
        run = _pointed(folder, text)
        if (run.path / "run.json").is_file():
            return run
        # Unless another run was published, and this one dropped, between the two looks:
        if _text(pointer) == text:
            raise no_complete_run(pointer, run.path.name, folder)


def _text(pointer: Path) -> str | None:
    """What the pointer says; None where there is none."""
    try:
        return pointer.read_bytes().decode("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if pointer.is_dir():
            raise _bad_pointer(pointer, "is a folder, not a file") from None
        raise _bad_pointer(pointer, f"cannot be read ({error.strerror or error})") from None


def _pointed(folder: Path, text: str) -> RunFolder:
    pointer = folder / HOME / POINTER
    try:
        pointer_content = json.loads(text)
        name, run_json = pointer_content["run"], pointer_content["sha256"]
        sound = (
            pointer_content["run_id"] == name.partition(".")[0]
            and pointer_content["contract"] == CONTRACT
            and len(run_json) == 64
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _bad_pointer(pointer, "does not say which run is published") from None
    if not sound or Path(name).name != name or name in ("", ".", ".."):
        raise _bad_pointer(pointer, "does not say which run is published")
    return RunFolder(folder / HOME / RUNS / name, run_json)


def _bad_pointer(pointer: Path, content: str) -> CorruptRun:
    company = pointer.parents[1]
    fix = f"worthline run {company}"
    message = f"{pointer} {content}. Make the run again with: {fix}"
    return CorruptRun(message, tried=str(pointer), found=content, fix=fix)


def _by_link(folder: Path) -> RunFolder:
    """A run that an earlier Worthline published: it wrote the link alone, which copying may have made a folder."""
    link = folder / HOME / LINK
    if link.is_symlink():
        target = Path(os.path.realpath(link))  # unlike resolve, it does not mind a link to itself
        if not (target / "run.json").is_file():
            raise no_complete_run(link, target.name, folder)
        return RunFolder(target)
    copied = _run_id_in(link)
    if copied is not None and (folder / HOME / RUNS / copied / "run.json").is_file():
        return RunFolder(folder / HOME / RUNS / copied)
    raise NoRun(folder)


def _run_id_in(copied: Path) -> str | None:
    try:
        name = json.loads((copied / "run.json").read_text(encoding="utf-8"))["run_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) and Path(name).name == name else None


def kept(folder: Path) -> list[RunFolder]:
    """The runs of a company folder that are still on disk and have a run.json, by name."""
    runs = folder / HOME / RUNS
    return [RunFolder(path) for path in sorted(runs.glob("*")) if (path / "run.json").is_file()]


def halves(folder: Path) -> list[RunFolder]:
    """What stands among the runs and has no run.json, by name."""
    runs = folder / HOME / RUNS
    return [RunFolder(path) for path in sorted(runs.glob("*")) if path.is_dir() and not (path / "run.json").is_file()]


def run_id(parts: Mapping[str, Any]) -> str:
    """A name for inputs, settings and versions: the first 12 hexadecimal digits of their sha256."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run is built while the folder's lock is held."""

    building: Path
    healed: tuple[str, ...]
    """What stood where Worthline expects its own, and what was done about it."""


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Site]:
    """Hold the folder's lock, clear what a killed run left, and give the place to build in; raises Busy, Unwritable."""
    with places.locked(folder) as (home, healed):
        building = home / BUILDING
        try:
            for name in (RUNS, places.LOGS, places.CHECKED):
                healed += filter(None, [places.folder(home / name)])
            places.sweep(home / places.CHECKING)
            places.clear(building)
            building.mkdir(mode=places.FOLDER_MODE)
        except OSError as error:
            raise Unwritable(home, error) from None
        try:
            yield Site(building, tuple(healed))
        except (OSError, Fault) as error:
            refusal = system_refusal(error)
            if refusal is None:
                raise
            raise Unwritable(refusal.filename or home, refusal) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
            places.own_mode(home)


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A place for what a check reads, which holds rows: in `.worthline`, or where that cannot be, in a private folder.

    What a killed check left there is removed by the next one, and by the next run.
    """
    try:
        home = folder / HOME
        existed = home.is_dir() and not home.is_symlink()
        places.folder(home)
        place = places.own_scratch(home / places.CHECKING)
    except OSError:
        with tempfile.TemporaryDirectory(prefix="worthline-") as elsewhere:
            yield Path(elsewhere)
        return
    try:
        yield place.path
    finally:
        place.close()
        if not existed:
            with contextlib.suppress(OSError):
                home.rmdir()  # a check changes nothing


def write_json(path: Path, content: Any) -> None:
    """Write JSON, synced, with keys in the order given."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def publish(folder: Path, built: Path, name: str, keep: int = KEEP_RUNS) -> RunFolder:
    """Move a complete run into place and point current.json at it; then drop the oldest runs."""
    home = folder / HOME
    runs = home / RUNS
    places.own_mode(built)
    for place in (*(p for p in built.rglob("*") if p.is_dir()), built):
        places.sync(place)
    place = _place(runs, name, built)
    if place.exists():
        shutil.rmtree(built)
    else:
        built.rename(place)
    places.sync(runs)
    run_json = point(home, place)
    _drop_old(runs, place, keep, built.parent)
    return RunFolder(place, run_json)


def point(home: Path, place: Path) -> str:
    """Make the run in `place` the published one, by one rename; gives the sha256 of its run.json."""
    run_json = seal.digest(place / "run.json")
    pointer = {"contract": CONTRACT, "run_id": place.name.partition(".")[0], "run": place.name, "sha256": run_json}
    places.replace(home / POINTER, json.dumps(pointer, indent=1) + "\n")
    places.link(home / LINK, Path(RUNS) / place.name)
    return run_json


def _place(runs: Path, name: str, built: Path) -> Path:
    """Where the run goes: its own name, unless what is there has other bytes (damaged)."""
    place, repair = runs / name, 1
    while os.path.lexists(place) and not _same(place, built):
        repair += 1
        place = runs / f"{name}.{repair}"
    return place


def _same(one: Path, other: Path) -> bool:
    try:
        return one.is_dir() and not one.is_symlink() and seal.files(one) == seal.files(other)
    except OSError:
        return False


def _drop_old(runs: Path, published: Path, keep: int, building: Path) -> None:
    """Remove the oldest runs, each by way of `building`: killed here, it leaves no half run among the complete.

    A run that somebody holds open where that forbids it (Windows) stays until the next run.
    """
    others = sorted(
        (p for p in runs.iterdir() if p.is_dir() and not p.is_symlink() and p != published),
        key=lambda p: (p.stat().st_mtime_ns, p.name),
        reverse=True,
    )
    for old in others[max(keep - 1, 0) :]:
        with contextlib.suppress(OSError):
            gone = old.rename(building / f"old.{old.name}")
            shutil.rmtree(gone, ignore_errors=True)
