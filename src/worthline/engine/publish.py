"""Publishing a run: built aside, synced, then one atomic swap of a pointer.

    DIR/.worthline/
        current -> runs/<run_id>      the published run; swapped by one rename
        runs/<run_id>/                complete runs only
        building/<run_id>.<pid>/      what is being made; left over only by a killed process, removed by the next
        lock                          held while a run is being made

Assumes   a file system on which rename is atomic.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worthline.errors import Busy, CorruptRun, NoRun, WorthlineError

HOME = ".worthline"
KEEP_RUNS = 5
"""Published runs that stay, the current one included."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A published run on disk."""

    path: Path

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.path.name

    def json(self, name: str) -> Any:
        """The content of `name`.json; raises CorruptRun."""
        file = self.path / f"{name}.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self.damaged(file.name, "is missing") from None
        except OSError as error:
            raise self.damaged(file.name, f"cannot be read ({error.strerror or error})") from None
        except ValueError:
            raise self.damaged(file.name, "is no whole JSON file") from None

    def damaged(self, file: str, why: str) -> CorruptRun:
        """The error that says which file of the run is wrong, and what helps."""
        company = self.path.parents[2]
        return CorruptRun(f"Run {self.run_id} is damaged: {file} {why}. Make it again with: worthline run {company}")

    def tables(self) -> dict[str, Path]:
        """Published result tables by name."""
        return {p.stem: p for p in sorted(self.path.glob("*.parquet"))}

    def sources(self) -> dict[str, Path]:
        """Published canonical tables by name."""
        return {p.stem: p for p in sorted((self.path / "source").glob("*.parquet"))}


def current(folder: Path) -> RunFolder:
    """The published run of a company folder; raises NoRun, CorruptRun."""
    pointer = folder / HOME / "current"
    if not pointer.is_symlink():
        raise NoRun(folder)
    while True:
        target = pointer.resolve()
        if (target / "run.json").is_file():
            return RunFolder(target)
        # Unless another run was published, and this one dropped, between the two looks:
        if pointer.resolve() == target:
            raise CorruptRun(
                f"{pointer} points at {target.name}, which is not a complete run: it has no run.json. "
                f"Make it again with: worthline run {folder}"
            )


def kept(folder: Path) -> list[RunFolder]:
    """The complete runs of a company folder that are still on disk, by name."""
    runs = folder / HOME / "runs"
    return [RunFolder(path) for path in sorted(runs.glob("*")) if (path / "run.json").is_file()]


def run_id(parts: Mapping[str, Any]) -> str:
    """A name for inputs, settings and versions: the first 12 hexadecimal digits of their sha256."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the folder's lock, clear what a killed run left, and give the place to build in; raises Busy."""
    home = folder / HOME
    try:
        home.mkdir(exist_ok=True)
        handle = (home / "lock").open("a+")
    except OSError as error:
        raise WorthlineError(f"Cannot write to {home}: {error.strerror}. Make the folder writable.") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"Another run is being made in {folder}. Wait for it to end, then try again.") from None
        building = home / "building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, synced, with keys in the order given."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def publish(folder: Path, built: Path, name: str, keep: int = KEEP_RUNS) -> RunFolder:
    """Move a complete run into place and point `current` at it; then drop the oldest runs."""
    home = folder / HOME
    runs = home / "runs"
    runs.mkdir(exist_ok=True)
    _sync_tree(built)
    place = _place(runs, name, built)
    if place.exists():
        shutil.rmtree(built)
    else:
        built.rename(place)
    _sync(runs)
    swap = home / "current.next"
    swap.unlink(missing_ok=True)
    swap.symlink_to(Path("runs") / place.name)
    swap.replace(home / "current")
    _sync(home)
    _drop_old(runs, place, keep, built.parent)
    return RunFolder(place)


def _place(runs: Path, name: str, built: Path) -> Path:
    """Where the run goes: its own name, unless a run of that name is there with other bytes (damaged)."""
    place, repair = runs / name, 1
    while place.exists() and not _same(place, built):
        repair += 1
        place = runs / f"{name}.{repair}"
    return place


def _same(one: Path, other: Path) -> bool:
    return _digests(one) == _digests(other)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _drop_old(runs: Path, published: Path, keep: int, building: Path) -> None:
    """Remove the oldest runs, each by way of `building`: killed here, it leaves no half run among the complete."""
    others = sorted(
        (p for p in runs.iterdir() if p.is_dir() and p != published),
        key=lambda p: (p.stat().st_mtime_ns, p.name),
        reverse=True,
    )
    for old in others[max(keep - 1, 0) :]:
        gone = old.rename(building / f"old.{old.name}")
        shutil.rmtree(gone, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _sync(path)
    _sync(folder)
