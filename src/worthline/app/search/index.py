"""The index of a run's texts: one SQLite file beside the runs, made again whenever it is missing or of another run.

Reads     a published run.
Gives     `ready`, an index that fits the run. Its tables: items (a row per text, numbered by day), words (FTS5), marks
          (theme, segment, … -> token), days (day -> its rows), terms (word -> texts that hold it), about.
Method    built aside and moved into place in one step; rows are numbered oldest first, so that "newest first" and
          "from a day to a day" are orders and ranges of row numbers, which FTS5 walks without sorting. Filters are
          tokens of a second column: they narrow within the index instead of row by row.
Assumes   SQLite with FTS5, as every Python from python.org and the distributions has it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.app.search import items as reading
from worthline.app.search.folding import folded
from worthline.app.search.items import Item
from worthline.engine import home
from worthline.errors import Busy, Unwritable, UsageError

if TYPE_CHECKING:
    from worthline.run.view import RunView

FORM = 2
"""Changes with every change of what the index holds or how it is folded: an index of another form is made again."""
KEPT = 2
"""Indexes that stay beside the one in use: runs that somebody may still be reading."""
WAIT_SECONDS = 600
FILTERS = ("theme", "segment", "touchpoint", "channel", "language", "respondent", "metric")
_TABLES = """
create table about (key text primary key, value text) without rowid;
create table items (
  id integer primary key, item text, day text, score real, scale text, metric text, touchpoint text, channel text,
  language text, respondent text, segment text, customer_id text, themes text, labels text, text text
);
create table marks (kind text, value text, token text, texts integer, primary key (kind, value)) without rowid;
create table days (day text primary key, first integer, last integer) without rowid;
create virtual table words using fts5(text, marks, content = '', tokenize = 'ascii', prefix = '2 3');
"""


def folder_of(company: Path) -> Path:
    """Where the indexes of a company lie."""
    return company / home.HOME / "search"


@contextlib.contextmanager
def ready(run: RunView, company: Path) -> Iterator[sqlite3.Connection]:
    """An index of the run, made where there is none that fits; raises Unwritable."""
    path = folder_of(company) / f"{run.run_id}.db"
    connection = _opened(path, run.run_id)
    if connection is None:
        build(run, company)
        connection = _opened(path, run.run_id)
    if connection is None:
        raise Unwritable(path, OSError("it was made and cannot be read"))
    with contextlib.closing(connection):
        yield connection


def build(run: RunView, company: Path) -> Path:
    """Make the index of a run; another process that makes it meanwhile is waited for; raises Busy, Unwritable."""
    from filelock import Timeout

    _needs_fts5()
    target = folder_of(company) / f"{run.run_id}.db"
    try:
        target.parent.mkdir(mode=home.FOLDER_MODE, parents=True, exist_ok=True)
        with home.lock_of(target.parent / "lock", seconds=WAIT_SECONDS):
            database = _opened(target, run.run_id)
            if database is not None:
                database.close()
                return target
            _make(run, target)
    except Timeout:
        raise Busy(target.parent) from None
    except OSError as error:
        raise Unwritable(target, error) from None
    except sqlite3.Error as error:
        raise Unwritable(target, OSError(str(error))) from None
    return target


def _make(run: RunView, target: Path) -> None:
    aside = target.with_suffix(".building")
    for leftover in target.parent.glob("*.building*"):
        leftover.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY, home.FILE_MODE)
    os.close(descriptor)
    connection = sqlite3.connect(aside, isolation_level=None)
    with contextlib.closing(connection):
        # Killed on the way, the file is never moved into place: no journal is needed.
        for pragma in ("journal_mode = off", "synchronous = off", "page_size = 8192", "cache_size = -65536"):
            connection.execute(f"pragma {pragma}")
        connection.executescript(_TABLES)
        writer = _Writer(connection)
        for batch in reading.batches(run):
            writer.add(batch)
        writer.finish(run.run_id)
    with aside.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(aside, target)
    _forget_old(target)


class _Writer:
    """Adds items in their order."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._marks: dict[tuple[str, str], list[int]] = {}
        self._days: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._rows = self._words = 0

    def add(self, batch: Iterable[Item]) -> None:
        """Add items, none of them older than those before."""
        rows, words = [], []
        for item in batch:
            self._rows += 1
            number, day = self._rows, item.day.isoformat() if item.day else None
            if day is not None:
                first, _ = self._days.get(day, (number, number))
                self._days[day] = (first, number)
            themes, labels = (json.dumps(names, ensure_ascii=False) for names in (item.themes, item.labels))
            rows.append(
                (number, item.item, day, item.score, item.scale, item.metric, item.touchpoint, item.channel,
                 item.language, item.respondent, item.segment, item.customer_id, themes, labels, item.text)
            )  # fmt: skip
            plain = folded(item.text)
            self._words += plain.count(" ") + 1 if plain else 0
            words.append((number, plain, " ".join(self._tokens(item))))
        with self._connection:
            self._connection.execute("begin")
            self._connection.executemany(f"insert into items values ({', '.join('?' * 15)})", rows)
            self._connection.executemany("insert into words (rowid, text, marks) values (?, ?, ?)", words)

    def _tokens(self, item: Item) -> Iterator[str]:
        values = [("theme", theme) for theme in item.themes] + [("label", label) for label in item.labels]
        values += [(name, getattr(item, name)) for name in FILTERS if name != "theme"]
        if item.score is not None:
            values.append(("score", repr(item.score)))
        for key in values:
            if key[1]:
                mark = self._marks.setdefault(key, [len(self._marks), 0])
                mark[1] += 1
                yield f"x{mark[0]}"

    def finish(self, run_id: str) -> None:
        """Write what was counted on the way."""
        marks = [(kind, value, f"x{number}", texts) for (kind, value), (number, texts) in self._marks.items()]
        about = {"form": str(FORM), "run": run_id, "texts": str(self._rows), "words": str(self._words)}
        connection = self._connection
        with connection:
            connection.execute("begin")
            connection.executemany("insert into marks values (?, ?, ?, ?)", marks)
            connection.executemany("insert into days values (?, ?, ?)", [(d, *r) for d, r in self._days.items()])
            connection.execute("insert into words (words) values ('optimize')")
            connection.execute("create virtual table vocabulary using fts5vocab(words, 'col')")
            connection.execute(
                "create table terms as select term, doc as texts from vocabulary where col = 'text' order by term"
            )
            connection.execute("create unique index terms_by_term on terms (term)")
            connection.execute("drop table vocabulary")
            connection.executemany("insert into about values (?, ?)", list(about.items()))


def _opened(path: Path, run_id: str) -> sqlite3.Connection | None:
    """The index where it is whole, of this form and this run; None where it has to be made."""
    if not path.is_file():
        return None
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        about = dict(connection.execute("select key, value from about").fetchall())
        fits = about.get("form") == str(FORM) and about.get("run") == run_id
    except sqlite3.Error:
        fits = False
    if not fits:
        connection.close()
        return None
    return connection


def _forget_old(target: Path) -> None:
    """Remove indexes of earlier runs; what is still open stays readable on systems that allow it."""
    others = sorted((p for p in target.parent.glob("*.db") if p != target), key=lambda p: p.stat().st_mtime)
    for path in others[: max(len(others) - KEPT, 0)]:
        with contextlib.suppress(OSError):
            path.unlink()


def _needs_fts5() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("create virtual table t using fts5(x)")
        except sqlite3.OperationalError:
            raise UsageError(
                "Search needs SQLite with full-text search (FTS5), which this Python's SQLite "
                f"{sqlite3.sqlite_version} lacks. Use a Python from python.org or from your distribution."
            ) from None
