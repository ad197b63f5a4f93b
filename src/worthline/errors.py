"""Everything that Worthline raises on purpose, in one tree.

    WorthlineError
    ├── UsageError            exit 2: the command or worthline.toml asks for something that cannot be
    │   ├── BadSetting
    │   ├── NoSuchName
    │   │   └── IsOff
    │   └── NoRun
    ├── DataError             exit 1: the data say no
    │   ├── UnreadableFile
    │   ├── MissingColumn
    │   ├── BadQuery
    │   ├── NothingToRun
    │   ├── CorruptRun
    │   ├── NotEnoughData     a model has too little to be fitted to
    │   └── NotConverged      a likelihood has no maximum that was found
    ├── Busy                  exit 1: another process is building a run here
    ├── Unwritable            exit 1: the system does not let us write
    ├── StoreError            exit 1: what people write cannot be written, or not so
    │   ├── StoreUnreachable
    │   ├── ChangedMeanwhile
    │   └── BrokenChain
    └── Fault                 exit 3: ours
        └── EngineFault       the engine failed at a statement of ours

Each message says what was tried, what was found and what would fix it; the error carries them as data, too.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The names most like `name`, best first; compared without case, blanks and punctuation."""

    def plain(text: str) -> str:
        return "".join(c for c in text.casefold() if c.isalnum())

    by_plain: dict[str, str] = {}
    for candidate in known:
        by_plain.setdefault(plain(candidate), candidate)
    wanted = plain(name)
    close = difflib.get_close_matches(wanted, by_plain, n=most, cutoff=0.6)
    inside = [p for p in by_plain if wanted and (wanted in p or p in wanted) and p and p not in close]
    return [by_plain[p] for p in [*close, *inside][:most]]


_BETWEEN = re.compile(r"(?<=[.!?)]) (?=[A-Z])|(?<=\.): (?=[A-Z])")
_FOUND = re.compile(r"^(?P<fix>.*?)[;:] found (?P<found>.*?)\.?$", re.DOTALL)


def parts_of(message: str) -> tuple[str, str]:
    """What a message says was found, and what would fix it; the latter is "" in a message of one sentence.

    "There is no folder acme. Name the folder that holds your files." has both; so has "?order= is one of asc, desc;
    found 'up'.", the other way round.
    """
    first, *rest = _BETWEEN.split(message) if message else [""]
    if rest:
        return " ".join([first, *rest[:-1]]), rest[-1]
    match = _FOUND.match(message)
    return (match["found"], f"{match['fix']}.") if match else (message, "")


class WorthlineError(Exception):
    """Base of all errors meant for a person to read; `exit_code` is what the command line returns.

    `tried`, `found` and `fix` are parts of the message, each "" where the message has no such part. Where a raiser
    names none of them, they are read off the message: first what was found, last what would fix it.
    """

    exit_code = 3

    def __init__(self, message: str = "", *, tried: str = "", found: str = "", fix: str = "") -> None:
        super().__init__(message)
        if not (tried or found or fix):
            found, fix = parts_of(message)
        self.tried, self.found, self.fix = tried, found, fix

    def as_json(self) -> dict[str, str | int]:
        """The error as data: its kind, its message and the parts of it."""
        parts = {"tried": self.tried, "found": self.found, "fix": self.fix}
        return {"kind": type(self).__name__, "exit_code": self.exit_code, "message": str(self), **parts}


class UsageError(WorthlineError):
    """The command or a setting asks for something that cannot be."""

    exit_code = 2


class BadSetting(UsageError):
    """A key or value in worthline.toml, or an option, is not usable."""

    def __init__(self, where: str, found: str, fix: str) -> None:
        super().__init__(f"{where}: {found}. {fix}", tried=where, found=found, fix=fix)
        self.where = where


MOST_NAMES = 12
"""Names that a message lists."""


class NoSuchName(UsageError):
    """A figure, table or metric was asked for by a name that the run does not have."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(set(known))
        close = nearest(name, known)
        some = ", ".join(known[:MOST_NAMES]) or "none"
        among = f"There are {len(known):,}, among them: {some}." if len(known) > MOST_NAMES else f"There are: {some}."
        hint = f"Did you mean {' or '.join(close)}?" if close else among
        super().__init__(f"There is no {kind} called {name!r}. {hint}", tried=f"{kind} {name!r}", fix=hint)


class IsOff(NoSuchName):
    """A part that Worthline knows and that this run does not have, for a reason that data health knows."""

    def __init__(self, name: str, label: str, why: str) -> None:
        UsageError.__init__(self, f"{label}: not in this run (no {name}). {why}", tried=name, found=label, fix=why)


class NoRun(UsageError):
    """Nothing has been published in this folder yet."""

    def __init__(self, folder: Path) -> None:
        fix = f"worthline run {folder}"
        super().__init__(f"{folder} holds no published run yet. Make one with: {fix}", tried=str(folder), fix=fix)


class DataError(WorthlineError):
    """What the company brought cannot be used as it is."""

    exit_code = 1


class UnreadableFile(DataError):
    """A file that cannot be read at all: says what was tried, what was found, what would fix it."""

    def __init__(self, path: Path | str, tried: str, found: str, fix: str) -> None:
        message = f"Cannot read {path}. Tried: {tried}. Found: {found}. To fix it: {fix}"
        super().__init__(message, tried=tried, found=found, fix=fix)
        self.path = str(path)


class MissingColumn(DataError):
    """A table's required column is not in its source; offers the nearest names that are."""

    def __init__(self, table: str, column: str, source: str, headers: Iterable[str], wanted: str | None = None) -> None:
        headers = list(headers)
        close = nearest(wanted or column, headers)
        hint = (
            f'Perhaps: columns = {{ {column} = "{close[0]}" }}'
            if close
            else f'Say which one it is: columns = {{ {column} = "…" }}'
        )
        shown = ", ".join(repr(h if len(h) <= 80 else h[:79] + "…") for h in headers[:30]) + (
            " …" if len(headers) > 30 else ""
        )
        others = f" (or {', '.join(repr(c) for c in close[1:])})" if len(close) > 1 else ""
        lacks = "no such column" if wanted in (None, column) else f"no column {wanted!r}"
        super().__init__(
            f"Table {table} needs {column}, and {source} has {lacks}. It has: {shown or 'none'}. {hint}{others}",
            tried=f"{table}.{column} from {source}",
            found=shown,
            fix=f"{hint}{others}",
        )
        self.table, self.column, self.nearest = table, column, close


