"""A store of each kind, empty, with a clock that stands still unless it is moved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.postgres import fresh_database, server
from worthline.app.store import Store, open_store

_NUMBER = itertools.count()
KINDS = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)]


@dataclass
class Clock:
    """A moment that tests move."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server's address; it holds an empty store called `base`, which others are copied from."""
    with server() as address:
        base = SimpleNamespace(store_url=fresh_database(address, "base"))
        open_store(Path(), base).close()
        yield address


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str | None:
    """Where a store is: None for a file."""
    if request.param == "sqlite":
        return None
    return fresh_database(request.getfixturevalue("postgres"), f"store{next(_NUMBER)}", "base")


@pytest.fixture
def settings(url: str | None) -> SimpleNamespace:
    """What open_store reads of a company's settings."""
    return SimpleNamespace(store_url=url)


@pytest.fixture
def store(tmp_path: Path, settings: SimpleNamespace) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = open_store(tmp_path, settings, clock=Clock())
    yield opened
    opened.close()
