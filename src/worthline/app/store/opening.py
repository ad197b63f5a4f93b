"""Opening the store: SQLite in the company's folder, or PostgreSQL; brought to the newest form at once.

Reads     the company's folder and settings, WORTHLINE_STORE_URL.
Gives     Store, with `reading` and `writing` transactions; raises StoreUnreachable.
Method    SQLite in WAL mode, every commit on disk before it is acknowledged; one writer at a time waits for the other.
          On PostgreSQL the chain's lock keeps writers of the register in line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from worthline.app.store import migrate
from worthline.app.store.presence import file_of, named
from worthline.engine import home, publish
from worthline.errors import StoreUnreachable, WorthlineError

if TYPE_CHECKING:
    from worthline.config import CompanyConfig

Clock = Callable[[], datetime]
WAIT_SECONDS = 20
"""How long a writer waits for another one."""
_WRITES = "worthline_writes"


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """An open store. `reading()` and `writing()` give a connection within one transaction."""

    engine: Engine
    where: str
    """For messages: the file, or the address without a password."""
    clock: Clock = now

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.clock().date()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that changes nothing; sees the store as it was at its first question."""
        with _told(self.where), self.engine.connect() as connection:
            if not self.is_file:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on disk when this ends; all or nothing. Raises StoreUnreachable."""
        with _told(self.where), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of its connections."""
        self.engine.dispose()


def open_store(folder: Path, config: CompanyConfig, *, clock: Clock | None = None) -> Store:
    """The store of a company, made where there is none, brought to the newest form. Raises StoreUnreachable.

    A simulated company has no today: what is written there is written on the day of its published run.
    """
    clock = clock or (_simulated(folder) if getattr(config, "simulated", False) else now)
    address = named(config)
    if address is None:
        return _of_file(file_of(folder), clock)
    url = make_url(address)
    return _of_file(Path(url.database or ""), clock) if url.drivername == "sqlite" else _of_server(url, clock)


def _simulated(folder: Path) -> Clock:
    """A clock that says the day of the published run, and the time of day; the moment where nothing is published."""

    def clock() -> datetime:
        moment = now()
        try:
            day = date.fromisoformat(publish.current(folder).json("run")["as_of"])
        except (WorthlineError, KeyError, TypeError, ValueError):
            return moment
        return datetime.combine(day, moment.timetz())

    return clock


def _of_file(path: Path, clock: Clock) -> Store:
    from filelock import Timeout

    where = str(path)
    try:
        for place in (path.parent.parent, path.parent):
            place.mkdir(mode=home.FOLDER_MODE, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=home.FILE_MODE)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreUnreachable(where, reason, "Make the folder writable, and see that the disk has room.") from None
    store = Store(_sqlite(path), where, clock)
    try:
        with home.lock_of(path.with_suffix(".lock"), seconds=WAIT_SECONDS), _told(where):
            migrate.bring_up(store.engine, where)
    except (Timeout, OSError) as error:
        raise StoreUnreachable(where, str(error), "Close what holds it, then try again.") from None
    return store


def _sqlite(path: Path) -> Engine:
    engine = sa.create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepared(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "secure_delete = on"):
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return engine


def _of_server(url: URL, clock: Clock) -> Store:
    where = url.set(query={}).render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": WAIT_SECONDS})
    except ModuleNotFoundError as error:
        fix = "Get it with: pip install 'worthline[postgres]'"
        raise StoreUnreachable(where, f"{error.name} is not installed", fix) from None
    with _told(where):
        migrate.bring_up(engine, where)
    return Store(engine, where, clock)


@contextlib.contextmanager
def _told(where: str) -> Iterator[None]:
    """Say what the database's own errors mean; those of a single row (a key that is there) pass."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.DatabaseError) as error:
        message = " ".join(str(error.orig or error).split())[:200]
        raise StoreUnreachable(where, message, _FIXES.get(_kind(message), _FIX)) from error


def _kind(message: str) -> str:
    return next((kind for kind in _FIXES if kind in message), "")


_FIX = "Start the database, or correct [store] url in worthline.toml."
_FIXES = {
    "locked": "Another process is writing. Try again.",
    "readonly": "Make the file and its folder writable.",
    "disk": "Make room on the disk, then try again.",
    "malformed": "Restore it from a backup: worthline store restore.",
    "not a database": "Restore it from a backup: worthline store restore.",
}
