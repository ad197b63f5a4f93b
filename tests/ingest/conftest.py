"""An engine that the tests of a file share, and folders read from their files' text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from worthline import config
from worthline.engine import open_engine
from worthline.engine.duckdb_engine import DuckDBEngine
from worthline.ingest.load import Loaded, load
from worthline.tables import TABLES


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One engine a file of tests."""
    opened = open_engine("duckdb", tmp_path_factory.mktemp("ingest") / "scratch", threads=2)
    yield opened
    opened.close()


@dataclass
class Read:
    """What came of a folder."""

    loaded: Loaded
    engine: DuckDBEngine

    def rows(self, table: str, columns: str) -> list[tuple[str | None, ...]]:
        """Columns of a table as text, in order of file and line."""
        held = self.loaded.dataset[table]
        order = [held[c].asc(nulls_first=True) for c in dict.fromkeys(("_file", "_line", *columns.split()))]
        found = self.engine.fetch(held.order_by(order).select(columns.split())).to_pylist()
        return [tuple(None if v is None else str(v) for v in row.values()) for row in found]

    def remarks(self) -> dict[str, int]:
        """Rules that only remark, of all tables and files."""
        found: dict[str, int] = {}
        for table in self.loaded.health.tables:
            for rule in (*table.rules, *(r for f in table.files for r in f.rules if not r.set_aside)):
                found[rule.rule] = found.get(rule.rule, 0) + rule.rows
        return found

    def notes(self) -> str:
        """Notes on all files."""
        return "\n".join(note for t in self.loaded.health.tables for f in t.files for note in f.notes)


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Callable[..., Read]]:
    """Lays files into a folder and loads it."""
    engines: list[DuckDBEngine] = []

    def read(toml: str, **files: str | pa.Table) -> Read:
        folder = tmp_path / "company"
        folder.mkdir(exist_ok=True)
        (folder / "worthline.toml").write_text(f'[company]\nas_of = "2026-09-30"\n{toml}')
        for name, content in files.items():
            if isinstance(content, str):
                (folder / f"{name}.csv").write_text(content)
            else:
                pq.write_table(content, folder / f"{name}.parquet")
        engines.append(open_engine("duckdb", tmp_path / f"scratch{len(engines)}", threads=2))
        known = {name: spec.names for name, spec in TABLES.items()}
        return Read(load(config.load(folder, known), engines[-1], tmp_path), engines[-1])

    yield read
    for engine in engines:
        engine.close()
