"""A case's folder, read and counted: its data health, and any metric by period. No models are fitted."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from worthline import company as companies
from worthline.engine import open_engine, rooms
from worthline.ingest.health import Health
from worthline.ingest.load import load
from worthline.metrics import bridge, compute
from worthline.panel import build, with_lapse

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Counted:
    """What was read of a folder, and what was counted from it."""

    health: Health
    metrics: pa.Table
    bridges: pa.Table
    tables: dict[str, pa.Table]
    because: dict[str, str]

    def value(self, metric: str, period: str, dimension: str = "all", member: str = "all") -> Any:
        """One value of the table metrics; KeyError where there is no such row."""
        for row in self.metrics.to_pylist():
            if (row["metric"], row["period"], row["dimension"], row["member"]) == (metric, period, dimension, member):
                return row["value"]
        raise KeyError((metric, period, dimension, member))

    def line(self, period: str, line: str) -> float:
        """One line of the revenue bridge."""
        return float(
            sum(
                row["amount"]
                for row in self.bridges.to_pylist()
                if (row["kind"], row["period"], row["line"]) == ("revenue", period, line)
            )
        )

    @property
    def rules(self) -> dict[str, int]:
        """Rows by rule, over all files and tables."""
        found: dict[str, int] = {}
        for table in self.health.tables:
            for rule in [*table.rules, *(r for f in table.files for r in f.rules)]:
                found[rule.rule] = found.get(rule.rule, 0) + rule.rows
        return found

    @property
    def words(self) -> str:
        """Everything that the data's health says."""
        losses = getattr(self.health, "losses", ())
        return "\n".join([*losses, *self.health.notes, *self.because.values(), *self.health.because.values()])


def made(folder: Path, toml: str, **files: str) -> Path:
    """A folder of CSV files, given by name without ending, and its worthline.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    (folder / "worthline.toml").write_text(toml, "utf-8")
    return folder


def counted(folder: Path, *, metrics: bool = True) -> Counted:
    """Read and count a folder (or only read it); the folder is left as it is. Raises what a run would raise."""
    config = companies.open(folder).config
    with tempfile.TemporaryDirectory() as place:
        engine = open_engine("duckdb", Path(place) / "scratch")
        try:
            loaded = load(config, engine, Path(place))
            doors = rooms(engine)
            if not metrics:
                tables = {name: engine.fetch(table) for name, table in loaded.dataset.tables.items()}
                nothing = pa.table({})
                return Counted(loaded.health, nothing, nothing, tables, dict(loaded.dataset.settings.because))
            loaded = loaded.with_settings(with_lapse(loaded.dataset, config.lapse_months, doors.fetch))
            ds = loaded.dataset
            panel = build(ds, doors, history_months=config.history_months)
            values = compute.compute(ds, panel, doors)
            lines = bridge.compute(ds, doors)
            tables = {name: engine.fetch(table) for name, table in ds.tables.items()}
            return Counted(loaded.health, values, lines, tables, dict(ds.settings.because))
        finally:
            engine.close()


def case(tmp_path: Path, name: str, toml: str | None = None) -> Counted:
    """A case of this folder, counted; `toml` in place of its own worthline.toml."""
    folder = tmp_path / name
    shutil.copytree(HERE / name, folder)
    if toml is not None:
        (folder / "worthline.toml").write_text(toml, "utf-8")
    return counted(folder)
