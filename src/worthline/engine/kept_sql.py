"""The SQL of expressions, compiled once: kept in the process, and on disk for the next one.

Reads     expressions that have a digest (`expression_digest`), and what earlier processes of this user kept.
Gives     `KeptSql.text`: the SQL that Ibis would compile, from memory, from disk, or compiled now.
Method    one SQLite file for all companies of a user. Each text lies encrypted under a key that only its expression
          gives, with a check of its own: the file tells nothing to who does not have the expression, and what is
          damaged is compiled again. The oldest go when the file is full.
Assumes   that Ibis compiles an expression to the same SQL in every process; versions are part of each name.
          docs/adr/0046 says what else was considered, and how it is turned off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
import sys
import threading
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from worthline.engine import expression_digest
from worthline.engine.expression_digest import digest
from worthline.engine.user_cache import VARIABLE, is_own, own_folder
from worthline.errors import Fault

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_BYTES = 64 << 20
"""Texts on disk take no more than this."""
MOST_IN_MEMORY = 4_000
PATIENCE = 0.2
"""Seconds to wait for another process that writes; then this one does without."""

_memory: dict[bytes, str] = {}
_fresh: dict[bytes, str] = {}
_lock = threading.Lock()


class KeptSql:
    """The SQL of one connection's expressions."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known = _versions(connection.name)
        self._disk: _Disk | None = None
        self._looked = False
        self._checks = os.environ.get(VARIABLE, "").strip().lower() == "check"

    def text(self, expr: ir.Expr) -> tuple[str, bool]:
        """The SQL of an expression, and whether its tables all lie in the connection (no rows in memory).

        Raises Fault.
        """
        found = digest(expr, self._connection)
        if found is None:
            return self._compiled(expr), False
        graph, in_memory = found
        name = hashlib.sha256(self._known + graph).digest()
        with _lock:
            text = _memory.get(name) or self._on_disk(name)
        if text is None or self._checks:
            compiled = self._compiled(expr)
            if "\0" in compiled:  # a number could not be told from it
                return compiled, False
            compiled = _numbered(compiled, in_memory)
            if text is not None and _ordered(text) != _ordered(compiled):
                raise Fault(f"the kept SQL of an expression is not the SQL of it: {text} is kept, {compiled} is right")
            text = compiled
            with _lock:
                _fresh[name] = text
        if len(_memory) >= MOST_IN_MEMORY:
            _memory.clear()
        _memory[name] = text
        return _named(text, in_memory), not in_memory

    def _compiled(self, expr: ir.Expr) -> str:
        return str(self._connection.compile(expr))

    def close(self) -> None:
        """Write what was compiled since the last time; what cannot be written is compiled again another day."""
        with _lock:
            self._open()
            if self._disk is not None:
                self._disk.write(_fresh)
                self._disk.close()
            _fresh.clear()
            self._disk, self._looked = None, False

    def _on_disk(self, name: bytes) -> str | None:
        self._open()
        return None if self._disk is None else self._disk.read(name)

    def _open(self) -> None:
        if not self._looked:
            self._looked = True
            folder = own_folder()
            self._disk = None if folder is None else _opened(folder)


class _Disk:
    """One file of texts by the sha256 of their names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        self._base.execute("pragma synchronous = off")  # a cache; what a power cut tears is found by its check
        self._base.execute("create table if not exists kept (name blob primary key, text blob not null)")

    def read(self, name: bytes) -> str | None:
        try:
            row = self._base.execute("select text from kept where name = ?", (_place(name),)).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else _opened_text(name, row[0])

    def write(self, texts: dict[bytes, str]) -> None:
        if not texts:
            return
        rows = [(_place(name), _sealed(name, text)) for name, text in texts.items()]
        try:
            self._base.execute("begin immediate")
            self._base.executemany("insert or replace into kept values (?, ?)", rows)
            (size,) = self._base.execute("select coalesce(sum(length(text)), 0) from kept").fetchone()
            if size > MOST_BYTES:  # the older half
                self._base.execute(
                    "delete from kept where rowid <= (select rowid from kept order by rowid limit 1 "
                    "offset (select count(*) / 2 from kept))"
                )
            self._base.execute("commit")
        except sqlite3.OperationalError:  # another process writes, or the disk is full
            self._undo()
        except sqlite3.DatabaseError:  # damaged: the next process makes a new one
            self._undo()
            self.close()
            with contextlib.suppress(OSError):
                self._path.unlink()

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._base.close()

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._base.execute("rollback")


def _opened(folder: Path) -> _Disk | None:
    """The file in `folder`, made where there is none; None where it cannot be ours alone."""
    path = folder / "sql.db"
    try:
        if not path.exists():
            path.touch(mode=0o600)
        if not is_own(path):
            return None
        return _Disk(path)
    except sqlite3.OperationalError:  # locked, or not to be opened
        return None
    except sqlite3.DatabaseError:  # not a database any more
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    except OSError:
        return None


def _versions(engine: str) -> bytes:
    """What else decides the SQL of an expression: the engine, who compiles, and this code."""
    parts = (
        *(_code(file) for file in (expression_digest.__file__, __file__)),
        engine,
        *(f"{name} {version(name)}" for name in ("ibis-framework", "sqlglot", "duckdb")),
        f"python {sys.version_info[:2]}",
        repr((ibis.options.sql.fuse_selects, ibis.options.sql.default_limit)),
    )
    return hashlib.sha256("\n".join(parts).encode()).digest()


def _code(file: str) -> str:
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:  # read from an archive: the version has to do
        return version("worthline")


def _numbered(text: str, names: tuple[str, ...]) -> str:
    """The SQL with the random names of rows in memory as numbers."""
    for number, name in enumerate(names):
        text = text.replace(name, f"\0{number}\0")
    return text


def _named(text: str, names: tuple[str, ...]) -> str:
    for number, name in enumerate(names):
        text = text.replace(f"\0{number}\0", name)
    return text


def _ordered(text: str) -> str:
    """The SQL with its lists of columns left out in order: Ibis writes them from a set, in another order each time."""
    return re.sub(r"EXCLUDE \(([^)]*)\)", lambda found: str(sorted(found[1].split(", "))), text)


def _place(name: bytes) -> bytes:
    """Where the text of `name` lies; the name itself, which opens it, is not on disk."""
    return hashlib.sha256(b"place" + name).digest()


def _sealed(name: bytes, text: str) -> bytes:
    packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
    return hashlib.sha256(name + packed).digest() + _crossed(name, packed)


def _opened_text(name: bytes, sealed: object) -> str | None:
    if not isinstance(sealed, bytes):
        return None
    packed = _crossed(name, sealed[32:])
    if hashlib.sha256(name + packed).digest() != sealed[:32]:
        return None
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def _crossed(name: bytes, data: bytes) -> bytes:
    """`data` under the stream of keys that the name gives; twice is the data again."""
    stream = hashlib.shake_256(b"key" + name).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
