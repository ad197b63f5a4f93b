"""An engine that the tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from worthline.engine import open_engine
from worthline.engine.duckdb_engine import DuckDBEngine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One engine a file of tests."""
    opened = open_engine("duckdb", tmp_path_factory.mktemp("ingest") / "scratch", threads=2)
    yield opened
    opened.close()