class BadQuery(DataError):
    """A mapping's SQL query failed."""


class NothingToRun(DataError):
    """No table holds a usable row."""


class CorruptRun(DataError):
    """A published run is incomplete or damaged."""


class NotEnoughData(DataError):
    """A model has too little to be fitted to; says what it needs and what came."""


class NotConverged(DataError):
    """A likelihood has no interior maximum that was found; says what was found instead."""

    @property
    def plain(self) -> str:
        """The same for a reader: which model is not used, without the numbers of the search."""
        return f"{str(self).partition(':')[0]} has no stable fit to these data and is not used."


class Busy(WorthlineError):
    """Another process is building a run in this folder."""

    exit_code = 1

    def __init__(self, folder: Path | str) -> None:
        fix = "Wait for it to end, then try again."
        super().__init__(f"Another run is being made in {folder}. {fix}", tried=str(folder), fix=fix)


NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
REFUSALS = (*NO_ROOM, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM)


def system_refusal(error: BaseException) -> OSError | None:
    """The system's refusal behind an error: a disk that is full, damaged or read-only, or a right that is missing.

    Every library tells it in its own class and in the system's words. None where it is something else.
    """
    if isinstance(error, OSError) and error.errno in REFUSALS:
        return error
    message = str(error)
    numbers = REFUSALS if isinstance(error, OSError) or "IO Error" in message else NO_ROOM
    return next((OSError(number, os.strerror(number)) for number in numbers if os.strerror(number) in message), None)


class Unwritable(WorthlineError):
    """The system does not let Worthline write where it must: no right, no room, or a damaged disk."""

    exit_code = 1

    def __init__(self, path: Path | str, error: OSError) -> None:
        reason = error.strerror or str(error)
        if error.errno in NO_ROOM:
            fix = "The disk is full. Make room, then run this again."
        elif error.errno == errno.EIO:
            fix = "The disk may be damaged. Check it, then run this again."
        else:
            fix = "Make the folder writable."
        super().__init__(f"Cannot write to {path}: {reason}. {fix}", tried=f"to write to {path}", found=reason, fix=fix)


class StoreError(WorthlineError):
    """What people write cannot be written; what is published can still be read."""

    exit_code = 1


class StoreUnreachable(StoreError):
    """The store does not answer, or cannot be written to."""

    def __init__(self, where: str, found: str, fix: str) -> None:
        message = f"The store {where} cannot be reached: {found}. Reading goes on; nothing was written. {fix}"
        super().__init__(message, tried=where, found=found, fix=fix)


class ChangedMeanwhile(StoreError):
    """Somebody else changed a row after it was read; `current` is how it stands now."""

    def __init__(self, what: str, current: dict[str, object], differing: Iterable[str]) -> None:
        shown = ", ".join(f"{name} is now {current[name]}" for name in differing) or "it was written again unchanged"
        fix = "Look at it again, then write your change."
        found = f"somebody else changed it meanwhile ({shown})"
        super().__init__(f"{what} was not written: {found}. {fix}", tried=what, found=found, fix=fix)
        self.current = current


class BrokenChain(StoreError):
    """Entries of the register or audit were changed, are missing, or are fewer than a run was made from."""


class Fault(WorthlineError):
    """A fault of ours: an invariant of Worthline does not hold."""


class EngineFault(Fault):
    """The engine failed at a statement of ours; says at which stage of the run, and carries the SQL."""

    def __init__(self, sql: str, found: str, stage: str = "") -> None:
        said = " ".join(found.split())
        when = f" at the stage “{stage}”" if stage else ""
        message = f"The engine failed{when}: {said[:SHOWN_OF_ENGINE]} SQL: {' '.join(sql.split())}"
        super().__init__(message, tried=sql, found=found, fix="Please send the file of this fault to the makers.")
        self.sql, self.stage = sql, stage

    def at(self, stage: str) -> EngineFault:
        """The same, with the stage of the run at which it happened."""
        return EngineFault(self.sql, self.found, stage)


SHOWN_OF_ENGINE = 600
"""Characters of the engine's own words in a message; `found` has all."""
