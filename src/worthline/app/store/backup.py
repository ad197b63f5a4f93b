"""Keeping a copy of the store, and taking one back; looking whether it is whole.

Gives     `check`, `backup`, `restore`; raises UsageError, StoreUnreachable.
Method    SQLite's own online copy, so that a server may go on writing meanwhile. A copy is looked at before it is taken
          back, and what stood before is kept beside.
Not for   PostgreSQL: its own pg_dump and pg_restore do that.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.app.store import ledger, standing
from worthline.engine import home
from worthline.errors import Unwritable, UsageError

if TYPE_CHECKING:
    from worthline.app.store.opening import Store


def check(store: Store, folder: Path) -> list[str]:
    """What is wrong with the store, in words; nothing where it is whole and no run is ahead of it."""
    faults: list[str] = []
    if store.is_file:
        try:
            with closing(sqlite3.connect(f"{Path(store.where).absolute().as_uri()}?mode=ro", uri=True)) as raw:
                findings = [row[0] for row in raw.execute("pragma integrity_check")]
        except sqlite3.Error as error:
            findings = [f"The file cannot be read as a database: {error}"]
        faults += [] if findings == ["ok"] else findings
    with store.reading() as tx:
        faults += ledger.verify(tx)
    short = standing.behind(store, folder)
    return [*faults, *([short] if short else [])]


def backup(store: Store, target: Path) -> Path:
    """A copy of the store in `target`, complete or not there; raises UsageError, Unwritable."""
    _files_only(store, "pg_dump")
    if target.exists():
        raise UsageError(f"{target} exists already. Name a file that is not there.")
    aside = target.with_name(f".{target.name}.making")
    try:
        aside.unlink(missing_ok=True)
        aside.touch(mode=home.FILE_MODE)
        with closing(sqlite3.connect(store.where)) as own, closing(sqlite3.connect(aside)) as copy:
            own.backup(copy)
            copy.execute("pragma journal_mode = delete")
        home.sync_file(aside)
        os.replace(aside, target)
        home.sync(target.parent)
    except OSError as error:
        raise Unwritable(target, error) from None
    except sqlite3.Error as error:
        raise Unwritable(target, OSError(str(error))) from None
    return target


def restore(store: Store, source: Path) -> Path:
    """Take a copy back; gives where what stood before is kept. Raises UsageError where the copy is no whole store."""
    _files_only(store, "pg_restore")
    if not source.is_file():
        raise UsageError(f"There is no file {source}.")
    _whole(source)
    kept = _free(Path(store.where))
    backup(store, kept)
    taken = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    with closing(taken) as copy, closing(sqlite3.connect(store.where, timeout=20)) as own:
        copy.backup(own)
        own.execute("pragma journal_mode = wal")
    return kept


def _whole(source: Path) -> None:
    """Raise UsageError where a copy is damaged, or no store."""
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            findings = [row[0] for row in copy.execute("pragma integrity_check")]
            copy.execute("select count(*) from entries")
    except sqlite3.Error as error:
        raise UsageError(f"{source} is no copy of a store: {error}. Nothing was changed.") from None
    if findings != ["ok"]:
        raise UsageError(f"{source} is damaged: {findings[0]}. Nothing was changed.")


def _files_only(store: Store, program: str) -> None:
    if not store.is_file:
        raise UsageError(f"The store is on a PostgreSQL server: use {program} there.")


def _free(path: Path) -> Path:
    number = 1
    while path.with_name(f"{path.stem}.before-{number}{path.suffix}").exists():
        number += 1
    return path.with_name(f"{path.stem}.before-{number}{path.suffix}")
