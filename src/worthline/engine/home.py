"""`.worthline`, the folder in which Worthline keeps what it makes: its places, their modes, its lock.

Reads     whatever stands where Worthline expects its own.
Gives     `folder` and `clear`, which heal a place and say what they did; `own_mode`, `sync`, `replace`; `locked`.
Method    what is Worthline's by definition (scratch, pointers) is removed; what might hold something (a file or a link
          named `runs`) is moved aside under another name and said. A link is never followed to be emptied.
Assumes   nothing of the system: modes, syncing of folders and links are used where it has them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.errors import Busy, Unwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock

HOME = ".worthline"
POINTER = "current.json"
LINK = "current"
BUILDING = "building"
RUNS = "runs"
LOGS = "logs"
CHECKED = "checked"
CHECKING = "checking"
LOCK = "lock"
LOCK_SUFFIX = ".lock"
EMPTY_SECONDS = 2
"""After which a lock file in which nobody is named holds nobody."""
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def folder(place: Path) -> str | None:
    """Make `place` a folder of Worthline's own; what else stood there is moved aside, and said."""
    message = None
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        kind = "link" if place.is_symlink() else "file"
        aside = _free(place)
        place.rename(aside)
        message = f"{place} was a {kind}, not a folder: it is kept as {aside.name}."
    place.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return message


def clear(place: Path) -> None:
    """Remove what stands at `place`, be it a file, a link (not what it points at) or a folder."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        place.unlink()
    elif place.exists():
        shutil.rmtree(place, ignore_errors=True)


def _free(place: Path) -> Path:
    number = 1
    while os.path.lexists(place.with_name(f"{place.name}.aside-{number}")):
        number += 1
    return place.with_name(f"{place.name}.aside-{number}")


def own_mode(place: Path) -> None:
    """Take the rights of others off a folder and all below it; no right is added."""
    for path in (place, *place.rglob("*")):
        if path.is_symlink():
            continue
        with contextlib.suppress(OSError):
            current_mode = stat.S_IMODE(path.stat().st_mode)
            kept = current_mode & (FOLDER_MODE if path.is_dir() else FILE_MODE)
            if kept != current_mode:
                path.chmod(kept)


def sync(place: Path) -> None:
    """Have a folder's entries on disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_file(path: Path) -> None:
    """Have a file's bytes on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def replace(place: Path, content: str) -> None:
    """Put a text file at `place` by one rename, synced; a folder or link that stands there is removed first."""
    aside = place.with_name(f"{place.name}.next")
    clear(aside)
    aside.touch(mode=FILE_MODE)
    with aside.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if place.is_symlink() or place.is_dir():
        clear(place)
    aside.replace(place)
    sync(place.parent)


def link(place: Path, target: Path) -> None:
    """Point the link at `place` to `target`, for people to follow; where links are not allowed there is none."""
    aside = place.with_name(f"{place.name}.next")
    clear(aside)
    try:
        aside.symlink_to(target, target_is_directory=True)
    except (OSError, NotImplementedError):
        clear(place)  # it would show an earlier run
        return
    if place.exists() and not place.is_symlink():
        clear(place)
    try:
        aside.replace(place)
    except OSError:  # Windows replaces no link to a folder
        clear(place)
        with contextlib.suppress(OSError):
            aside.rename(place)


@contextlib.contextmanager
def locked(company: Path) -> Iterator[tuple[Path, list[str]]]:
    """Hold the lock of a company's folder; gives `.worthline` and what had to be healed. Raises Busy, Unwritable."""
    from filelock import Timeout

    home = company / HOME
    healed: list[str] = []
    try:
        healed += filter(None, [folder(home)])
        lock = home / LOCK
        if lock.is_symlink() or lock.is_dir():
            clear(lock)
        guard = lock_of(lock)
        guard.acquire()
    except Timeout:
        raise Busy(company) from None
    except OSError as error:
        raise Unwritable(home, error) from None
    try:
        yield home, healed
    finally:
        guard.release()


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder of one process among others of its kind, locked as long as that process lives."""

    path: Path
    lock: BaseFileLock

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        _let_go(self.lock)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()  # unless another process works there


def own_scratch(among: Path) -> Scratch:
    """A new folder in `among`; those of processes that are gone are removed. Raises OSError."""
    folder(among)
    sweep(among)
    path = among / secrets.token_hex(8)
    lock = lock_of(_beside(path))
    lock.acquire()
    path.mkdir(mode=FOLDER_MODE)
    return Scratch(path, lock)


def sweep(among: Path) -> None:
    """Remove the scratch folders in `among` that no living process holds."""
    from filelock import Timeout

    if among.is_symlink() or not among.is_dir():
        return
    for path in among.iterdir():
        if path.suffix == LOCK_SUFFIX and path.with_suffix("").exists():
            continue
        left = path.with_suffix("") if path.suffix == LOCK_SUFFIX else path
        lock = lock_of(_beside(left))
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        clear(left)
        _let_go(lock)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + LOCK_SUFFIX)


def lock_of(path: Path, *, seconds: float = 0) -> BaseFileLock:
    """The lock that the file at `path` stands for, waited for so long; it is let go when its process ends.

    Where the system has no locks, a file that names its holder is one, and an empty file is left of a system that has
    them: it holds nobody.
    """
    from filelock import FileLock, SoftFileLock

    if issubclass(FileLock, SoftFileLock):
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_size == 0 and time.time() - path.stat().st_mtime > EMPTY_SECONDS:
                path.unlink()
    return FileLock(path, timeout=seconds, mode=FILE_MODE)


def _let_go(lock: BaseFileLock) -> None:
    lock.release()
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
